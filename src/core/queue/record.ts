/**
 * Queue file records: one type byte, the payload's length in base 128 (low digits first, bit 7 set when more follow), the
 * payload. A cursor reads them out of buffered bytes, synchronously, and stops where a record is not whole yet.
 */
import {ParseError} from '../base/errors.ts';

/** Seen: readers refuse longer lengths than 32 bits. */
const MAX_LENGTH_BYTES = 5;

export interface QueueRecord {
  readonly type: string;
  /** File offset of the type byte. */
  readonly offset: number;
  readonly payload: Buffer;
}

export class RecordCursor {
  #bytes: Buffer;
  #at = 0;
  /** File offset of `#bytes[0]`. */
  #base: number;
  /** Of the record that was looked at last. */
  #type = 0;
  #start = 0;
  #end = 0;

  constructor(bytes: Buffer, base = 0) {
    this.#bytes = bytes;
    this.#base = base;
  }

  /** File offset of the next record. */
  get offset(): number {
    return this.#base + this.#at;
  }

  /** Bytes that are buffered and not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  feed(bytes: Buffer): void {
    const rest = this.#bytes.subarray(this.#at);
    this.#base += this.#at;
    this.#at = 0;
    this.#bytes = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
  }

  /** What is buffered and not read yet. */
  get rest(): Buffer {
    return this.#bytes.subarray(this.#at);
  }

  /** The next record, or undefined when it is not whole in the buffer. */
  take(): QueueRecord | undefined {
    if (!this.#find()) return undefined;
    const payload = this.#bytes.subarray(this.#start, this.#end);
    const record = {type: String.fromCharCode(this.#type), offset: this.offset, payload};
    this.#at = this.#end;
    return record;
  }

  /** The content lines of all records that are whole, with LF ends, written over them: the buffer must be the reader's own. */
  takeText(): Buffer {
    const bytes = this.#bytes;
    const from = this.#at;
    let used = from;
    for (; this.#find(); this.#at = this.#end) {
      if (this.#type !== LINE && this.#type !== PIECE) continue;
      bytes.copyWithin(used, this.#start, this.#end);
      used += this.#end - this.#start;
      if (this.#type === LINE) bytes[used++] = NEWLINE;
    }
    return bytes.subarray(from, used);
  }

  /** Where the next record's payload is; false when it is not whole. */
  #find(): boolean {
    const bytes = this.#bytes;
    let at = this.#at;
    if (at >= bytes.length) return false;
    this.#type = bytes[at++] ?? 0;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= bytes.length) return false;
      if (shift >= MAX_LENGTH_BYTES * 7) throw new ParseError('unreasonable record length', this.offset);
      const digit = bytes[at++] ?? 0;
      length += (digit & 0x7f) * 2 ** shift;
      if (digit < 0x80) break;
    }
    if (length > 0x7fffffff) throw new ParseError('unreasonable record length', this.offset);
    this.#start = at;
    this.#end = at + length;
    return this.#end <= bytes.length;
  }
}

/** A line, and the first part of one that goes on in the next record. */
const LINE = 0x4e; // N
const PIECE = 0x4c; // L
const NEWLINE = 0x0a;
