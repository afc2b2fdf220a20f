/** Values in doveadm-search-query(7): dates, intervals, sizes with a unit, sets of numbers. Wrong ones throw `FatalError` in the original's words. */
import {FatalError} from '../../core/base/errors.ts';
import type {NumberRanges} from '../../core/mailbox/mailbox.ts';

/** Beyond every UID: what `*` stands for where the mailbox is not known yet. */
const LAST = 0xffffffff;

/** `1,3:5,7:*` in ascending ranges. */
export function expectRanges(word: string, fault: string): NumberRanges {
  const pairs = word.split(',').map(part => {
    const [, first = '', last = first] = /^(\d{1,10}|\*)(?::(\d{1,10}|\*))?$/.exec(part) ?? [];
    const ends = [first, last].map(end => (end === '*' ? LAST : Number(end)));
    if (first === '' || ends.some(end => end === 0 || end > LAST)) throw new FatalError(fault);
    return [Math.min(...ends), Math.max(...ends)] as const;
  });
  return merged(pairs);
}

/** With the last number of a mailbox in place of `*`. */
export function withLast(ranges: NumberRanges, last: number): NumberRanges {
  if (ranges.at(-1)?.[1] !== LAST) return ranges;
  const turned = ranges.map(([first, end]) => {
    const ends = [first === LAST ? last : first, end === LAST ? last : end];
    return [Math.min(...ends), Math.max(...ends)] as const;
  });
  return last === 0 ? [] : merged(turned);
}

function merged(pairs: readonly (readonly [number, number])[]): NumberRanges {
  const ranges: [number, number][] = [];
  for (const [first, last] of [...pairs].sort((a, b) => a[0] - b[0])) {
    const before = ranges.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else ranges.push([first, last]);
  }
  return ranges;
}

/** Days since 1970, or milliseconds. */
export type When = {readonly kind: 'day'; readonly day: number} | {readonly kind: 'moment'; readonly at: number};

/** `2018-01-31`, `31-Jan-2018`, seconds since 1970, or an interval before `now`. */
export function expectDate(word: string, now: number): When {
  const day = dayOf(word);
  if (day !== undefined) return {kind: 'day', day};
  if (/^\d{1,12}$/.test(word)) return {kind: 'moment', at: Number(word) * 1000};
  const seconds = intervalSeconds(word);
  if (seconds === undefined) throw new FatalError(`Invalid search date parameter: ${word}`);
  return {kind: 'moment', at: (Math.floor(now / 1000) - seconds) * 1000};
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

function dayOf(word: string): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(word) ?? [];
  if (year !== undefined) return Date.UTC(Number(year), Number(month) - 1, Number(day)) / DAY_MS;
  const [, imapDay, imapMonth = '', imapYear] = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(word) ?? [];
  const at = MONTHS.indexOf(imapMonth.toLowerCase());
  return at < 0 ? undefined : Date.UTC(Number(imapYear), at, Number(imapDay)) / DAY_MS;
}

const DAY_MS = 86_400_000;

/** Of OLDER and YOUNGER: plain seconds. */
export function expectInterval(word: string): number {
  if (!/^\d{1,10}$/.test(word) || Number(word) === 0) throw new FatalError('Invalid search interval parameter');
  return Number(word);
}

export function expectModSeq(word: string): number {
  if (!/^\d{1,19}$/.test(word)) throw new FatalError('Invalid MODSEQ value');
  return Number(word);
}

/** `100`, `10k`, `1 MB`: in powers of 1024. */
export function expectSize(word: string): number {
  const [, digits, unit = ''] = /^(\d{1,15}) *([kmgt]?)b?$/i.exec(word) ?? [];
  if (digits === undefined) throw new FatalError(`Invalid size: ${word}`);
  return Number(digits) * 1024 ** ' kmgt'.indexOf(unit.toLowerCase() || ' ');
}

/** `2weeks`, `90 mins`: Dovecot's time with a unit. */
function intervalSeconds(word: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,9}) *([a-z]+)$/i.exec(word) ?? [];
  if (digits === undefined) return undefined;
  const name = unit.toLowerCase();
  const found = UNITS.find(([whole]) => whole.startsWith(name) || `${whole}s`.startsWith(name));
  return found === undefined ? undefined : Number(digits) * found[1];
}

const UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ['sec', 1],
  ['second', 1],
  ['min', 60],
  ['minute', 60],
  ['hour', 3600],
  ['day', 86_400],
  ['week', 604_800],
];
