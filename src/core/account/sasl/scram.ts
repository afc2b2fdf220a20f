/** What both sides of SCRAM (RFC 5802, RFC 7677) share. Channel binding is not supported, as in Dovecot 2.3. */
import {createHash} from 'node:crypto';
import {type ScramDigest, scramHmac} from '../password/scram-schemes.ts';

/** `a=...,b=...`: the attributes in order; undefined when one has no form. */
export function scramAttributes(message: string): readonly (readonly [name: string, value: string])[] | undefined {
  const attributes = message.split(',').map(part => [part.charAt(0), part.slice(2), part.charAt(1)] as const);
  if (attributes.some(([name, , equals]) => !/^[A-Za-z]$/.test(name) || equals !== '=')) return undefined;
  return attributes.map(([name, value]) => [name, value]);
}

/** The client's key from its proof, or the proof from the key: exclusive or with the signature. */
export function applySignature(digest: ScramDigest, bytes: Buffer, storedKey: Buffer, authMessage: string): Buffer {
  const signature = scramHmac(digest, storedKey, authMessage);
  return Buffer.from(bytes.map((byte, at) => byte ^ (signature[at] ?? 0)));
}

export function storedKeyOf(digest: ScramDigest, clientKey: Buffer): Buffer {
  return createHash(digest).update(clientKey).digest();
}

/** `=2C` and `=3D` as RFC 5802 writes `,` and `=`; undefined for any other `=`. */
export function decodeScramName(text: string): string | undefined {
  if (/=(?!2C|3D)/.test(text)) return undefined;
  return text.replaceAll('=2C', ',').replaceAll('=3D', '=');
}
