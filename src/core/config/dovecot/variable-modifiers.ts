/** What stands between `%` and a variable's name: offset and width, letters that change the value, in their order. */
import {createHash} from 'node:crypto';

export interface Modifiers {
  readonly offset: number;
  readonly width: number;
  readonly isZeroPadded: boolean;
  readonly letters: string;
  /** Where the name begins. */
  readonly end: number;
}

const LETTERS = 'LUEXRNHMDT';

export function readModifiers(template: string, at: number): Modifiers {
  const first = readNumber(template, at);
  const isPair = template.charAt(first.end) === '.';
  const second = isPair ? readNumber(template, first.end + 1) : first;
  let end = second.end;
  while (end < template.length && LETTERS.includes(template.charAt(end))) end++;
  return {
    offset: isPair ? first.value : 0,
    width: isPair ? second.value : Math.abs(first.value), // seen: a sign counts in pairs only
    isZeroPadded: isPair ? second.isZeroPadded : first.isZeroPadded,
    letters: template.slice(second.end, end),
    end,
  };
}

interface NumberRead {
  readonly value: number;
  readonly isZeroPadded: boolean;
  readonly end: number;
}

const MOST_DIGITS = 9;

function readNumber(template: string, at: number): NumberRead {
  const isNegative = template.charAt(at) === '-';
  const start = isNegative ? at + 1 : at;
  let end = start;
  while (end - start < MOST_DIGITS && template.charAt(end) >= '0' && template.charAt(end) <= '9') end++;
  const number = Number(template.slice(start, end) || '0');
  return {value: isNegative ? -number : number, isZeroPadded: template.charAt(start) === '0', end};
}

export function applyModifiers(value: string, modifiers: Modifiers): string {
  let changed = value;
  let isCut = false;
  for (const letter of modifiers.letters) {
    changed = change(changed, letter, modifiers);
    // A hash takes the numbers for itself: the width limits it, the offset is how many digits there are.
    isCut ||= letter === 'N' || letter === 'H' || (letter === 'X' && modifiers.isZeroPadded);
  }
  return isCut ? changed : cut(changed, modifiers);
}

function change(value: string, letter: string, modifiers: Modifiers): string {
  switch (letter) {
    case 'L':
      return value.replace(/[A-Z]/g, each => each.toLowerCase());
    case 'U':
      return value.replace(/[a-z]/g, each => each.toUpperCase());
    case 'E':
      return value.replace(/["'\\]/g, each => `\\${each}`);
    case 'X':
      return hexadecimal(value, modifiers);
    case 'R':
      return [...value].reverse().join('');
    case 'N':
      return limitedHash(md5(value).readBigUInt64BE(0), modifiers);
    case 'H':
      return limitedHash(BigInt(classicHash(value)), modifiers);
    case 'M':
      return md5(value).toString('hex');
    case 'D':
      return value.replaceAll('.', ',dc=');
    default:
      return value.replace(/[ \t\r\n]+$/, ''); // T
  }
}

/** Of a decimal number; of anything else 0. */
function hexadecimal(value: string, {width, isZeroPadded}: Modifiers): string {
  const digits = /^\d{1,20}$/.test(value) ? BigInt(value).toString(16) : '0';
  return isZeroPadded ? digits.padStart(width, '0') : digits;
}

function limitedHash(hash: bigint, {offset, width}: Modifiers): string {
  const limited = width === 0 ? hash & 0xffffffffn : hash % BigInt(Math.abs(width));
  return limited.toString(16).padStart(Math.max(offset, 0), '0');
}

function md5(value: string): Buffer {
  return createHash('md5').update(value, 'latin1').digest();
}

/** The hash of symbol tables in ELF files. */
function classicHash(value: string): number {
  let hash = 0;
  for (let i = 0; i < value.length; i++) {
    hash = ((hash << 4) + value.charCodeAt(i)) >>> 0;
    const high = hash & 0xf0000000;
    if (high !== 0) hash = (hash ^ (high >>> 24) ^ high) >>> 0;
  }
  return hash;
}

/** A negative offset counts from the end; a negative width leaves out so many at the end. */
function cut(value: string, {offset, width}: Modifiers): string {
  const start = offset < 0 ? Math.max(value.length + offset, 0) : offset;
  const rest = value.slice(start);
  if (width === 0) return rest;
  return width < 0 ? rest.slice(0, Math.max(rest.length + width, 0)) : rest.slice(0, width);
}
