/**
 * ARGON2I and ARGON2ID (RFC 9106), through the optional package @node-rs/argon2, which computes in threads of its own. Parameters
 * that are made are libsodium's, as doveadm pw has them.
 */
import type * as Argon2 from '@node-rs/argon2';
import {ConfigError} from '../../base/errors.ts';
import type {PasswordScheme} from './scheme.ts';

interface Variant {
  readonly prefix: string;
  /** As the package counts them. */
  readonly algorithm: 1 | 2;
  readonly memoryCost: number;
  readonly rounds: number;
}

export const argon2Schemes: readonly PasswordScheme[] = [
  scheme('ARGON2I', {prefix: '$argon2i$', algorithm: 1, memoryCost: 32768, rounds: 4}),
  scheme('ARGON2ID', {prefix: '$argon2id$', algorithm: 2, memoryCost: 65536, rounds: 3}),
];

function scheme(name: string, {prefix, algorithm, memoryCost, rounds: defaultRounds}: Variant): PasswordScheme {
  return {
    name,
    does: `Argon2 (RFC 9106), with ${memoryCost / 1024} MiB of memory.`,
    encoding: 'none',
    async verify(stored, plain) {
      const text = stored.toString('latin1');
      if (!text.startsWith('$argon2')) return false;
      const {verify} = await load(name);
      return verify(text, plain).catch(() => false); // it rejects what is no hash
    },
    async make(plain, {random, rounds}) {
      const {hash} = await load(name);
      const timeCost = rounds === 0 ? defaultRounds : rounds;
      const made = await hash(plain, {algorithm, memoryCost, timeCost, parallelism: 1, salt: random(16)});
      if (!made.startsWith(prefix)) throw new ConfigError(`${name} is not what this version of @node-rs/argon2 makes`);
      return Buffer.from(made, 'latin1');
    },
  };
}

async function load(name: string): Promise<typeof Argon2> {
  try {
    return await import('@node-rs/argon2');
  } catch (cause) {
    throw new ConfigError(`${name} needs the package @node-rs/argon2, which is not installed`, '', 0, {cause});
  }
}
