/**
 * Sets of sequence numbers or UIDs (RFC 3501 section 9 `sequence-set`, RFC 5182 `$`): parsed to ranges, printed from
 * them. Ranges come out ascending and joined, in whatever order the client wrote them.
 */
import type {NumberRanges} from '../mailbox/mailbox.ts';

/** `*` as long as it isn't known what it means. */
const STAR = Infinity;
const MOST = 0xffff_ffff;

export interface SequenceSet {
  /** `$`: the saved result. */
  readonly isSaved: boolean;
  readonly parts: readonly (readonly [number, number])[];
}

/** undefined: no set. */
export function parseSequenceSet(text: string): SequenceSet | undefined {
  if (text === '$') return {isSaved: true, parts: []};
  const parts: [number, number][] = [];
  let at = 0;
  for (;;) {
    const first = numberAt(text, at);
    if (first === undefined) return undefined;
    at = first.end;
    let last = first;
    if (text.charAt(at) === ':') {
      const second = numberAt(text, at + 1);
      if (second === undefined) return undefined;
      last = second;
      at = second.end;
    }
    parts.push([first.value, last.value]);
    if (at === text.length) return {isSaved: false, parts};
    if (text.charAt(at++) !== ',') return undefined;
  }
}

/** With `*` as `star`; numbers in order, ranges joined. */
export function resolveSet(set: SequenceSet, star: number): NumberRanges {
  const ranges = set.parts.map(([first, last]): [number, number] => {
    const from = first === STAR ? star : first;
    const to = last === STAR ? star : last;
    return from <= to ? [from, to] : [to, from];
  });
  return joinRanges(ranges);
}

/** Sorts ranges and joins those that touch or overlap. */
export function joinRanges(ranges: [number, number][]): NumberRanges {
  ranges.sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [first, last] of ranges) {
    const previous = joined[joined.length - 1];
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

/** `1:3,5`. */
export function printRanges(ranges: NumberRanges): string {
  let text = '';
  for (const [first, last] of ranges) {
    if (text !== '') text += ',';
    text += first === last ? String(first) : `${first}:${last}`;
  }
  return text;
}

/** Numbers in their own order, runs that ascend by one joined (ESEARCH of SORT, COPYUID). */
export function printRuns(numbers: readonly number[]): string {
  let text = '';
  for (let at = 0; at < numbers.length;) {
    let end = at + 1;
    while (end < numbers.length && numbers[end] === (numbers[end - 1] ?? 0) + 1) end++;
    if (text !== '') text += ',';
    text += end === at + 1 ? String(numbers[at]) : `${numbers[at]}:${numbers[end - 1]}`;
    at = end;
  }
  return text;
}

function numberAt(text: string, start: number): {value: number; end: number} | undefined {
  if (text.charAt(start) === '*') return {value: STAR, end: start + 1};
  let value = 0;
  let end = start;
  for (; end < text.length; end++) {
    const digit = text.charCodeAt(end) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
    if (value > MOST) value = MOST; // seen: UID COPY 9999999999 finds nothing
  }
  return end === start || value === 0 ? undefined : {value, end};
}
