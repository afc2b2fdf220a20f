/**
 * Passwords as accounts keep them: `{SCHEME}password`, `{SCHEME.b64}`, `{SCHEME.hex}` (doveadm-pw(1)). Byte strings throughout.
 *
 * Throws `ConfigError` when what is kept can't be used; that is the operator's fault and never means "wrong password".
 */
import {randomBytes} from 'node:crypto';
import {ConfigError} from '../../base/errors.ts';
import {passwordSchemes} from './registry.ts';
import {verifyElsewhere} from './slow-work.ts';
import type {PasswordEncoding, PasswordScheme} from './scheme.ts';

export interface SplitPassword {
  /** As written: `SSHA256`, `PLAIN.b64`. */
  readonly scheme: string;
  readonly password: string;
}

const ENCODINGS: ReadonlyMap<string, PasswordEncoding> = new Map([
  ['HEX', 'hex'],
  ['B64', 'base64'],
  ['BASE64', 'base64'],
]);

/** The scheme in front, else MD5-CRYPT for `$1$`, else the default. */
export function splitPassword(stored: string, defaultScheme: string): SplitPassword {
  const end = stored.startsWith('{') ? stored.indexOf('}') : -1;
  if (end >= 0) return {scheme: stored.slice(1, end), password: stored.slice(end + 1)};
  const [md5Crypt] = /^\$1\$[^$]*\$[^$]*/.exec(stored) ?? []; // some stores add more behind another `$`
  if (md5Crypt !== undefined) return {scheme: 'MD5-CRYPT', password: md5Crypt};
  return {scheme: defaultScheme, password: stored};
}

export async function verifyPassword(
  stored: string,
  defaultScheme: string,
  plain: string,
  username: string,
): Promise<boolean> {
  const split = splitPassword(stored, defaultScheme);
  const {scheme} = findScheme(split.scheme);
  const bytes = Buffer.from(plain, 'latin1');
  if (scheme.isSlow === true) return verifyElsewhere(scheme.name, decodePassword(split), bytes);
  return scheme.verify(decodePassword(split), bytes, username);
}

export interface MakePasswordOptions {
  readonly username?: string;
  readonly rounds?: number;
  readonly random?: (bytes: number) => Buffer;
}

/** With `{SCHEME}` in front. */
export async function makePassword(name: string, plain: string, options: MakePasswordOptions = {}): Promise<string> {
  const {scheme, encoding} = findScheme(name);
  const {username = '', rounds = 0, random = randomBytes} = options;
  const made = await scheme.make(Buffer.from(plain, 'latin1'), {username, rounds, random});
  return `{${name}}${encoding === 'none' ? made.toString('latin1') : made.toString(encoding)}`;
}

/** The bytes that a scheme compares with. */
export function decodePassword({scheme: name, password}: SplitPassword): Buffer {
  const {scheme, encoding} = findScheme(name);
  const bytes = decode(password, name.includes('.') ? encoding : guessEncoding(scheme, password));
  if (bytes === undefined) throw new ConfigError(`Input isn't valid ${encoding} encoded data`);
  if (scheme.length !== undefined && bytes.length !== scheme.length)
    throw new ConfigError(`Input length isn't valid (${bytes.length} instead of ${scheme.length})`);
  return bytes;
}

interface FoundScheme {
  readonly scheme: PasswordScheme;
  readonly encoding: PasswordEncoding;
}

function findScheme(name: string): FoundScheme {
  const [plainName = '', suffix] = name.toUpperCase().split('.', 2);
  const scheme = passwordSchemes.get(plainName);
  const encoding = suffix === undefined ? scheme?.encoding : ENCODINGS.get(suffix);
  if (scheme === undefined || encoding === undefined) throw new ConfigError(`Unknown scheme ${name}`);
  return {scheme, encoding};
}

/** Digests are written in either way, whatever is usual: the length tells. */
function guessEncoding({encoding, length}: PasswordScheme, password: string): PasswordEncoding {
  if (encoding === 'none' || length === undefined) return encoding;
  return password.length === 2 * length ? 'hex' : 'base64';
}

function decode(text: string, encoding: PasswordEncoding): Buffer | undefined {
  if (encoding === 'none') return Buffer.from(text, 'latin1');
  if (encoding === 'hex') return /^(?:[0-9a-f]{2})*$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  return isBase64 ? Buffer.from(text, 'base64') : undefined;
}
