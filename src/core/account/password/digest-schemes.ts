/** Passwords kept as one digest, with salt (SSHA and its kin: digest of password and salt, salt behind it) or without. */
import {createHash} from 'node:crypto';
import {ConfigError} from '../../base/errors.ts';
import {md4} from './message-digest.ts';
import {sameBytes, type PasswordEncoding, type PasswordScheme} from './scheme.ts';

type Digest = (message: Buffer) => Buffer;

function digestOf(algorithm: string): Digest {
  return message => createHash(algorithm).update(message).digest();
}

export const md5 = digestOf('md5');

export const digestSchemes: readonly PasswordScheme[] = [
  bare('PLAIN-MD4', 'hex', 16, md4),
  bare('PLAIN-MD5', 'hex', 16, md5),
  bare('LDAP-MD5', 'base64', 16, md5),
  bare('SHA', 'base64', 20, digestOf('sha1')),
  bare('SHA1', 'base64', 20, digestOf('sha1')),
  bare('SHA256', 'base64', 32, digestOf('sha256')),
  bare('SHA512', 'base64', 64, digestOf('sha512')),
  salted('SMD5', 16, md5),
  salted('SSHA', 20, digestOf('sha1')),
  salted('SSHA256', 32, digestOf('sha256')),
  salted('SSHA512', 64, digestOf('sha512')),
  {
    name: 'DIGEST-MD5',
    does: 'What DIGEST-MD5 (RFC 2831) compares: MD5 of user, realm and password.',
    encoding: 'hex',
    length: 16,
    verify: (stored, plain, username) => sameBytes(stored, userDigest(username, plain)),
    make: (plain, {username}) => userDigest(username, plain),
  },
];

function bare(name: string, encoding: PasswordEncoding, length: number, digest: Digest): PasswordScheme {
  return {
    name,
    does: 'One digest, without salt.',
    encoding,
    length,
    verify: (stored, plain) => sameBytes(stored, digest(plain)),
    make: plain => digest(plain),
  };
}

const SALT_LENGTH = 4; // what doveadm pw makes

function salted(name: string, length: number, digest: Digest): PasswordScheme {
  const join = (plain: Buffer, salt: Buffer): Buffer => Buffer.concat([digest(Buffer.concat([plain, salt])), salt]);
  return {
    name,
    does: 'Digest of password and salt, with the salt behind it.',
    encoding: 'base64',
    verify(stored, plain) {
      if (stored.length <= length) throw new ConfigError(`${name} password is too short`);
      return sameBytes(stored, join(plain, stored.subarray(length)));
    },
    make: (plain, {random}) => join(plain, random(SALT_LENGTH)),
  };
}

/** The realm is what follows the first `@`, or ''. */
function userDigest(username: string, plain: Buffer): Buffer {
  const at = username.indexOf('@');
  if (at < 0) return digestMd5Secret(username, '', plain);
  return digestMd5Secret(username.slice(0, at), username.slice(at + 1), plain);
}

export function digestMd5Secret(user: string, realm: string, plain: Buffer): Buffer {
  return md5(Buffer.concat([Buffer.from(`${user}:${realm}:`, 'latin1'), plain]));
}
