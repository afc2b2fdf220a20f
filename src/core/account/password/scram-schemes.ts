/**
 * SCRAM's form of a password (RFC 5802 section 3): `ITERATIONS,SALT,STORED-KEY,SERVER-KEY`, the last three in base64.
 * Passwords are taken as they are: Dovecot does not prepare them (RFC 4013) either.
 */
import {createHash, createHmac, pbkdf2} from 'node:crypto';
import {promisify} from 'node:util';
import {ConfigError} from '../../base/errors.ts';
import {sameBytes, type PasswordScheme} from './scheme.ts';

export type ScramDigest = 'sha1' | 'sha256';

export interface ScramKeys {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

const DIGEST_LENGTHS = {sha1: 20, sha256: 32} as const;
const DEFAULT_ITERATIONS = 4096;
/** Dovecot 2.3 takes as many (SCRAM_MAX_ITERATE_COUNT); more would only burn our time. */
const MAX_ITERATIONS = 128 * 4096;

export const scramSchemes: readonly PasswordScheme[] = [
  scheme('SCRAM-SHA-1', 'sha1'),
  scheme('SCRAM-SHA-256', 'sha256'),
];

function scheme(name: string, digest: ScramDigest): PasswordScheme {
  return {
    name,
    does: `What ${name} (RFC 5802) compares: does not give the password away.`,
    encoding: 'none',
    async verify(stored, plain) {
      const {iterations, salt, storedKey} = parseScramKeys(stored.toString('latin1'), digest, name);
      return sameBytes(storedKey, (await scramKeys(plain, digest, salt, iterations)).storedKey);
    },
    async make(plain, {random, rounds}) {
      const keys = await scramKeys(plain, digest, random(16), rounds === 0 ? DEFAULT_ITERATIONS : rounds);
      return Buffer.from(printScramKeys(keys), 'latin1');
    },
  };
}

export function parseScramKeys(text: string, digest: ScramDigest, name: string): ScramKeys {
  const [iterations = '', salt = '', storedKey = '', serverKey = '', ...more] = text.split(',');
  if (serverKey === '' || more.length > 0) throw new ConfigError(`Invalid ${name} passdb entry format`);
  if (!/^\d{1,7}$/.test(iterations) || Number(iterations) < 1 || Number(iterations) > MAX_ITERATIONS)
    throw new ConfigError(`Invalid ${name} iteration count in passdb`);
  const [saltBytes, stored, server] = [salt, storedKey, serverKey].map(field => Buffer.from(field, 'base64'));
  const length = DIGEST_LENGTHS[digest];
  if (saltBytes === undefined || stored?.length !== length || server?.length !== length)
    throw new ConfigError(`Invalid ${name} key in passdb`);
  return {iterations: Number(iterations), salt: saltBytes, storedKey: stored, serverKey: server};
}

export async function scramKeys(
  plain: Buffer,
  digest: ScramDigest,
  salt: Buffer,
  iterations: number,
): Promise<ScramKeys> {
  const saltedPassword = await saltPassword(plain, digest, salt, iterations);
  const clientKey = scramHmac(digest, saltedPassword, 'Client Key');
  return {
    iterations,
    salt,
    storedKey: createHash(digest).update(clientKey).digest(),
    serverKey: scramHmac(digest, saltedPassword, 'Server Key'),
  };
}

/** RFC 5802's Hi(), which is PBKDF2; in the thread pool. */
export function saltPassword(plain: Buffer, digest: ScramDigest, salt: Buffer, iterations: number): Promise<Buffer> {
  return promisify(pbkdf2)(plain, salt, iterations, DIGEST_LENGTHS[digest], digest);
}

export function scramHmac(digest: ScramDigest, key: Buffer, message: string): Buffer {
  return createHmac(digest, key).update(message, 'latin1').digest();
}

function printScramKeys({iterations, salt, storedKey, serverKey}: ScramKeys): string {
  return [iterations, ...[salt, storedKey, serverKey].map(bytes => bytes.toString('base64'))].join(',');
}
