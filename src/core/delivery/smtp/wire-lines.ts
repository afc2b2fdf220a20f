/**
 * Content as it goes over the wire (RFC 5321 sections 2.3.8 and 4.5.2): lines end with CRLF and nothing else does, a dot
 * in first place is doubled, lines over the limit are broken with a blank behind (postconf(5) smtp_line_length_limit).
 *
 * In a chunk, whose length is told (RFC 3030 section 2), no dot is doubled.
 *
 * A CR inside a line becomes a blank: what a server might take for a line end is never a way to smuggle in commands.
 */
import {countLines, replaceReturns} from '../../base/line-bytes.ts';

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
    const growth = this.#mostGrowth(bytes);
    const out = Buffer.allocUnsafe(growth + bytes.length + (tail === undefined ? 0 : tail.length + 2));
    bytes.copy(out, growth); // behind its place as far as it may grow: what follows moves lines within one buffer
    replaceReturns(out.subarray(growth, growth + bytes.length));
    let used = this.#place(out, growth, growth + bytes.length);
    if (tail !== undefined) used += out.write(this.end() + tail, used, 'latin1');
    return out.subarray(0, used);
  }

  /** A CR and a dot for each line, and what a break takes. */
  #mostGrowth(bytes: Buffer): number {
    const breaks = this.#limit === 0 ? 0 : Math.ceil(bytes.length / Math.max(this.#limit - 1, 1)) + 1;
    return 2 * countLines(bytes) + 1 + BREAK.length * breaks;
  }

  /** Moves what is from `start` to `end` to the buffer's beginning, in wire form; answers where it ends. */
  #place(out: Buffer, start: number, end: number): number {
    let used = 0;
    for (let at = start; at < end;) {
      const newline = out.indexOf(NEWLINE, at);
      const isWhole = newline >= 0 && newline < end;
      const stop = isWhole ? newline : end;
      if (this.#column === 0 && out[at] === this.#dot) out[used++] = DOT;
      used = this.#placeLine(out, used, at, stop);
      at = stop;
      if (!isWhole) break;
      out[used++] = RETURN;
      out[used++] = NEWLINE;
      this.#column = 0;
      at++;
    }
    return used;
  }

  #placeLine(out: Buffer, to: number, start: number, stop: number): number {
    const limit = this.#limit === 0 ? Infinity : this.#limit;
    let used = to;
    let at = start;
    for (let room = Math.max(limit - this.#column, 0); stop - at > room; room = Math.max(limit - 1, 1)) {
      out.copyWithin(used, at, at + room);
      used += room;
      at += room;
      out.set(BREAK, used);
      used += BREAK.length;
      this.#column = 1;
      this.hasBroken = true;
    }
    out.copyWithin(used, at, stop);
    this.#column += stop - at;
    return used + stop - at;
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
const DOT = 0x2e;
const BREAK = Buffer.from('\r\n ');
