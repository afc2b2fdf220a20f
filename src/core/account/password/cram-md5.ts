/**
 * CRAM-MD5's own form of a password (also called HMAC-MD5): the states of MD5 after the key's outer and inner block, from which
 * HMAC-MD5 (RFC 2104) of any challenge follows. Whoever has it can log in with it: it is as good as the password.
 */
import {createHash} from 'node:crypto';
import {md5From, md5State, stateBytes, stateOf} from './message-digest.ts';
import {sameBytes, type PasswordScheme} from './scheme.ts';

const BLOCK = 64;
const OUTER = 0x5c;
const INNER = 0x36;

const cramMd5 = {
  does: 'What CRAM-MD5 (RFC 2195) computes with: as good as the password to those who have it.',
  encoding: 'hex',
  length: 32,
  verify: (stored: Buffer, plain: Buffer) => sameBytes(stored, cramMd5Key(plain)),
  make: (plain: Buffer) => cramMd5Key(plain),
} as const;

export const cramMd5Schemes: readonly PasswordScheme[] = [
  {name: 'CRAM-MD5', ...cramMd5},
  {name: 'HMAC-MD5', ...cramMd5},
];

export function cramMd5Key(plain: Buffer): Buffer {
  const key = Buffer.alloc(BLOCK);
  (plain.length > BLOCK ? createHash('md5').update(plain).digest() : plain).copy(key);
  return Buffer.concat([OUTER, INNER].map(pad => stateBytes(md5State(key.map(byte => byte ^ pad) as Buffer)))); // map keeps the class
}

/** HMAC-MD5 of a challenge, from the kept form of the password. */
export function cramMd5Answer(key: Buffer, challenge: Buffer): Buffer {
  const inner = md5From(stateOf(key.subarray(16)), challenge, BLOCK);
  return md5From(stateOf(key), inner, BLOCK);
}
