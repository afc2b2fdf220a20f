/** `$1$SALT$...`: FreeBSD's crypt(3) with MD5. Kept for old stores. */
import {md5} from './digest-schemes.ts';
import {cryptDigits} from './scheme.ts';

const ROUNDS = 1000;
const MAX_SALT = 8;
/** Which bytes of the result go together as one number. */
const ORDER = [
  [0, 6, 12],
  [1, 7, 13],
  [2, 8, 14],
  [3, 9, 15],
  [4, 10, 5],
] as const;

/** undefined when the setting (`$1$salt`) is none. */
export function md5Crypt(plain: Buffer, setting: string): string | undefined {
  if (!setting.startsWith('$1$') || /[:\n]/.test(setting)) return undefined;
  const [, , saltText = ''] = setting.split('$');
  const salt = Buffer.from(saltText.slice(0, MAX_SALT), 'latin1');
  let result = md5(firstMessage(plain, salt));
  for (let round = 0; round < ROUNDS; round++) {
    const parts = [
      round % 2 === 1 ? plain : result,
      ...(round % 3 === 0 ? [] : [salt]),
      ...(round % 7 === 0 ? [] : [plain]),
      round % 2 === 1 ? result : plain,
    ];
    result = md5(Buffer.concat(parts));
  }
  return `$1$${salt.toString('latin1')}$${printResult(result)}`;
}

function firstMessage(plain: Buffer, salt: Buffer): Buffer {
  const inner = md5(Buffer.concat([plain, salt, plain]));
  const parts = [plain, Buffer.from('$1$'), salt];
  for (let left = plain.length; left > 0; left -= 16) parts.push(inner.subarray(0, Math.min(16, left)));
  for (let bits = plain.length; bits > 0; bits >>= 1)
    parts.push((bits & 1) === 1 ? Buffer.of(0) : plain.subarray(0, 1));
  return Buffer.concat(parts);
}

function printResult(result: Buffer): string {
  const byte = (index: number): number => result[index] ?? 0;
  const threes = ORDER.map(([high, middle, low]) =>
    cryptDigits((byte(high) << 16) | (byte(middle) << 8) | byte(low), 4),
  );
  return threes.join('') + cryptDigits(byte(11), 2);
}
