/**
 * What a password scheme is: how an account's password is kept, and how a given one is compared with it. Passwords are
 * bytes; comparing takes the same time wherever they differ.
 *
 * `verify` throws `ConfigError` when what is stored is not of the scheme: the operator's fault, not the user's.
 */
import {timingSafeEqual} from 'node:crypto';

export type PasswordEncoding = 'none' | 'hex' | 'base64';

export interface MakeOptions {
  /** As they log in; DIGEST-MD5 takes the realm from behind its `@`. */
  readonly username: string;
  /** 0: the scheme's own. */
  readonly rounds: number;
  readonly random: (bytes: number) => Buffer;
}

export interface PasswordScheme {
  readonly name: string;
  readonly does: string;
  readonly encoding: PasswordEncoding;
  /** Bytes when decoded; undefined: any. */
  readonly length?: number;
  /** Takes milliseconds: not for the event loop. */
  readonly isSlow?: boolean;
  verify(stored: Buffer, plain: Buffer, username: string): boolean | Promise<boolean>;
  make(plain: Buffer, options: MakeOptions): Buffer | Promise<Buffer>;
}

export function sameBytes(first: Buffer, second: Buffer): boolean {
  return first.length === second.length && timingSafeEqual(first, second);
}

const CRYPT_ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Salt as crypt(3) writes it: 64 characters, six random bits each. */
export function cryptSalt(length: number, random: (bytes: number) => Buffer): string {
  return Array.from(random(length), byte => CRYPT_ALPHABET.charAt(byte & 63)).join('');
}

/** crypt(3)'s digits of a number, the lowest six bits first. */
export function cryptDigits(number: number, count: number): string {
  let digits = '';
  for (let rest = number, left = count; left > 0; left--, rest >>>= 6) digits += CRYPT_ALPHABET.charAt(rest & 63);
  return digits;
}

/** The value of one of crypt(3)'s digits; -1 when it is none. */
export function cryptValue(digit: string): number {
  return digit === '' ? -1 : CRYPT_ALPHABET.indexOf(digit);
}
