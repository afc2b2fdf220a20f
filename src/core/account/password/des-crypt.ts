/**
 * The DES-based crypt(3) of old Unix: two characters of salt, eight of password (seven bits each), 25 rounds of DES over
 * zeros. Weak; kept for old stores. Tables from FIPS 46-3, turned with the salt.
 */
import {cryptDigits, cryptValue} from './scheme.ts';

/** undefined when the salt is none. */
export function desCrypt(plain: Buffer, setting: string): string | undefined {
  const salt = cryptValue(setting.charAt(0)) | (cryptValue(setting.charAt(1)) << 6);
  if (setting.length < 2 || salt < 0) return undefined;
  const keys = keySchedule(keyBits(plain));
  const expansion = saltedExpansion(salt);
  let block = new Uint8Array(64);
  for (let round = 0; round < 25; round++) block = encrypt(block, keys, expansion);
  return setting.slice(0, 2) + printBits(block);
}

function keyBits(plain: Buffer): Uint8Array {
  const bits = new Uint8Array(64);
  const end = plain.indexOf(0);
  const length = Math.min(8, end < 0 ? plain.length : end);
  for (let at = 0; at < length; at++)
    for (let bit = 0; bit < 7; bit++) bits[8 * at + bit] = ((plain[at] ?? 0) >> (6 - bit)) & 1;
  return bits;
}

/** 64 bits as eleven digits of six, the highest first; two zeros fill the last. */
function printBits(bits: Uint8Array): string {
  let text = '';
  for (let at = 0; at < 66; at += 6) {
    let value = 0;
    for (let bit = 0; bit < 6; bit++) value = (value << 1) | (bits[at + bit] ?? 0);
    text += cryptDigits(value, 1);
  }
  return text;
}

/** Each set bit of the salt swaps a bit of the first half of the expansion with its fellow in the second. */
function saltedExpansion(salt: number): Uint8Array {
  const expansion = Uint8Array.from(EXPANSION);
  for (let bit = 0; bit < 12; bit++) {
    if (((salt >> bit) & 1) === 0) continue;
    [expansion[bit], expansion[bit + 24]] = [expansion[bit + 24] ?? 0, expansion[bit] ?? 0];
  }
  return expansion;
}

function permute(bits: Uint8Array, table: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const permuted = new Uint8Array(table.length);
  for (let at = 0; at < table.length; at++) permuted[at] = bits[(table[at] ?? 1) - 1] ?? 0;
  return permuted;
}

function keySchedule(key: Uint8Array): readonly Uint8Array[] {
  const chosen = permute(key, KEY_CHOICE);
  let [left, right] = [chosen.subarray(0, 28), chosen.subarray(28)];
  return KEY_SHIFTS.map(shift => {
    [left, right] = [turn(left, shift), turn(right, shift)];
    return permute(Uint8Array.from([...left, ...right]), KEY_COMPRESSION);
  });
}

function turn(half: Uint8Array<ArrayBuffer>, by: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...half.subarray(by), ...half.subarray(0, by)]);
}

function encrypt(block: Uint8Array, keys: readonly Uint8Array[], expansion: Uint8Array): Uint8Array<ArrayBuffer> {
  const start = permute(block, INITIAL);
  let [left, right] = [start.subarray(0, 32), start.subarray(32)];
  for (const key of keys) {
    const mixed = mix(right, key, expansion);
    for (let bit = 0; bit < 32; bit++) mixed[bit] = (mixed[bit] ?? 0) ^ (left[bit] ?? 0);
    [left, right] = [right, mixed];
  }
  return permute(Uint8Array.from([...right, ...left]), FINAL);
}

function mix(half: Uint8Array, key: Uint8Array, expansion: Uint8Array): Uint8Array<ArrayBuffer> {
  const substituted = new Uint8Array(32);
  for (let box = 0; box < 8; box++) {
    let value = 0;
    for (let bit = 0; bit < 6; bit++) {
      const at = 6 * box + bit;
      value = (value << 1) | ((half[(expansion[at] ?? 1) - 1] ?? 0) ^ (key[at] ?? 0));
    }
    const row = ((value >> 4) & 2) | (value & 1);
    const found = Number.parseInt(BOXES[box]?.[row]?.charAt((value >> 1) & 15) ?? '0', 16);
    for (let bit = 0; bit < 4; bit++) substituted[4 * box + bit] = (found >> (3 - bit)) & 1;
  }
  return permute(substituted, PERMUTATION);
}

const KEY_SHIFTS = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];

// prettier-ignore
const INITIAL = [
  58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8,
  57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
];
// prettier-ignore
const FINAL = [
  40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30, 37, 5, 45, 13, 53, 21, 61, 29,
  36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27, 34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9, 49, 17, 57, 25,
];
// prettier-ignore
const EXPANSION = [
  32, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9, 8, 9, 10, 11, 12, 13, 12, 13, 14, 15, 16, 17,
  16, 17, 18, 19, 20, 21, 20, 21, 22, 23, 24, 25, 24, 25, 26, 27, 28, 29, 28, 29, 30, 31, 32, 1,
];
// prettier-ignore
const PERMUTATION = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];
// prettier-ignore
const KEY_CHOICE = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
  63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
// prettier-ignore
const KEY_COMPRESSION = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
  41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];

/** Rows of sixteen hexadecimal digits. */
const BOXES: readonly (readonly string[])[] = [
  ['e4d12fb83a6c5907', '0f74e2d1a6cb9538', '41e8d62bfc973a50', 'fc8249175b3ea06d'],
  ['f18e6b34972dc05a', '3d47f28ec01a69b5', '0e7ba4d158c6932f', 'd8a13f42b67c05e9'],
  ['a09e63f51dc7b428', 'd709346a285ecbf1', 'd6498f30b12c5ae7', '1ad069874fe3b52c'],
  ['7de3069a1285bc4f', 'd8b56f03472c1ae9', 'a690cb7df13e5284', '3f06a1d8945bc72e'],
  ['2c417ab6853fd0e9', 'eb2c47d150fa3986', '421bad78f9c5630e', 'b8c71e2d6f09a453'],
  ['c1af92680d34e75b', 'af427c9561de0b38', '9ef528c3704a1db6', '432c95fabe17608d'],
  ['4b2ef08d3c975a61', 'd0b7491ae35c2f86', '14bdc37eaf680592', '6bd814a7950fe23c'],
  ['d2846fb1a93e50c7', '1fd8a374c56b0e92', '7b419ce206adf358', '21e74a8dfc90356b'],
];
