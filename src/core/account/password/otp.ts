/**
 * OTP (RFC 2289) as Dovecot keeps it: `HASH SEQUENCE SEED RESULT`, the result of so many steps. As a password the whole
 * pass phrase is taken.
 */
import {createHash} from 'node:crypto';
import {ConfigError} from '../../base/errors.ts';
import {md4} from './message-digest.ts';
import {sameBytes, type PasswordScheme} from './scheme.ts';

const MAX_SEQUENCE = 9999;
const DEFAULT_SEQUENCE = 1024;

type Fold = (message: Buffer) => Buffer;

/** A digest brought down to 64 bits; SHA-1's words are taken in the other byte order (RFC 2289 appendix A). */
const FOLDS: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  ['md4', message => foldHalves(md4(message))],
  ['md5', message => foldHalves(createHash('md5').update(message).digest())],
  ['sha1', foldSha1],
]);

export const otpScheme: PasswordScheme = {
  name: 'OTP',
  does: 'The state of one-time passwords (RFC 2289).',
  encoding: 'none',
  verify(stored, plain) {
    const [hash = '', sequence = '', seed = '', result = ''] = stored.toString('latin1').split(' ');
    const fold = FOLDS.get(hash.toLowerCase());
    const isRight = /^\d{1,4}$/.test(sequence) && /^[A-Za-z0-9]{1,16}$/.test(seed) && /^[0-9a-f]{16}$/i.test(result);
    if (fold === undefined || !isRight) throw new ConfigError('Invalid OTP data in passdb');
    return sameBytes(Buffer.from(result, 'hex'), compute(fold, Number(sequence), seed, plain));
  },
  make(plain, {random, rounds}) {
    const seed = random(8).toString('hex');
    const sequence = rounds === 0 ? DEFAULT_SEQUENCE : Math.min(MAX_SEQUENCE, rounds);
    return Buffer.from(
      `sha1 ${sequence} ${seed} ${compute(foldSha1, sequence, seed, plain).toString('hex')}`,
      'latin1',
    );
  },
};

function compute(fold: Fold, sequence: number, seed: string, plain: Buffer): Buffer {
  let state = fold(Buffer.concat([Buffer.from(seed.toLowerCase(), 'latin1'), plain]));
  for (let step = 0; step < sequence; step++) state = fold(state);
  return state;
}

function foldHalves(digest: Buffer): Buffer {
  return Buffer.from(digest.subarray(0, 8).map((byte, at) => byte ^ (digest[at + 8] ?? 0)));
}

function foldSha1(message: Buffer): Buffer {
  const digest = createHash('sha1').update(message).digest();
  const folded = foldHalves(digest);
  for (let at = 0; at < 4; at++) folded[at] = (folded[at] ?? 0) ^ (digest[at + 16] ?? 0);
  return folded.swap32();
}
