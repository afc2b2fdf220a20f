/**
 * Reads the records of a queue file one by one, synchronously: for tools. Works on files and on pipes. What is damaged
 * throws `ParseError` in the original's words; the end of the file is undefined.
 */
import {fstatSync, readSync} from 'node:fs';
import {ParseError} from '../base/errors.ts';
import type {QueueRecord} from './record.ts';

const READ_BYTES = 1 << 16;
/** Seen: the original takes no more length bits. */
const LENGTH_BITS = 32;

export class RecordFile {
  readonly isSeekable: boolean;
  readonly #fd: number;
  readonly #sizeBytes: number;
  #buffer = Buffer.allocUnsafe(READ_BYTES);
  #at = 0;
  #end = 0;
  /** File offset of the buffer's end. */
  #position = 0;

  constructor(fd: number) {
    const status = fstatSync(fd);
    this.#fd = fd;
    this.isSeekable = status.isFile();
    this.#sizeBytes = this.isSeekable ? status.size : Infinity;
  }

  /** File offset of the next record. */
  get offset(): number {
    return this.#position - (this.#end - this.#at);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The file must be seekable. */
  seek(offset: number): void {
    const start = this.#position - this.#end;
    if (offset >= start && offset <= this.#position) {
      this.#at = offset - start;
      return;
    }
    this.#buffer = Buffer.allocUnsafe(READ_BYTES); // records that were handed out lie in the old one
    this.#at = this.#end = 0;
    this.#position = offset;
  }

  /** Goes forward on a pipe; answers how many bytes there were to pass over. */
  skip(bytes: number): number {
    let skipped = 0;
    while (skipped < bytes && this.#has(1)) {
      const count = Math.min(bytes - skipped, this.#end - this.#at);
      this.#at += count;
      skipped += count;
    }
    return skipped;
  }

  /** The first byte of what comes, not taken. */
  peek(): number | undefined {
    return this.#has(1) ? this.#buffer[this.#at] : undefined;
  }

  next(): QueueRecord | undefined {
    const {offset} = this;
    if (!this.#has(1)) return undefined;
    const type = this.#buffer[this.#at++] ?? 0;
    const length = this.#length(type, offset);
    if (!this.#has(length))
      throw new ParseError(`unexpected EOF in data, record type ${type} length ${length}`, offset);
    const payload = this.#buffer.subarray(this.#at, this.#at + length);
    this.#at += length;
    return {type: String.fromCharCode(type), offset, payload};
  }

  #length(type: number, offset: number): number {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      if (shift >= LENGTH_BITS) throw new ParseError(`too many length bits, record type ${type}`, offset);
      if (!this.#has(1)) throw new ParseError(`unexpected EOF reading length, record type ${type}`, offset);
      const digit = this.#buffer[this.#at++] ?? 0;
      length |= (digit & 0x7f) << shift;
      if (digit < 0x80) break;
    }
    if (length < 0) throw new ParseError(`illegal length ${length}, record type ${type}`, offset);
    return length;
  }

  /** Makes sure that so many bytes are buffered; false when the file ends before. */
  #has(bytes: number): boolean {
    if (bytes > this.#end - this.#at && this.#sizeBytes - this.offset < bytes) return false;
    while (this.#end - this.#at < bytes) {
      this.#makeRoom();
      const room = this.#buffer.length - this.#end;
      const count = readSync(this.#fd, this.#buffer, this.#end, room, this.isSeekable ? this.#position : null);
      if (count === 0) return false;
      this.#end += count;
      this.#position += count;
    }
    return true;
  }

  /** A full buffer is left to the records that were handed out; the next is larger when a record fills one. */
  #makeRoom(): void {
    if (this.#end < this.#buffer.length) return;
    const rest = this.#buffer.subarray(this.#at, this.#end);
    const grown = Buffer.allocUnsafe(Math.max(READ_BYTES, rest.length * 2));
    rest.copy(grown);
    this.#buffer = grown;
    this.#end = rest.length;
    this.#at = 0;
  }
}
