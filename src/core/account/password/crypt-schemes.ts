/**
 * The schemes of crypt(3). Dovecot hands all of them to the same function, so any of its formats is good under any of these
 * names; only BLF-CRYPT and MD5-CRYPT insist on their own. All are slow on purpose: slow-work.ts runs them elsewhere.
 */
import {hashSync} from 'bcryptjs';
import {ConfigError} from '../../base/errors.ts';
import {desCrypt} from './des-crypt.ts';
import {md5} from './digest-schemes.ts';
import {systemCrypt} from './libcrypt.ts';
import {md5Crypt} from './md5-crypt.ts';
import {cryptSalt, type MakeOptions, type PasswordScheme, sameBytes} from './scheme.ts';
import {SHA256_CRYPT, SHA512_CRYPT, shaCrypt} from './sha-crypt.ts';

type Setting = (options: MakeOptions) => string;

const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{22}/;
const DEFAULT_BCRYPT_ROUNDS = 5; // as a power of two; doveadm pw's own

const bcryptSetting: Setting = ({random, rounds}) => {
  const cost = String(rounds === 0 ? DEFAULT_BCRYPT_ROUNDS : rounds).padStart(2, '0');
  return `$2y$${cost}$${cryptSalt(21, random)}.`; // the last character has but two bits
};
const md5Setting: Setting = ({random}) => `$1$${cryptSalt(8, random)}$`;
const desSetting: Setting = ({random}) => cryptSalt(2, random);

export const cryptSchemes: readonly PasswordScheme[] = [
  scheme('CRYPT', 'Any format of crypt(3).', bcryptSetting),
  scheme('DES-CRYPT', 'The crypt(3) of old Unix: eight characters count.', desSetting),
  {...scheme('MD5-CRYPT', 'crypt(3) with MD5.', md5Setting), verify: verifyMd5Crypt},
  scheme('SHA256-CRYPT', 'crypt(3) with SHA-256.', shaSetting('$5$')),
  scheme('SHA512-CRYPT', 'crypt(3) with SHA-512.', shaSetting('$6$')),
  {...scheme('BLF-CRYPT', 'crypt(3) with Blowfish: bcrypt.', bcryptSetting), verify: verifyBlowfish},
  {...scheme('MD5', 'MD5-CRYPT, or the digest of PLAIN-MD5.', md5Setting), verify: verifyEitherMd5},
];

function scheme(name: string, does: string, setting: Setting): PasswordScheme {
  return {
    name,
    does,
    encoding: 'none',
    isSlow: true,
    verify: verifyCrypt,
    make(plain, options) {
      const made = crypt(plain, setting(options));
      if (made === undefined) throw new ConfigError(`crypt() does not know these rounds: ${options.rounds}`);
      return Buffer.from(made, 'latin1');
    },
  };
}

function shaSetting(prefix: string): Setting {
  return ({random, rounds}) => `${prefix}${rounds === 0 ? '' : `rounds=${rounds}$`}${cryptSalt(16, random)}$`;
}

function verifyCrypt(stored: Buffer, plain: Buffer): boolean {
  const text = stored.toString('latin1');
  const made = text === '' ? undefined : crypt(plain, text);
  return made !== undefined && sameBytes(Buffer.from(made, 'latin1'), stored);
}

function verifyBlowfish(stored: Buffer, plain: Buffer): boolean {
  if (!BCRYPT.test(stored.toString('latin1'))) throw new ConfigError('Password is not blowfish password');
  return verifyCrypt(stored, plain);
}

function verifyMd5Crypt(stored: Buffer, plain: Buffer): boolean {
  return stored.toString('latin1').startsWith('$1$') && verifyCrypt(stored, plain);
}

function verifyEitherMd5(stored: Buffer, plain: Buffer): boolean {
  const text = stored.toString('latin1');
  if (text.startsWith('$1$')) return verifyCrypt(stored, plain);
  const isHex = /^[0-9a-f]{32}$/i.test(text);
  if (!isHex && !/^[A-Za-z0-9+/]{22}==$/.test(text))
    throw new ConfigError('Not a valid MD5-CRYPT or PLAIN-MD5 password');
  return sameBytes(Buffer.from(text, isHex ? 'hex' : 'base64'), md5(plain));
}

/** crypt(3): undefined when it refuses the setting. Throws `ConfigError` for a format that this machine can't compute. */
function crypt(plain: Buffer, setting: string): string | undefined {
  if (setting.startsWith('$1$')) return md5Crypt(plain, setting);
  if (setting.startsWith('$5$')) return shaCrypt(plain, setting, SHA256_CRYPT);
  if (setting.startsWith('$6$')) return shaCrypt(plain, setting, SHA512_CRYPT);
  const [bcrypt] = BCRYPT.exec(setting) ?? [];
  const text = bcrypt === undefined ? undefined : utf8Text(plain);
  if (bcrypt !== undefined && text !== undefined) return bcryptHash(text, bcrypt);
  if (!/^[$_*]/.test(setting)) return desCrypt(plain, setting);
  const made = systemCrypt(plain, setting);
  if (made === undefined && setting.startsWith('$'))
    throw new ConfigError('this crypt() format needs the package koffi and the library libcrypt.so.1');
  return made ?? undefined;
}

/** Cost below 4 or above 31 is none. */
function bcryptHash(text: string, setting: string): string | undefined {
  const cost = Number(setting.slice(4, 6));
  return cost < 4 || cost > 31 ? undefined : hashSync(text, setting);
}

/** bcryptjs takes text, and hashes it as UTF-8; other bytes are for the system's library. */
function utf8Text(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}
