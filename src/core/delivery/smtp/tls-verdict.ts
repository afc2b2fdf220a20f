/** Whether a server's certificate is what the policy wants, and how the log tells it. */
import type {X509Certificate} from 'node:crypto';
import {isIP} from 'node:net';
import type {TLSSocket} from 'node:tls';
import {matchDane} from '../../net/dane-match.ts';
import {dnsNames, subjectName} from '../../net/tls-names.ts';
import {fingerprint} from '../../net/tls-summary.ts';
import {peerCertificate, peerChain} from '../../net/tls-peer-chain.ts';
import {isTooDeep, verifyFault, verifyFaultText} from '../../net/tls-peer-trust.ts';
import {matchCertificate} from './certificate-match.ts';
import type {DaneWanted} from './tls-dane.ts';
import type {TlsPolicy} from './tls-policy.ts';

export interface Verdict {
  readonly isTrusted: boolean;
  /** The certificate names what it was to name. */
  readonly isMatched: boolean;
  /** What is logged when that matters. */
  readonly fault: string | undefined;
  /** The name that was found in it. */
  readonly matchedName: string | undefined;
}

export interface VerdictRules {
  readonly policy: TlsPolicy;
  readonly dane: DaneWanted | undefined;
  /** Trust anchors that are bare keys: SubjectPublicKeyInfo, DER. */
  readonly anchorKeys: readonly Buffer[];
  readonly digest: string;
  readonly verifyDepth: number;
  readonly matchesManyLabels: boolean;
  /** `H[A]:port`. */
  readonly peer: string;
  readonly now: Date;
}

const WRONG_NAME = 'num=62:hostname mismatch';
const GOOD: Verdict = {isTrusted: true, isMatched: true, fault: undefined, matchedName: undefined};

export function judge(socket: TLSSocket, rules: VerdictRules): Verdict {
  const certificate = peerCertificate(socket);
  if (certificate === undefined) return bad(`server certificate verification failed for ${rules.peer}: no certificate`);
  switch (rules.policy.level) {
    case 'fingerprint':
      return hasFingerprint(certificate, rules) ? GOOD : bad(noRecord(rules));
    case 'dane':
    case 'dane-only':
    case 'half-dane':
      return judgeDane(socket, rules);
    case 'verify':
    case 'secure':
      return judgeNamed(socket, certificate, rules);
    default: {
      const fault = chainFault(socket, rules);
      return {isTrusted: fault === undefined, isMatched: false, fault, matchedName: undefined};
    }
  }
}

function bad(fault: string): Verdict {
  return {isTrusted: false, isMatched: false, fault, matchedName: undefined};
}

/** OpenSSL's words; the original has it look for fingerprints as for TLSA records. */
function noRecord({peer}: VerdictRules): string {
  return `server certificate verification failed for ${peer}: num=65:no matching DANE TLSA records`;
}

function chainFault(socket: TLSSocket, {peer, verifyDepth}: VerdictRules): string | undefined {
  const fault = verifyFault(socket);
  if (fault !== undefined) return verifyFaultText(fault, socket, peer, 'server');
  if (!isTooDeep(socket, verifyDepth)) return undefined;
  return `server certificate verification failed for ${peer}: certificate chain longer than limit(${verifyDepth})`;
}

function hasFingerprint(certificate: X509Certificate, {policy, digest}: VerdictRules): boolean {
  const spki = certificate.publicKey.export({type: 'spki', format: 'der'});
  const own = [fingerprint(digest, certificate.raw), fingerprint(digest, spki)].map(plain);
  return policy.match.some(wanted => own.includes(plain(wanted)));
}

function plain(hex: string): string {
  return hex.replaceAll(':', '').toUpperCase();
}

function judgeDane(socket: TLSSocket, rules: VerdictRules): Verdict {
  const {dane, now, peer} = rules;
  const [own, ...above] = peerChain(socket);
  if (dane === undefined || own === undefined) return bad(noRecord(rules));
  const chain = [own, ...above].map(({raw}) => raw);
  if (matchDane(chain, dane.records, dane.names, now) !== undefined) return GOOD;
  const ownNames = dnsNames(own) ?? [subjectName(own)];
  const isForOther = matchDane(chain, dane.records, ownNames, now) !== undefined; // the authority is right
  return bad(isForOther ? `server certificate verification failed for ${peer}: ${WRONG_NAME}` : noRecord(rules));
}

function judgeNamed(socket: TLSSocket, certificate: X509Certificate, rules: VerdictRules): Verdict {
  const fault = isBelowAnchorKey(socket, rules) ? undefined : chainFault(socket, rules);
  if (fault !== undefined) return bad(fault);
  const {policy, peer, matchesManyLabels} = rules;
  const matchedName = matchCertificate(certificate, policy.match, matchesManyLabels);
  if (matchedName !== undefined) return {...GOOD, matchedName};
  const isAddress = policy.match.every(pattern => isIP(pattern) !== 0);
  const why = isAddress ? 'num=64:IP address mismatch' : WRONG_NAME;
  return bad(`server certificate verification failed for ${peer}: ${why}`);
}

/** A bare key signs for what is below it as an authority's record in the DNS does (RFC 7671 section 5.2.1). */
function isBelowAnchorKey(socket: TLSSocket, {anchorKeys, policy, now}: VerdictRules): boolean {
  if (anchorKeys.length === 0) return false;
  const records = anchorKeys.map(bytes => ({usage: 2, selector: 1, matching: 0, bytes}));
  const chain = peerChain(socket).map(({raw}) => raw);
  return matchDane(chain, records, policy.match, now) !== undefined;
}
