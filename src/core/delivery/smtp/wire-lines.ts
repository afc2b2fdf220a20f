/**
 * Content as it goes over the wire (RFC 5321 sections 2.3.8 and 4.5.2): lines end with CRLF and nothing else does, a dot
 * in first place is doubled, lines over the limit are broken with a blank behind (postconf(5) smtp_line_length_limit).
 *
 * In a chunk, whose length is told (RFC 3030 section 2), no dot is doubled.
 *
 * A CR inside a line becomes a blank: what a server might take for a line end is never a way to smuggle in commands.
 */
export class WireLines {
  /** 0: no limit. */
  readonly #limit: number;
  /** What is doubled in first place; -1: nothing. */
  readonly #dot: number;
  #column = 0;
  /** A line was longer than the limit. */
  hasBroken = false;

  constructor(limit: number, doublesDots = true) {
    this.#limit = limit;
    this.#dot = doublesDots ? DOT : -1;
  }

  /** Takes bytes with LF ends, split anywhere; answers them in wire form. With `tail` they are the last, and it is behind them. */
  encode(bytes: Buffer, tail?: string): Buffer {
    const dot = this.#dot;
    const limit = this.#limit === 0 ? Infinity : this.#limit;
    const breaks = this.#limit === 0 ? 0 : Math.ceil(bytes.length / this.#limit) + 1;
    const out = Buffer.allocUnsafe(2 * bytes.length + 3 * breaks + (tail === undefined ? 0 : tail.length + 2));
    let used = 0;
    let column = this.#column;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] as number; // within the length
      if (byte === NEWLINE) {
        out[used++] = RETURN;
        out[used++] = NEWLINE;
        column = 0;
        continue;
      }
      if (column >= limit) {
        out[used++] = RETURN;
        out[used++] = NEWLINE;
        out[used++] = SPACE;
        column = 1;
        this.hasBroken = true;
      } else if (column === 0 && byte === dot) out[used++] = DOT;
      out[used++] = byte === RETURN ? SPACE : byte;
      column++;
    }
    this.#column = column;
    if (tail !== undefined) used += out.write(this.end() + tail, used, 'latin1');
    return out.subarray(0, used);
  }

  /** What ends the content, so that the next bytes are a line of their own. */
  end(): string {
    const rest = this.#column > 0 ? '\r\n' : '';
    this.#column = 0;
    return rest;
  }
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const DOT = 0x2e;
