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

  /** The next record, or undefined when it is not whole in the buffer. */
  take(): QueueRecord | undefined {
    const bytes = this.#bytes;
    let at = this.#at;
    if (at >= bytes.length) return undefined;
    const type = bytes[at++] ?? 0;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= bytes.length) return undefined;
      if (shift >= MAX_LENGTH_BYTES * 7) throw new ParseError('unreasonable record length', this.offset);
      const digit = bytes[at++] ?? 0;
      length += (digit & 0x7f) * 2 ** shift;
      if (digit < 0x80) break;
    }
    if (length > 0x7fffffff) throw new ParseError('unreasonable record length', this.offset);
    if (at + length > bytes.length) return undefined;
    const record = {type: String.fromCharCode(type), offset: this.offset, payload: bytes.subarray(at, at + length)};
    this.#at = at + length;
    return record;
  }
}
