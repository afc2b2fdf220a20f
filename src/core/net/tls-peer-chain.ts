/**
 * The certificates of the peer: its own first, then what it sent above it, as far as one leads to the next; empty when it
 * sent none, as in a session that was taken up again.
 *
 * They are asked for once for each socket: with Node 20, a client's `getPeerX509Certificate` takes the certificate it
 * answers out of the connection, and the next call answers that of its issuer.
 */
import type {X509Certificate} from 'node:crypto';
import type {TLSSocket} from 'node:tls';

/** Certificates that are looked at (OpenSSL's limit). */
export const MAX_CHAIN = 100;

const known = new WeakMap<TLSSocket, readonly X509Certificate[]>();

export function peerChain(socket: TLSSocket): readonly X509Certificate[] {
  const chain = known.get(socket) ?? readChain(socket);
  known.set(socket, chain);
  return chain;
}

export function peerCertificate(socket: TLSSocket): X509Certificate | undefined {
  return peerChain(socket)[0];
}

function readChain(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next = socket.getPeerX509Certificate();
  while (next !== undefined && chain.length < MAX_CHAIN) {
    if (chain.at(-1)?.fingerprint256 === next.fingerprint256) break; // one that signed itself names itself
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}
