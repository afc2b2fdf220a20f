/**
 * Queue file records gathered in memory (one type byte, the length in base 128 with the low digits first, the payload),
 * with their place in the file. What was taken out is not kept; `position` goes on counting.
 */
import {countLines, replaceReturns} from '../base/line-bytes.ts';

export class RecordBuffer {
  #bytes: Buffer = EMPTY;
  #used = 0;
  #taken = 0;
  #spare: Buffer = EMPTY;

  /** File offset of the next record. */
  get position(): number {
    return this.#taken + this.#used;
  }

  /** Bytes waiting to be taken. */
  get length(): number {
    return this.#used;
  }

  /** Appends a record; a string is a byte string. */
  put(type: string, payload: string | Uint8Array): void {
    const {length} = payload;
    this.#reserve(length + MAX_OVERHEAD);
    const bytes = this.#bytes;
    let at = this.#used;
    bytes[at++] = type.charCodeAt(0);
    let rest = length;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
    if (typeof payload === 'string') bytes.write(payload, at, 'latin1');
    else bytes.set(payload, at);
    this.#used = at + length;
  }

  /**
   * Appends lines with LF ends as `N` records, up to one that is not whole or not shorter than `limit`. Answers how many
   * bytes were taken from `start` on. A CR within may become a blank.
   */
  putLines(bytes: Buffer, start: number, limit: number, replacesReturns: boolean): number {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end <= start) return 0;
    // Behind its place, as far as its lines will grow, the text is moved within the buffer alone.
    const growth = countLines(bytes, start, end) * lengthBytes(limit);
    this.#reserve(end - start + growth);
    const own = this.#bytes;
    const from = this.#used + growth;
    bytes.copy(own, from, start, end);
    if (replacesReturns) replaceReturns(own.subarray(from, from + end - start));
    return this.#linesWithin(from, from + end - start, limit) - from;
  }

  /** Answers where the lines that became records end. */
  #linesWithin(start: number, end: number, limit: number): number {
    const bytes = this.#bytes;
    let used = this.#used;
    let at = start;
    while (at < end) {
      const newline = bytes.indexOf(NEWLINE, at);
      const length = newline - at;
      if (length >= limit) break;
      const text = used + 1 + lengthBytes(length);
      bytes.copyWithin(text, at, newline); // before the length, which may need the text's place
      bytes[used++] = LINE;
      let rest = length;
      for (; rest > 0x7f; rest >>>= 7) bytes[used++] = (rest & 0x7f) | 0x80;
      bytes[used] = rest;
      used = text + length;
      at = newline + 1;
    }
    this.#used = used;
    return at;
  }

  /** The bytes gathered so far, which are the caller's now, unless they are given back. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#used);
    this.#taken += this.#used;
    this.#used = 0;
    this.#spare = this.#bytes;
    this.#bytes = EMPTY;
    return taken;
  }

  /** What was taken last is not needed any more. */
  giveBack(): void {
    if (this.#bytes.length === 0) this.#bytes = this.#spare;
    this.#spare = EMPTY;
  }

  /** Nothing more will be put, and what was given back is not needed either. */
  release(): void {
    if (this.#bytes.length === LARGE_BYTES && larges.length < MOST_LARGES) larges.push(this.#bytes);
    this.#bytes = EMPTY;
  }

  #reserve(needed: number): void {
    if (this.#used + needed <= this.#bytes.length) return;
    const grown = ofSize(Math.max(FIRST_BYTES, this.#bytes.length * 2, this.#used + needed));
    this.#bytes.copy(grown, 0, 0, this.#used);
    this.#bytes = grown;
  }
}

function ofSize(bytes: number): Buffer {
  if (bytes <= MEDIUM_BYTES || bytes > LARGE_BYTES) return Buffer.allocUnsafe(bytes);
  return larges.pop() ?? Buffer.allocUnsafeSlow(LARGE_BYTES);
}

/** Buffers of large messages, for the next ones: made anew for each, they would have the whole heap collected again and again. */
const larges: Buffer[] = [];
const MOST_LARGES = 8;
const LARGE_BYTES = 1 << 18;
const MEDIUM_BYTES = 1 << 16;

function lengthBytes(length: number): number {
  let count = 1;
  for (let rest = length; rest > 0x7f; rest >>>= 7) count++;
  return count;
}

const EMPTY = Buffer.alloc(0);
const LINE = 0x4e; // N
const NEWLINE = 0x0a;
/** Small enough that buffers share an allocation (Buffer.poolSize), large enough for most messages' envelopes and more. */
const FIRST_BYTES = 4000;
/** A type byte and at most five bytes of length. */
const MAX_OVERHEAD = 6;
