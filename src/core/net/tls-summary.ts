/**
 * Fills a `TlsSession` from a connection of node:tls whose handshake is through. Versions before 1.3 have their key
 * exchange in the cipher's name, and no details.
 *
 * Node does not tell with which hash a peer has signed; it is the one that OpenSSL's order of them yields.
 */
import {createHash, type KeyObject, type X509Certificate} from 'node:crypto';
import type {TLSSocket} from 'node:tls';
import {cipherBits} from './tls-ciphers.ts';
import {issuerName, subjectName} from './tls-names.ts';
import {publicKeyBits} from './tls-public-key.ts';
import {peerCertificate} from './tls-peer-chain.ts';
import {keyExchangeOf} from './tls-key-exchange.ts';
import type {TlsSession} from './tls-session.ts';

export interface SummaryOptions {
  readonly isServer: boolean;
  /** Fingerprints are made with it: `sha256`, `md5`. */
  readonly digest: string;
  /** tls_legacy_public_key_fingerprints. */
  readonly hasLegacyKeyFingerprints: boolean;
  readonly isTrusted: boolean;
  readonly isMatched: boolean;
  /** Key exchange and signatures: when they are logged or go into a header. */
  readonly wantsDetails: boolean;
  /** The peer's certificate as it is known from the session that was taken up again, where none is sent. */
  readonly peer?: X509Certificate | undefined;
}

export function summarizeTls(socket: TLSSocket, options: SummaryOptions): TlsSession {
  const cipher = socket.getCipher();
  const protocol = socket.getProtocol() ?? cipher.version;
  const [used, algorithm] = cipherBits(cipher.name);
  const peer = peerCertificate(socket) ?? options.peer;
  return {
    protocol,
    cipher: cipher.name,
    cipherBits: used,
    algorithmBits: algorithm,
    peerHasCertificate: peer !== undefined,
    peerIsTrusted: peer !== undefined && options.isTrusted,
    peerIsMatched: peer !== undefined && options.isMatched,
    isReused: socket.isSessionReused(),
    ...peerNames(peer, options),
    details: options.wantsDetails && protocol === 'TLSv1.3' ? detailsOf(socket, peer, options.isServer) : '',
  };
}

function peerNames(
  peer: X509Certificate | undefined,
  {digest, hasLegacyKeyFingerprints}: SummaryOptions,
): Pick<TlsSession, 'peerSubject' | 'peerIssuer' | 'peerFingerprint' | 'peerKeyFingerprint'> {
  if (peer === undefined) return {peerSubject: '', peerIssuer: '', peerFingerprint: '', peerKeyFingerprint: ''};
  const spki = peer.publicKey.export({type: 'spki', format: 'der'});
  return {
    peerSubject: subjectName(peer),
    peerIssuer: issuerName(peer),
    peerFingerprint: fingerprint(digest, peer.raw),
    peerKeyFingerprint: fingerprint(digest, hasLegacyKeyFingerprints ? publicKeyBits(spki) : spki),
  };
}

/** `8A:C1:88`. */
export function fingerprint(digest: string, bytes: Uint8Array): string {
  const hex = createHash(digest).update(bytes).digest('hex').toUpperCase();
  return hex.replace(/..(?!$)/g, '$&:');
}

function detailsOf(socket: TLSSocket, peer: X509Certificate | undefined, isServer: boolean): string {
  const parts: string[] = [];
  const exchange = keyExchangeOf(socket, isServer);
  if (exchange !== undefined) parts.push(`key-exchange ${exchange}`);
  const hasFreshSignatures = !socket.isSessionReused();
  const server = isServer ? socket.getX509Certificate() : peer;
  const client = isServer ? peer : ownCertificate(socket);
  const shared = isServer ? socket.getSharedSigalgs() : [];
  if (server !== undefined) parts.push(signature('server', server.publicKey, hasFreshSignatures, shared));
  if (client !== undefined) parts.push(signature('client', client.publicKey, hasFreshSignatures, []));
  return parts.join(' ');
}

/** Ours as a client, when the server has asked for one: only then has it said how it is to be signed with. */
function ownCertificate(socket: TLSSocket): X509Certificate | undefined {
  return socket.getSharedSigalgs().length > 0 ? socket.getX509Certificate() : undefined;
}

function signature(side: string, key: KeyObject, isFresh: boolean, shared: readonly string[]): string {
  const name = signatureName(key);
  const digest = isFresh ? signatureDigest(key, shared) : undefined; // a resumed session signs nothing
  return `${side}-signature ${name}${digest === undefined ? '' : ` ${side}-digest ${digest}`}`;
}

function signatureName(key: KeyObject): string {
  const {modulusLength, namedCurve} = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return `RSA-PSS (${modulusLength ?? 0} bits)`;
    case 'ec':
      return `ECDSA (${namedCurve ?? ''})`;
    case 'ed25519':
      return 'Ed25519';
    case 'ed448':
      return 'Ed448';
    default:
      return key.asymmetricKeyType ?? '';
  }
}

/** In TLS 1.3 a curve has its one hash (RFC 8446 section 4.2.3). */
function signatureDigest(key: KeyObject, shared: readonly string[]): string | undefined {
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return shared.find(name => name.startsWith('RSA-PSS+'))?.slice('RSA-PSS+'.length) ?? 'SHA256';
    case 'ec':
      return CURVE_DIGESTS.get(key.asymmetricKeyDetails?.namedCurve ?? '');
    default:
      return undefined;
  }
}

const CURVE_DIGESTS: ReadonlyMap<string, string> = new Map([
  ['prime256v1', 'SHA256'],
  ['secp384r1', 'SHA384'],
  ['secp521r1', 'SHA512'],
]);
