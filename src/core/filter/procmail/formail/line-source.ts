/**
 * Lines of a file or pipe, with a look at the byte that comes next; each ends in a newline, the last one too. Behind the end
 * there are empty lines. Read with system calls: formail is a filter, and waits for its input and nothing else.
 */
import {readSync} from 'node:fs';
import {systemCode} from '../../../base/errors.ts';

const CHUNK = 65536;
const NEWLINE = 0x0a;

/** Behind the end. */
export const END = -1;

export class LineSource {
  readonly #read: (buffer: Buffer) => number;
  #buffer = Buffer.alloc(0);
  #at = 0;
  #isOver = false;

  /** `read` fills a buffer and answers how much; 0 at the end. */
  constructor(read: (buffer: Buffer) => number) {
    this.#read = read;
  }

  static ofDescriptor(fd: number): LineSource {
    return new LineSource(buffer => readDescriptor(fd, buffer));
  }

  static ofBytes(bytes: Buffer): LineSource {
    let at = 0;
    return new LineSource(buffer => {
      const length = bytes.copy(buffer, 0, at);
      at += length;
      return length;
    });
  }

  /** The next byte, or END. */
  peek(): number {
    if (this.#at >= this.#buffer.length) this.#fill();
    return this.#buffer[this.#at] ?? END;
  }

  takeByte(): number {
    const next = this.peek();
    if (next !== END) this.#at++;
    return next;
  }

  takeLine(): string {
    let line = '';
    while (this.peek() !== END) {
      const newline = this.#buffer.indexOf(NEWLINE, this.#at);
      const end = newline < 0 ? this.#buffer.length : newline + 1;
      line += this.#buffer.toString('latin1', this.#at, end);
      this.#at = end;
      if (newline >= 0) return line;
    }
    return `${line}\n`;
  }

  /** Up to so many bytes, as they come. */
  takeBytes(limit: number): string {
    if (this.peek() === END) return '';
    const end = Math.min(this.#buffer.length, this.#at + limit);
    const bytes = this.#buffer.toString('latin1', this.#at, end);
    this.#at = end;
    return bytes;
  }

  #fill(): void {
    if (this.#isOver) return;
    const chunk = Buffer.allocUnsafe(CHUNK);
    const length = this.#read(chunk);
    this.#isOver = length === 0;
    this.#buffer = chunk.subarray(0, length);
    this.#at = 0;
  }
}

/** A descriptor that somebody made non-blocking is asked again. */
function readDescriptor(fd: number, buffer: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, buffer, 0, buffer.length, null);
    } catch (fault) {
      if (systemCode(fault) === 'EOF') return 0;
      if (systemCode(fault) !== 'EAGAIN') throw fault;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
