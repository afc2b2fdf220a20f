/** A file read from front to back, line by line and over what is not looked at, with a bounded piece of it in memory. */
import type {FileHandle} from 'node:fs/promises';
import {readFully} from '../read-fully.ts';

const PIECE_BYTES = 256 * 1024;
const LF = 0x0a;
/** A line that is longer is cut, for who only wants to know how it begins. */
const LONGEST_LINE = 64 * 1024;

export class FileWindow {
  readonly sizeBytes: number;
  readonly #file: FileHandle;
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(file: FileHandle, sizeBytes: number) {
    this.#file = file;
    this.sizeBytes = sizeBytes;
  }

  /** The line at `at` without its line end, and where the next begins. */
  async line(at: number): Promise<{text: string; next: number}> {
    let scanned = 0;
    for (;;) {
      await this.#have(at, Math.max(scanned + 1, 512));
      const from = at - this.#start;
      const newline = this.#bytes.indexOf(LF, from + scanned);
      if (newline >= 0) return {text: this.#text(from, newline), next: this.#start + newline + 1};
      scanned = this.#bytes.length - from;
      if (this.#start + this.#bytes.length >= this.sizeBytes)
        return {text: this.#text(from, this.#bytes.length), next: this.sizeBytes};
      await this.#have(at, scanned + PIECE_BYTES);
    }
  }

  async bytes(at: number, length: number): Promise<string> {
    if (length <= 0) return '';
    await this.#have(at, length);
    return this.#text(at - this.#start, at - this.#start + length);
  }

  #text(from: number, to: number): string {
    return this.#bytes.toString('latin1', from, Math.min(to, from + LONGEST_LINE));
  }

  /** Where `pattern` comes next, or -1. */
  async find(pattern: Buffer, from: number): Promise<number> {
    for (let at = from; at < this.sizeBytes;) {
      await this.#have(at, PIECE_BYTES);
      const found = this.#bytes.indexOf(pattern, at - this.#start);
      if (found >= 0) return this.#start + found;
      const end = this.#start + this.#bytes.length;
      if (end >= this.sizeBytes) return -1;
      at = Math.max(at + 1, end - pattern.length + 1);
    }
    return -1;
  }

  /** Makes `length` bytes from `at` be there, as far as the file goes; what lies before `at` is let go. */
  async #have(at: number, length: number): Promise<void> {
    const end = Math.min(this.sizeBytes, at + length);
    if (at >= this.#start && end <= this.#start + this.#bytes.length) return;
    this.#bytes = await readFully(this.#file, at, Math.min(this.sizeBytes, at + Math.max(length, PIECE_BYTES)));
    this.#start = at;
  }
}
