/** PBKDF2 with SHA-1 (RFC 8018) as Dovecot keeps it: `$1$SALT$ROUNDS$HEX`. Computed in the thread pool. */
import {pbkdf2} from 'node:crypto';
import {promisify} from 'node:util';
import {ConfigError} from '../../base/errors.ts';
import {cryptSalt, sameBytes, type PasswordScheme} from './scheme.ts';

const KEY_LENGTH = 20;
const SALT_LENGTH = 16;
const DEFAULT_ROUNDS = 5000;

export const pbkdf2Scheme: PasswordScheme = {
  name: 'PBKDF2',
  does: 'Many rounds of HMAC-SHA1.',
  encoding: 'none',
  async verify(stored, plain) {
    const text = stored.toString('latin1');
    if (!text.startsWith('$1$')) throw new ConfigError('Invalid PBKDF2 passdb entry prefix');
    const [, , salt = '', rounds = '', key = ''] = text.split('$');
    if (!/^[1-9]\d{0,8}$/.test(rounds) || !/^[0-9a-f]{40}$/i.test(key))
      throw new ConfigError('Invalid PBKDF2 passdb entry format');
    return sameBytes(Buffer.from(key, 'hex'), await derive(plain, salt, Number(rounds)));
  },
  async make(plain, {random, rounds}) {
    const salt = cryptSalt(SALT_LENGTH, random);
    const count = rounds === 0 ? DEFAULT_ROUNDS : rounds;
    return Buffer.from(`$1$${salt}$${count}$${(await derive(plain, salt, count)).toString('hex')}`, 'latin1');
  },
};

function derive(plain: Buffer, salt: string, rounds: number): Promise<Buffer> {
  return promisify(pbkdf2)(plain, Buffer.from(salt, 'latin1'), rounds, KEY_LENGTH, 'sha1');
}
