/**
 * Our own keys and certificates, from chain files (a key, then its certificates, as often as wanted) or from the older
 * pairs of files, one pair for each kind of key (postconf(5) smtpd_tls_chain_files, smtpd_tls_cert_file).
 *
 * Throws `TlsUnavailable` with the original's warnings: TLS is then off.
 */
import {createPrivateKey, type KeyObject, X509Certificate} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {toPath} from '../base/bytes.ts';
import {describe} from '../base/errors.ts';
import {isCertificate, isPrivateKey, type PemBlock, pemBlocks} from './pem.ts';
import {TlsUnavailable} from './tls-unavailable.ts';

/** A key with its certificate and those above it, as PEM. */
export interface KeyChain {
  readonly key: string;
  readonly chain: string;
}

export interface ChainSettings {
  /** `smtpd`, `smtp`: whose parameters they are, for warnings. */
  readonly side: string;
  readonly chainFiles: readonly string[];
  /** In the original's order: RSA, DSA, ECDSA. */
  readonly pairs: readonly KeyPairFiles[];
}
export interface KeyPairFiles {
  readonly kind: 'RSA' | 'DSA' | 'ECDSA';
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** The files that `loadChains` reads. */
export function chainFilesOf({chainFiles, pairs}: ChainSettings): string[] {
  if (chainFiles.length > 0) return [...chainFiles];
  const used = pairs.filter(({certificateFile}) => certificateFile !== '');
  return [...new Set(used.flatMap(({certificateFile, keyFile}) => [certificateFile, keyFile]))];
}

/** What is odd but does no harm goes to `warn`. */
export function loadChains(settings: ChainSettings, warn: (text: string) => void): readonly KeyChain[] {
  const {chainFiles, pairs, side} = settings;
  if (chainFiles.length === 0) return pairs.filter(pair => pair.certificateFile !== '').map(pair => loadPair(pair));
  if (pairs.some(pair => pair.certificateFile !== ''))
    warn(
      `Both ${side}_tls_chain_files and one or more of the legacy  ${side}_tls_cert_file, ${side}_tls_eccert_file or ` +
        `${side}_tls_dcert_file are non-empty; the legacy  parameters will be ignored`,
    );
  return loadChainFiles(chainFiles, warn);
}

/** Several files are read as if they were one. */
function loadChainFiles(files: readonly string[], warn: (text: string) => void): readonly KeyChain[] {
  const reader = new ChainReader(warn);
  try {
    for (const file of files) reader.readFile(file);
    return reader.end();
  } catch (fault) {
    if (!(fault instanceof TlsUnavailable)) throw fault;
    const closing = `error loading private keys and certificates from: ${files.join(', ')}: disabling TLS support`;
    throw new TlsUnavailable([...fault.warnings, closing], {cause: fault});
  }
}

/** The same for content that stands in a table (tls_server_sni_maps); `source` names it in warnings. */
export function readChains(pem: string, source: string, warn: (text: string) => void): readonly KeyChain[] {
  const reader = new ChainReader(warn);
  reader.read(pem, source);
  return reader.end();
}

class ChainReader {
  readonly #warn: (text: string) => void;
  readonly #done: KeyChain[] = [];
  #key: {readonly text: string; readonly object: KeyObject; readonly where: string} | undefined;
  #chain = '';
  #kinds = new Set<string>();

  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  readFile(file: string): void {
    let text: string;
    try {
      text = readFileSync(toPath(file), 'latin1');
    } catch (fault) {
      throw new TlsUnavailable([`error opening chain file: ${file}: ${describe(fault)}`], {cause: fault});
    }
    this.read(text, file);
  }

  read(text: string, source: string): void {
    let index = 0;
    for (const block of pemBlocks(text)) {
      if (isPrivateKey(block)) this.#takeKey(block, `at index ${++index} in ${source}`);
      else if (isCertificate(block)) this.#takeCertificate(block, source, ++index);
      else this.#warn(`loading ${source}: ignoring PEM type: ${block.label}`);
    }
    if (index === 0) throw new TlsUnavailable([`No PEM data in ${source}`]);
  }

