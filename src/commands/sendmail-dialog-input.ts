/** The client's side of `sendmail -bs`: lines, or counted bytes, from a stream that arrives in chunks. */
export interface DialogLine {
  /** Without the newline. */
  readonly bytes: Buffer;
  /** False: cut at the limit, the line goes on. */
  readonly endsLine: boolean;
}

export class DialogInput {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #limit: number;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>, limit: number) {
    this.#chunks = source[Symbol.asyncIterator]();
    this.#limit = limit;
  }

  /** undefined: the client has gone, in the middle of a line or not. */
  async line(): Promise<DialogLine | undefined> {
    for (;;) {
      const newline = this.#buffer.indexOf(NEWLINE);
      if (newline >= 0 && newline < this.#limit) return {bytes: this.#take(newline, 1), endsLine: true};
      if (this.#buffer.length >= this.#limit) return {bytes: this.#take(this.#limit, 0), endsLine: false};
      if (!(await this.#more())) return undefined;
    }
  }

  /** False: the client has gone before all `count` came. */
  async bytes(count: number, take: (bytes: Buffer) => void): Promise<boolean> {
    for (let left = count; left > 0;) {
      if (this.#buffer.length === 0 && !(await this.#more())) return false;
      const bytes = this.#take(Math.min(left, this.#buffer.length), 0);
      left -= bytes.length;
      take(bytes);
    }
    return true;
  }

  #take(length: number, skip: number): Buffer {
    const bytes = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length + skip);
    return bytes;
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done === true) return false;
    this.#buffer = this.#buffer.length === 0 ? next.value : Buffer.concat([this.#buffer, next.value]);
    return true;
  }
}

const NEWLINE = 0x0a;
