/** Ranges of sequence numbers and UIDs (mailbox.ts `NumberRanges`): made from numbers, walked, cut. */
import type {NumberRanges} from './mailbox.ts';

/** Of ascending numbers without repetition. */
export function rangesOf(numbers: Iterable<number>): NumberRanges {
  const ranges: [number, number][] = [];
  let last: [number, number] | undefined;
  for (const number of numbers) {
    if (last !== undefined && number === last[1] + 1) last[1] = number;
    else ranges.push((last = [number, number]));
  }
  return ranges;
}

/** The numbers themselves, none above `limit`. */
export function* numbersIn(ranges: NumberRanges, limit: number): Generator<number> {
  for (const [first, last] of ranges) {
    const end = Math.min(last, limit);
    for (let number = Math.max(first, 1); number <= end; number++) yield number;
  }
}

export function isInRanges(ranges: NumberRanges, number: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle];
    if (range === undefined) return false;
    if (number < range[0]) high = middle - 1;
    else if (number > range[1]) low = middle + 1;
    else return true;
  }
  return false;
}