  end(): readonly KeyChain[] {
    if (this.#key !== undefined && this.#chain === '')
      throw new TlsUnavailable([`No certs for key ${this.#key.where}`]);
    this.#finish();
    return this.#done;
  }

  #takeKey(block: PemBlock, where: string): void {
    if (this.#key !== undefined && this.#chain === '')
      throw new TlsUnavailable([
        `error loading certificate chain: key ${this.#key.where} not followed by a certificate`,
      ]);
    this.#finish();
    this.#key = {text: block.text, object: privateKey(block.text, `key ${where}`), where};
  }

  #takeCertificate(block: PemBlock, source: string, index: number): void {
    if (this.#key === undefined) throw new TlsUnavailable([`error loading chain from ${source}: key not first`]);
    const certificate = parseCertificate(block.text, `certificate at index ${index} in ${source}`);
    if (this.#chain === '') this.#expectMatch(this.#key.object, certificate, this.#key.where);
    this.#chain += block.text;
  }

  /** One key of each kind: a second one can't replace the first. */
  #expectMatch(key: KeyObject, certificate: X509Certificate, where: string): void {
    const kind = key.asymmetricKeyType ?? '';
    const isSecond = this.#kinds.has(kind);
    this.#kinds.add(kind);
    if (!isSecond && certificate.checkPrivateKey(key)) return;
    const why = isSecond
      ? '0A000121:SSL routines::not replacing certificate'
      : '0A000120:SSL routines::private key mismatch';
    throw new TlsUnavailable([`key ${where} does not match next certificate`, `TLS library problem: error:${why}:`]);
  }

  #finish(): void {
    if (this.#key !== undefined) this.#done.push({key: this.#key.text, chain: this.#chain});
    this.#key = undefined;
    this.#chain = '';
  }
}

function loadPair({kind, certificateFile, keyFile}: KeyPairFiles): KeyChain {
  const certificateFault = `cannot get ${kind} certificate from file "${certificateFile}": disabling TLS support`;
  const keyFault = `cannot get ${kind} private key from file "${keyFile}": disabling TLS support`;
  const certificates = readBlocks(certificateFile, certificateFault).filter(isCertificate);
  if (certificates[0] === undefined) throw new TlsUnavailable([certificateFault, NO_START_LINE]);
  const certificate = parseCertificate(certificates[0].text, certificateFault);
  const keyBlock = readBlocks(keyFile, keyFault).find(isPrivateKey);
  if (keyBlock === undefined) throw new TlsUnavailable([keyFault, NO_KEY]);
  const key = privateKey(keyBlock.text, keyFault);
  if (key.asymmetricKeyType !== certificate.publicKey.asymmetricKeyType)
    throw new TlsUnavailable([
      `${kind} private key in ${keyFile} does not match public key in ${certificateFile}: disabling TLS support`,
    ]);
  if (!certificate.checkPrivateKey(key)) throw new TlsUnavailable([keyFault, MISMATCH]);
  return {key: keyBlock.text, chain: certificates.map(({text}) => text).join('')};
}

const NO_START_LINE = 'TLS library problem: error:0480006C:PEM routines::no start line:Expecting: TRUSTED CERTIFICATE:';
const NO_KEY =
  'TLS library problem: error:1E08010C:DECODER routines::unsupported:No supported data to decode. Input type: PEM:';
const MISMATCH = 'TLS library problem: error:05800074:x509 certificate routines::key values mismatch:';

function readBlocks(file: string, warning: string): PemBlock[] {
  try {
    return pemBlocks(readFileSync(toPath(file), 'latin1'));
  } catch (fault) {
    const why = `TLS library problem: error:80000002:system library::${describe(fault)}:calling fopen(${file}, r):`;
    throw new TlsUnavailable([warning, why], {cause: fault});
  }
}

function privateKey(pem: string, warning: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (fault) {
    throw new TlsUnavailable([warning, `TLS library problem: ${describe(fault)}`], {cause: fault});
  }
}

function parseCertificate(pem: string, warning: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (fault) {
    throw new TlsUnavailable([warning, `TLS library problem: ${describe(fault)}`], {cause: fault});
  }
}
