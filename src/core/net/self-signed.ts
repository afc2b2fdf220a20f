/**
 * The certificate an instance makes for itself, so that STARTTLS works before anyone has set one up: signed by its own
 * key, for one host name (RFC 5280, X.509 version 3, ECDSA on P-256). Clients that encrypt without checking take it.
 *
 * Throws what the file system throws; a pair that is whole is left as it is.
 */
import {createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate} from 'node:crypto';
import {mkdirSync, readFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {replaceFileSync} from '../base/atomic-file.ts';
import {toText} from '../base/bytes.ts';
import {systemCode} from '../base/errors.ts';
import {bits, der, objectId, octets, sequence, set, time, unsigned, utf8, yes} from './der.ts';
import {toPem} from './pem.ts';
import {publicKeyBits} from './tls-public-key.ts';

export interface SelfSignedFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}
export interface SelfSigned {
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
}

const YEARS = 10;
/** Clocks differ: it is valid from yesterday on. */
const DAY_MS = 86_400_000;
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

/** Where an instance keeps its own pair. */
export function selfSignedFiles(root: string): SelfSignedFiles {
  const folder = `${root === '/' ? '' : root}/etc/ssl`;
  return {certificateFile: `${folder}/posthorn.crt`, keyFile: `${folder}/posthorn.key`};
}

/** Makes the pair when there is none, or none that belongs together; answers whether it did. */
export function ensureSelfSigned(files: SelfSignedFiles, hostName: string, now: Date): boolean {
  if (isWhole(files)) return false;
  const {key, certificate} = makeSelfSigned(hostName, now);
  mkdirSync(dirname(files.keyFile), {recursive: true, mode: 0o755});
  replaceFileSync(files.keyFile, key, 0o600);
  replaceFileSync(files.certificateFile, certificate, 0o644);
  return true;
}

function isWhole({certificateFile, keyFile}: SelfSignedFiles): boolean {
  try {
    return new X509Certificate(readFileSync(certificateFile)).checkPrivateKey(createPrivateKey(readFileSync(keyFile)));
  } catch (fault) {
    const code = systemCode(fault);
    if (code === 'ENOENT' || code === undefined || code.startsWith('ERR_')) return false;
    throw fault; // they may be there, and can't be read: not ours to replace
  }
}

export function makeSelfSigned(hostName: string, now: Date): SelfSigned {
  const {publicKey, privateKey} = generateKeyPairSync('ec', {namedCurve: 'prime256v1'});
  const spki = publicKey.export({type: 'spki', format: 'der'});
  const body = certificateBody(toText(hostName), spki, now);
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(body, sequence(objectId(ECDSA_WITH_SHA256)), bits(signature));
  return {
    key: privateKey.export({type: 'pkcs8', format: 'pem'}).toString(),
    certificate: toPem('CERTIFICATE', certificate),
  };
}

/** RFC 5280 section 4.1: TBSCertificate. */
function certificateBody(hostName: string, spki: Buffer, now: Date): Buffer {
  const name = sequence(set(sequence(objectId('2.5.4.3'), utf8(hostName.slice(0, 64))))); // ub-common-name is 64
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40; // positive, and never short
  const end = new Date(now);
  end.setUTCFullYear(end.getUTCFullYear() + YEARS);
  return sequence(
    der(0xa0, unsigned(Buffer.from([2]))), // version 3
    unsigned(serial),
    sequence(objectId(ECDSA_WITH_SHA256)),
    name,
    sequence(time(new Date(now.getTime() - DAY_MS)), time(end)),
    name,
    spki,
    der(0xa3, sequence(...extensions(hostName, spki))),
  );
}

function extensions(hostName: string, spki: Buffer): readonly Buffer[] {
  const keyId = createHash('sha1').update(publicKeyBits(spki)).digest(); // RFC 5280 section 4.2.1.2, method 1
  return [
    sequence(objectId('2.5.29.14'), octets(octets(keyId))),
    sequence(objectId('2.5.29.35'), octets(sequence(der(0x80, keyId)))),
    sequence(objectId('2.5.29.19'), yes, octets(sequence(yes))),
    sequence(objectId('2.5.29.17'), octets(sequence(der(0x82, Buffer.from(hostName, 'latin1'))))),
  ];
}
