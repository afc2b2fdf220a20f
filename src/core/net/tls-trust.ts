/**
 * The certificates of authorities that peers are checked against: a file, a folder of hashed names (c_rehash(1)), and the
 * system's own when they are wanted besides (postconf(5) smtpd_tls_CAfile, tls_append_default_CA). None set: nobody is
 * trusted.
 *
 * A file that can't be read or has no certificate throws `TlsUnavailable`; a folder that can't be read has none.
 */
import {readdirSync, readFileSync} from 'node:fs';
import {rootCertificates} from 'node:tls';
import {toPath} from '../base/bytes.ts';
import {describe} from '../base/errors.ts';
import {isCertificate, pemBlocks} from './pem.ts';
import {TlsUnavailable} from './tls-unavailable.ts';

export interface TrustSettings {
  readonly caFile: string;
  readonly caPath: string;
  readonly wantsSystem: boolean;
}

/** PEM texts, for node:tls's `ca`. */
export function loadTrusted({caFile, caPath, wantsSystem}: TrustSettings): string[] {
  const texts: string[] = [];
  if (caFile !== '') texts.push(certificatesOf(caFile));
  if (caPath !== '') texts.push(...folderOf(caPath));
  if (wantsSystem) texts.push(...systemCertificates());
  return texts;
}

function certificatesOf(file: string): string {
  const note = `cannot load Certification Authority data, CAfile="${file}": disabling TLS support`;
  let text: string;
  try {
    text = readFileSync(toPath(file), 'latin1');
  } catch (fault) {
    const why = `TLS library problem: error:80000002:system library::${describe(fault)}:calling fopen(${file}, r):`;
    throw new TlsUnavailable([why], {note, cause: fault});
  }
  const found = pemBlocks(text).filter(isCertificate);
  if (found.length > 0) return found.map(block => block.text).join('');
  throw new TlsUnavailable(
    ['TLS library problem: error:05800088:x509 certificate routines::no certificate or crl found:'],
    {note},
  );
}

function folderOf(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(toPath(folder), 'latin1');
  } catch {
    return []; // seen: the original looks into the folder when it needs an issuer, and finds none
  }
  return names.filter(name => /^[0-9a-f]{8}\.[0-9]+$/.test(name)).flatMap(name => readOrNothing(`${folder}/${name}`));
}

function readOrNothing(file: string): string[] {
  try {
    return pemBlocks(readFileSync(toPath(file), 'latin1'))
      .filter(isCertificate)
      .map(({text}) => text);
  } catch {
    return [];
  }
}

/** Where distributions keep the bundle of authorities. */
const BUNDLES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'];

function systemCertificates(): readonly string[] {
  for (const bundle of BUNDLES) {
    const found = readOrNothing(bundle);
    if (found.length > 0) return found;
  }
  return rootCertificates;
}
