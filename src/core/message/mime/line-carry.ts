/** The beginning of a line whose rest comes with the next chunk. Grows as needed, up to its limit; what is beyond it is dropped. */
export class LineCarry {
  length = 0;
  bytes: Buffer = EMPTY;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  append(chunk: Buffer, start: number, end: number): void {
    const length = Math.min(this.length + end - start, this.#limit);
    if (length > this.bytes.length) this.#grow(length);
    chunk.copy(this.bytes, this.length, start, start + length - this.length);
    this.length = length;
  }

  clear(): void {
    this.length = 0;
    if (this.bytes.length > KEPT) this.bytes = EMPTY;
  }

  #grow(length: number): void {
    const larger = Buffer.allocUnsafe(Math.max(length, Math.min(this.bytes.length * 2, this.#limit), 256));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

const EMPTY = Buffer.alloc(0);
/** A larger buffer is given back. */
const KEPT = 1 << 16;
