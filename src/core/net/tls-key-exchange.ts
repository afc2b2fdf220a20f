/**
 * The group that a TLS 1.3 key exchange used, as logs name it: `X25519`, `ECDHE (prime256v1)`, `DHE (2048 bits)`. A
 * client is told by Node; on the server it stands in the session (field 19 of OpenSSL's SSL_SESSION).
 */
import type {TLSSocket} from 'node:tls';

export function keyExchangeOf(socket: TLSSocket, isServer: boolean): string | undefined {
  if (isServer) return GROUPS.get(groupOf(socket.getSession()));
  const info = socket.getEphemeralKeyInfo();
  if (info === null || !('type' in info)) return undefined;
  const {name} = info as {name?: string};
  if (info.type === 'DH') return `DHE (${info.size} bits)`;
  return name === 'X25519' || name === 'X448' ? name : `ECDHE (${name ?? ''})`;
}

const FIELD = 0xb3;

/** The last field of the session, DER: `b3 03 02 01 1d`, the group's number in it (RFC 8446 section 4.2.7). */
function groupOf(session: Buffer | undefined): number {
  if (session === undefined) return 0;
  for (const length of [1, 2]) {
    const at = session.length - length - 4;
    if (at > 0 && session[at] === FIELD && session[at + 2] === 2 && session[at + 3] === length)
      return session.readUIntBE(session.length - length, length);
  }
  return 0;
}

const GROUPS: ReadonlyMap<number, string> = new Map([
  [23, 'ECDHE (prime256v1)'],
  [24, 'ECDHE (secp384r1)'],
  [25, 'ECDHE (secp521r1)'],
  [29, 'X25519'],
  [30, 'X448'],
  [256, 'DHE (2048 bits)'],
  [257, 'DHE (3072 bits)'],
  [258, 'DHE (4096 bits)'],
  [259, 'DHE (6144 bits)'],
  [260, 'DHE (8192 bits)'],
]);
