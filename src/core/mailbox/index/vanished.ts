/** UIDs that went, by modification sequence (RFC 7162 VANISHED): as far back as it is known. */
import type {NumberRanges} from '../mailbox.ts';
import {rangesOf} from '../number-ranges.ts';

/** Transactions that are remembered. */
const MOST = 20_000;

export class Vanished {
  /** Nothing is missing that went after this. */
  from = 0;
  #entries: (readonly [modSeq: number, ranges: NumberRanges])[] = [];

  get entries(): readonly (readonly [modSeq: number, ranges: NumberRanges])[] {
    return this.#entries;
  }

  /** Nothing is known of what went before. */
  begin(modSeq: number): void {
    this.from = modSeq;
    this.#entries = [];
  }

  add(modSeq: number, ranges: NumberRanges): void {
    if (ranges.length === 0) return;
    this.#entries.push([modSeq, ranges]);
    if (this.#entries.length <= MOST) return;
    const dropped = this.#entries.splice(0, MOST / 2);
    this.from = dropped[dropped.length - 1]?.[0] ?? this.from;
  }

  /** undefined: it reaches too far back. */
  since(modSeq: number, uids: NumberRanges): NumberRanges | undefined {
    if (modSeq < this.from) return undefined;
    const found = new Set<number>();
    for (const [when, ranges] of this.#entries) {
      if (when <= modSeq) continue;
      for (const [first, last] of ranges)
        for (const [from, to] of uids)
          for (let uid = Math.max(first, from); uid <= Math.min(last, to); uid++) found.add(uid);
    }
    return rangesOf([...found].sort((a, b) => a - b));
  }
}

/** `1:3,7`. */
export function writeRanges(ranges: NumberRanges): string {
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}:${last}`)).join(',');
}

export function readRanges(text: string): NumberRanges {
  if (text === '') return [];
  return text.split(',').map(range => {
    const [first = '', last = first] = range.split(':');
    return [Number(first), Number(last)] as const;
  });
}
