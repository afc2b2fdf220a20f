/**
 * Names of messages in a Maildir: `BASE:2,LETTERS` (https://cr.yp.to/proto/maildir.html), the base with `,S=` and `,W=`
 * (size on disk, size with CRLF) where Maildir++ programs put them. Letters are sorted; a to z are keywords, by their
 * number in dovecot-keywords. What is not understood is kept.
 */
import {flagBits} from '../mailbox.ts';

/** Beside `flagBits` in a byte of the table: P of the protocol's page, which no client is told. */
export const PASSED = 32;

const LETTERS = [
  ['D', flagBits.draft],
  ['F', flagBits.flagged],
  ['P', PASSED],
  ['R', flagBits.answered],
  ['S', flagBits.seen],
  ['T', flagBits.deleted],
] as const;

/** Keywords that fit into a name. */
export const NAMED_KEYWORDS = 26;

const INFO = ':2,';

/** Where the base ends: at the colon, or at the end. */
export function baseLength(name: string): number {
  const colon = name.indexOf(':');
  return colon < 0 ? name.length : colon;
}

export interface NameMarks {
  readonly flags: number;
  /** Bit n: letter n of the alphabet. */
  readonly keywords: number;
  /** The name is not what `infoOf` would make. */
  readonly isOdd: boolean;
}

/** Of what follows the base, colon included. */
export function marksOf(info: string): NameMarks {
  let flags = 0;
  let keywords = 0;
  if (info.startsWith(INFO))
    for (let at = INFO.length; at < info.length; at++) {
      const code = info.charCodeAt(at);
      if (code === COMMA) break; // other programs' fields
      if (code >= LOWER_A && code < LOWER_A + NAMED_KEYWORDS) keywords |= 1 << (code - LOWER_A);
      else flags |= FLAG_OF_CODE[code] ?? 0;
    }
  return {flags, keywords, isOdd: info !== infoOf(flags, keywords)};
}

export function infoOf(flags: number, keywords: number): string {
  const known = keywords === 0 ? INFO_OF_FLAGS[flags & ALL_FLAGS] : undefined;
  if (known !== undefined) return known;
  let info = INFO;
  for (const [letter, flag] of LETTERS) if ((flags & flag) !== 0) info += letter;
  for (let index = 0; index < NAMED_KEYWORDS; index++)
    if ((keywords & (1 << index)) !== 0) info += String.fromCharCode(LOWER_A + index);
  return info;
}

/** The info for these marks that keeps letters and fields of `old` that are not ours. */
export function infoKeeping(old: string, flags: number, keywords: number): string {
  if (!old.startsWith(INFO)) return infoOf(flags, keywords);
  const comma = old.indexOf(',', INFO.length);
  const end = comma < 0 ? old.length : comma;
  const foreign = [...old.slice(INFO.length, end)].filter(letter => !isOurs(letter.charCodeAt(0)));
  const letters = [...infoOf(flags, keywords).slice(INFO.length), ...foreign];
  letters.sort((a, b) => a.charCodeAt(0) - b.charCodeAt(0));
  return `${INFO}${letters.filter((letter, at) => letter !== letters[at - 1]).join('')}${old.slice(end)}`;
}

function isOurs(code: number): boolean {
  return (code >= LOWER_A && code < LOWER_A + NAMED_KEYWORDS) || (FLAG_OF_CODE[code] ?? 0) !== 0;
}

/** The number after `,S=` or `,W=`; undefined when there is none. */
export function sizeInName(base: string, letter: 'S' | 'W'): number | undefined {
  const at = base.indexOf(`,${letter}=`);
  if (at < 0) return undefined;
  let size = 0;
  let end = at + 3;
  for (; end < base.length; end++) {
    const digit = base.charCodeAt(end) - DIGIT_0;
    if (digit < 0 || digit > 9) break;
    size = size * 10 + digit;
  }
  const isWhole = end > at + 3 && (end === base.length || base[end] === ',' || base[end] === ':');
  return isWhole && size <= Number.MAX_SAFE_INTEGER ? size : undefined;
}

/** New mail in the order in which it came: by seconds, then microseconds, then the name. */
export function compareByTime(a: string, b: string): number {
  return timeOf(a) - timeOf(b) || microsecondsOf(a) - microsecondsOf(b) || (a < b ? -1 : a > b ? 1 : 0);
}

function timeOf(name: string): number {
  const time = Number.parseInt(name, 10);
  return Number.isNaN(time) ? Infinity : time;
}

function microsecondsOf(name: string): number {
  const found = /^\d{1,15}\.(?:V[0-9a-fA-F]{1,16}I[0-9a-fA-F]{1,16})?M(\d{1,6})/.exec(name)?.[1];
  return found === undefined ? 0 : Number(found);
}

const LOWER_A = 0x61;
const DIGIT_0 = 0x30;
const COMMA = 0x2c;
const ALL_FLAGS = 63;

const FLAG_OF_CODE: Readonly<Record<number, number>> = Object.fromEntries(
  LETTERS.map(([letter, flag]) => [letter.charCodeAt(0), flag]),
);

const INFO_OF_FLAGS: readonly string[] = Array.from({length: ALL_FLAGS + 1}, (_, flags) =>
  LETTERS.reduce((info, [letter, flag]) => ((flags & flag) === 0 ? info : info + letter), INFO),
);
