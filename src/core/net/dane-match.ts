/**
 * Does a server's certificate chain match its TLSA records (RFC 7671)? Usage 3: the server's own certificate or key is
 * the one named, whatever else is in it. Usage 2: an authority is named; the chain leads up to it, holds today, and the
 * server's certificate is for one of its names. Certificates that can't be read match nothing.
 */
import {createHash, createPublicKey, type KeyObject, X509Certificate} from 'node:crypto';
import type {TlsaRecord} from './dane.ts';

export interface DaneMatch {
  readonly record: TlsaRecord;
  /** 0: the server's certificate. */
  readonly depth: number;
}

const TRUST_ANCHOR = 2;
const END_ENTITY = 3;
const WHOLE_CERTIFICATE = 0;
/** More certificates than this are not looked at. */
const MAX_CHAIN = 16;

/** `chain`: DER, the server's own first, as it sent them; `names`: those that an authority may have signed for. */
export function matchDane(
  chain: readonly Buffer[],
  records: readonly TlsaRecord[],
  names: readonly string[],
  now: Date,
): DaneMatch | undefined {
  const certificates = readChain(chain);
  const [own] = certificates;
  if (own === undefined) return undefined;
  const byOwn = records.find(record => record.usage === END_ENTITY && isNamed(own, record));
  if (byOwn !== undefined) return {record: byOwn, depth: 0};
  const anchors = records.filter(({usage}) => usage === TRUST_ANCHOR);
  if (anchors.length === 0 || !names.some(name => own.checkHost(name) !== undefined)) return undefined;
  return matchAnchor(certificates, anchors, now);
}

function matchAnchor(
  chain: readonly X509Certificate[],
  anchors: readonly TlsaRecord[],
  now: Date,
): DaneMatch | undefined {
  for (const [depth, certificate] of chain.entries()) {
    if (!isValidAt(certificate, now)) return undefined;
    const issued = chain[depth - 1];
    if (issued !== undefined && !isIssuedBy(issued, certificate)) return undefined;
    const inChain = depth === 0 ? undefined : anchors.find(record => isNamed(certificate, record));
    if (inChain !== undefined) return {record: inChain, depth};
    const above = anchors.find(record => record.matching === 0 && isSignedByRecord(certificate, record, now));
    if (above !== undefined) return {record: above, depth: depth + 1};
  }
  return undefined;
}

function readChain(chain: readonly Buffer[]): X509Certificate[] {
  try {
    return chain.slice(0, MAX_CHAIN).map(der => new X509Certificate(der));
  } catch {
    return []; // OpenSSL's words for what is wrong in it help nobody
  }
}

function isNamed(certificate: X509Certificate, {selector, matching, bytes}: TlsaRecord): boolean {
  const selected =
    selector === WHOLE_CERTIFICATE ? certificate.raw : certificate.publicKey.export({type: 'spki', format: 'der'});
  if (matching === 0) return selected.equals(bytes);
  return createHash(matching === 1 ? 'sha256' : 'sha512')
    .update(selected)
    .digest()
    .equals(bytes);
}

function isValidAt(certificate: X509Certificate, now: Date): boolean {
  return new Date(certificate.validFrom) <= now && now <= new Date(certificate.validTo);
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** The authority itself, or its key, may be in the DNS, and needs not be sent (RFC 7671 section 5.2.1). */
function isSignedByRecord(certificate: X509Certificate, {selector, bytes}: TlsaRecord, now: Date): boolean {
  try {
    if (selector !== WHOLE_CERTIFICATE) return certificate.verify(publicKeyOf(bytes));
    const issuer = new X509Certificate(bytes);
    return isValidAt(issuer, now) && isIssuedBy(certificate, issuer);
  } catch {
    return false; // the record is no certificate, or no key
  }
}

function publicKeyOf(der: Buffer): KeyObject {
  return createPublicKey({key: der, type: 'spki', format: 'der'});
}
