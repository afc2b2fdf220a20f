/**
 * Values of settings as text: what is written in dovecot.conf becomes the one spelling that doveconf prints, or is
 * refused with Dovecot's words (`ValueFault`); that spelling becomes the value the engine works with.
 */
import type {SettingValue, ValueRow} from './setting-row.ts';

/** What a value can't be, in the original's words. */
export class ValueFault extends Error {
  override readonly name = 'ValueFault';
}

/** The spelling that doveconf prints. Throws `ValueFault`. */
export function canonicalText(row: ValueRow, text: string): string {
  switch (row.kind) {
    case 'flag':
      return parseFlag(text) ? 'yes' : 'no';
    case 'count':
      return String(parseCount(text));
    case 'octal':
      return parseMode(text);
    case 'time':
      return secondsText(parseSeconds(text));
    case 'milliseconds':
      return millisecondsText(parseMilliseconds(text));
    case 'size':
      return sizeText(parseSize(text));
    case 'port':
      return String(parsePort(text));
    case 'choice':
      if (!row.choices.includes(text)) throw new ValueFault(`Invalid value: ${text}`);
      return text;
    case 'text':
    case 'template':
    case 'path':
      return text;
  }
}

/** The value of a canonical text. */
export function settingValue(row: ValueRow, text: string): SettingValue {
  switch (row.kind) {
    case 'flag':
      return text === 'yes';
    case 'count':
    case 'port':
      return Number(text);
    case 'octal':
      return parseInt(text, 8);
    case 'time':
      return Number(parseSeconds(text));
    case 'milliseconds':
      return Number(parseMilliseconds(text));
    case 'size':
      return Number(parseSize(text));
    case 'choice':
    case 'text':
    case 'template':
    case 'path':
      return text;
  }
}

function parseFlag(text: string): boolean {
  const word = text.toLowerCase();
  if (word === 'yes' || word === 'y' || word === '1') return true;
  if (word === 'no') return false;
  throw new ValueFault(`Invalid boolean value: ${text} (use yes or no)`);
}

const UINT_MAX = 4294967295n;

function parseCount(text: string): bigint {
  const digits = text.startsWith('-') ? text.slice(1) : text;
  const isNumber = digits !== '' && digitsAt(digits, 0) === digits.length;
  if (!isNumber) throw new ValueFault(`Invalid number ${text}: Not a valid number`);
  if (text.startsWith('-')) throw new ValueFault(`Invalid number ${text}: Number too small`);
  const number = BigInt(digits);
  if (number > UINT_MAX) throw new ValueFault(`Invalid number ${text}: Number too large`);
  return number;
}

/** A mode that begins with 0 is octal, any other decimal (seen: Dovecot 2.3.19). */
function parseMode(text: string): string {
  if (!text.startsWith('0')) return `0${parseCount(text).toString(8)}`;
  for (let i = 0; i < text.length; i++)
    if (text.charAt(i) < '0' || text.charAt(i) > '7') throw new ValueFault(`Invalid number: ${text}`);
  return `0${parseInt(text, 8).toString(8)}`;
}

function parsePort(text: string): number {
  const isNumber = text !== '' && digitsAt(text, 0) === text.length;
  if (!isNumber || Number(text) > 65535) throw new ValueFault(`Invalid port number ${text}`);
  return Number(text);
}

/** The first word that begins as the unit does: `s`, `se`, `sec` ... all mean seconds. */
const TIME_UNITS: readonly (readonly [string, bigint])[] = [
  ['secs', 1000n],
  ['seconds', 1000n],
  ['mins', 60_000n],
  ['minutes', 60_000n],
  ['hours', 3_600_000n],
  ['days', 86_400_000n],
  ['weeks', 604_800_000n],
  ['msecs', 1n],
  ['mseconds', 1n],
  ['millisecs', 1n],
  ['milliseconds', 1n],
];

function parseSeconds(text: string): bigint {
  const milliseconds = parseInterval(text);
  if (milliseconds % 1000n !== 0n) throw new ValueFault(`Milliseconds not supported for this setting: ${text}`);
  const seconds = milliseconds / 1000n;
  if (seconds > UINT_MAX) throw new ValueFault(`Time interval is too large: ${text}`);
  return seconds;
}

function parseMilliseconds(text: string): bigint {
  const milliseconds = parseInterval(text);
  if (milliseconds > UINT_MAX) throw new ValueFault(`Time interval is too large: ${text}`);
  return milliseconds;
}

function parseInterval(text: string): bigint {
  const end = digitsAt(text, 0);
  if (end === 0) throw new ValueFault(`Invalid time interval: ${text}`);
  const number = BigInt(text.slice(0, end));
  const unit = skipSpaces(text, end).toLowerCase();
  if (unit === '') {
    if (number === 0n) return 0n;
    throw new ValueFault(`Time interval '${text}' is missing units (add e.g. 's' for seconds)`);
  }
  const factor = TIME_UNITS.find(([word]) => word.startsWith(unit))?.[1];
  if (factor === undefined) throw new ValueFault(`Invalid time interval: ${text}`);
  return number * factor;
}

function secondsText(seconds: bigint): string {
  if (seconds === 0n) return '0';
  for (const [word, each] of [
    ['weeks', 604_800n],
    ['days', 86_400n],
    ['hours', 3600n],
    ['mins', 60n],
  ] as const)
    if (seconds % each === 0n) return `${seconds / each} ${word}`;
  return `${seconds} secs`;
}

function millisecondsText(milliseconds: bigint): string {
  return milliseconds % 1000n === 0n ? secondsText(milliseconds / 1000n) : `${milliseconds} ms`;
}

const SIZE_UNITS: readonly (readonly [string, bigint])[] = [
  ['T', 1n << 40n],
  ['G', 1n << 30n],
  ['M', 1n << 20n],
  ['k', 1n << 10n],
];
const SIZE_MAX = (1n << 64n) - 1n;

function parseSize(text: string): bigint {
  const end = digitsAt(text, 0);
  const number = end === 0 ? undefined : BigInt(text.slice(0, end));
  if (number === undefined || number > SIZE_MAX) throw new ValueFault(`Invalid size: ${text}`);
  const factor = sizeFactor(skipSpaces(text, end).toUpperCase());
  if (factor === undefined) throw new ValueFault(`Invalid size: ${text}`);
  if (number * factor > SIZE_MAX) throw new ValueFault(`Size is too large: ${text}`);
  return number * factor;
}

/** `k`, `kB`, `ki` and `kiB` are all 1024. */
function sizeFactor(unit: string): bigint | undefined {
  if (unit === '' || unit === 'B') return 1n;
  const rest = unit.slice(1);
  if (!['', 'B', 'I', 'IB'].includes(rest)) return undefined;
  return SIZE_UNITS.find(([letter]) => letter.toUpperCase() === unit.charAt(0))?.[1];
}

function sizeText(bytes: bigint): string {
  if (bytes === 0n) return '0';
  for (const [letter, each] of SIZE_UNITS) if (bytes % each === 0n) return `${bytes / each} ${letter}`;
  return `${bytes} B`;
}

/** The index behind the digits that begin at `at`. */
function digitsAt(text: string, at: number): number {
  while (at < text.length && text.charAt(at) >= '0' && text.charAt(at) <= '9') at++;
  return at;
}

function skipSpaces(text: string, at: number): string {
  while (text.charAt(at) === ' ') at++;
  return text.slice(at);
}
