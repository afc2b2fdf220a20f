/** `$5$` and `$6$`: crypt(3) with SHA-256 and SHA-512, as Ulrich Drepper's specification of 2008 ("SHA-crypt") has it. */
import {createHash} from 'node:crypto';
import {cryptDigits} from './scheme.ts';

export interface ShaCrypt {
  readonly prefix: '$5$' | '$6$';
  readonly digest: 'sha256' | 'sha512';
  readonly length: number;
}

export const SHA256_CRYPT: ShaCrypt = {prefix: '$5$', digest: 'sha256', length: 32};
export const SHA512_CRYPT: ShaCrypt = {prefix: '$6$', digest: 'sha512', length: 64};

const DEFAULT_ROUNDS = 5000;
/** With fewer, or more than nine digits, libxcrypt refuses the setting. */
const MIN_ROUNDS = 1000;

/** `$6$rounds=5000$salt`, `$6$salt$result`; what follows the salt does not count. undefined when it is no such setting. */
export function shaCrypt(plain: Buffer, setting: string, kind: ShaCrypt): string | undefined {
  const [, stated = '', digits, salt = ''] = SETTING.exec(setting) ?? [];
  const rounds = digits === undefined ? DEFAULT_ROUNDS : Number(digits);
  if (!setting.startsWith(kind.prefix) || rounds < MIN_ROUNDS || salt.startsWith('rounds=') || /[:\n]/.test(setting))
    return undefined;
  const result = stretch(plain, Buffer.from(salt, 'latin1'), rounds, kind);
  return `${kind.prefix}${stated}${salt}$${printResult(result, kind)}`;
}

const SETTING = /^\$[56]\$(rounds=([1-9]\d{0,8})\$)?([^$]{0,16})/;

function stretch(plain: Buffer, salt: Buffer, rounds: number, kind: ShaCrypt): Buffer {
  const hash = (...parts: readonly Buffer[]): Buffer => {
    const sum = createHash(kind.digest);
    for (const part of parts) sum.update(part);
    return sum.digest();
  };
  const inner = hash(plain, salt, plain);
  const start = [plain, salt, repeated(inner, plain.length)];
  for (let bits = plain.length; bits > 0; bits >>= 1) start.push((bits & 1) === 1 ? inner : plain);
  let result = hash(...start);
  const password = repeated(hash(...Array<Buffer>(plain.length).fill(plain)), plain.length);
  const salted = repeated(hash(...Array<Buffer>(16 + (result[0] ?? 0)).fill(salt)), salt.length);
  for (let round = 0; round < rounds; round++) {
    const isOdd = round % 2 === 1;
    const sum = createHash(kind.digest).update(isOdd ? password : result);
    if (round % 3 !== 0) sum.update(salted);
    if (round % 7 !== 0) sum.update(password);
    result = sum.update(isOdd ? result : password).digest();
  }
  return result;
}

function repeated(bytes: Buffer, length: number): Buffer {
  return Buffer.alloc(length, bytes);
}

/** Three bytes a time, a third of the result apart, each time another one first. */
function printResult(result: Buffer, {length}: ShaCrypt): string {
  const byte = (index: number): number => result[index] ?? 0;
  const third = Math.floor(length / 3);
  const step = length === 64 ? 1 : 2;
  let text = '';
  for (let at = 0; at < third; at++) {
    const shift = (at * step) % 3;
    const [high = 0, middle = 0, low = 0] = [0, 1, 2].map(place => at + third * ((place + shift) % 3));
    text += cryptDigits((byte(high) << 16) | (byte(middle) << 8) | byte(low), 4);
  }
  return text + (length === 64 ? cryptDigits(byte(63), 2) : cryptDigits((byte(31) << 8) | byte(30), 3));
}
