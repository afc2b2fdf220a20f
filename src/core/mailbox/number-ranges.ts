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
