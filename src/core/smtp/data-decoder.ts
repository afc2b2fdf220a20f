/**
 * The content of DATA on the wire (RFC 5321 sections 4.5.2 and 4.1.1.4) to lines with LF: dots un-stuffed, the end found.
 *
 * `lenient`: LF alone ends lines, and a dot between any two line ends ends the message; CRs before a line's end go.
 * Where a sender that is not ours could make use of that to smuggle a second message past a server before us,
 * `normalize` is right: only CRLF.CRLF ends the message; LF alone ends lines still, a dot between other line ends goes with
 * its line, and of several CRs only the last belongs to the line's end. `reject` is the same, and tells of a bare LF.
 *
 * Linear, nothing held but the CRs that are not decided yet. Lines are decoded in place: what is handed out lies in the chunk.
 */
export type BareNewlinePolicy = 'lenient' | 'normalize' | 'reject';

export class DataDecoder {
  readonly #isStrict: boolean;
  #column: Column = START;
  /** CRs seen that a LF may turn into a line end. */
  #returns = 0;
  /** The last line ended with exactly CRLF, or there is none yet. */
  #isAfterCrlf = true;
  hasBareNewline = false;
  isOver = false;
  #out: Buffer = EMPTY;
  #length = 0;

  constructor(policy: BareNewlinePolicy) {
    this.#isStrict = policy !== 'lenient';
  }

  /**
   * Decodes `chunk` from `start` on into `take`, writing over it. Answers how many bytes were used: all, or up to and with
   * the end of the message (`isOver`).
   */
  push(chunk: Buffer, start: number, take: (bytes: Buffer) => void): number {
    const isInPlace = this.#returns === 0; // else there may be more to hand out than has come
    this.#out = isInPlace ? chunk : Buffer.allocUnsafe(chunk.length - start + this.#returns + 1);
    const from = (this.#length = isInPlace ? start : 0);
    let at = start;
    let nextReturn = -1;
    let nextNewline = -1;
    while (at < chunk.length && !this.isOver) {
      if (this.#returns === 0 && (this.#column === INSIDE || (this.#column === START && chunk[at] !== DOT))) {
        if (nextReturn < at) nextReturn = indexOf(chunk, RETURN, at);
        if (nextNewline < at) nextNewline = indexOf(chunk, NEWLINE, at);
        at = this.#copyRun(chunk, at, nextReturn, nextNewline);
      } else this.#takeByte(chunk[at++] as number); // at < chunk.length
    }
    if (this.#length > from) take(this.#out.subarray(from, this.#length));
    this.#out = EMPTY;
    return at - start;
  }

  /** Up to the next CR or LF, and with it where it is CRLF or cannot be copied; answers where that ends. */
  #copyRun(chunk: Buffer, at: number, nextReturn: number, nextNewline: number): number {
    const end = Math.min(nextReturn, nextNewline);
    if (end > at) {
      if (this.#out !== chunk) chunk.copy(this.#out, this.#length, at, end);
      else if (this.#length !== at) chunk.copyWithin(this.#length, at, end);
      this.#length += end - at;
      this.#column = INSIDE;
    }
    if (end === chunk.length) return end;
    if (end + 1 !== nextNewline || nextNewline === chunk.length) {
      this.#takeByte(chunk[end] as number); // end < chunk.length
      return end + 1;
    }
    this.#out[this.#length++] = NEWLINE;
    this.#isAfterCrlf = true;
    this.#column = START;
    return end + 2;
  }

  #takeByte(byte: number): void {
    if (byte === RETURN) return this.#takeReturn();
    if (byte === NEWLINE) return this.#takeNewline();
    if (this.#returns > 0) this.#putReturns(0);
    if (byte === DOT && this.#column === START) {
      this.#column = DOT_ONLY;
      return;
    }
    this.#column = INSIDE;
    this.#out[this.#length++] = byte;
  }

  /** A CR that is not followed by LF is content; very many of them are no line end that anybody means. */
  #takeReturn(): void {
    if (++this.#returns <= MAX_RETURNS) return;
    if (this.#column === DOT_ONLY) this.#column = INSIDE;
    this.#out[this.#length++] = RETURN;
    this.#returns--;
  }

  #takeNewline(): void {
    if (this.#isStrict && this.#returns > 1) this.#putReturns(1);
    if (this.#endsMessage()) {
      this.isOver = true;
      return;
    }
    const isDropped = this.#isStrict && this.#column === DOT_ONLY; // a dot that is no end: seen, it goes
    this.#endLine();
    if (!isDropped) this.#out[this.#length++] = NEWLINE;
  }

  #putReturns(left: number): void {
    for (; this.#returns > left; this.#returns--) this.#out[this.#length++] = RETURN;
    this.#column = INSIDE;
  }

  #endsMessage(): boolean {
    if (this.#column !== DOT_ONLY) return false;
    return !this.#isStrict || (this.#returns === 1 && this.#isAfterCrlf);
  }

  #endLine(): void {
    if (this.#returns === 0) this.hasBareNewline = true;
    this.#isAfterCrlf = this.#returns === 1;
    this.#returns = 0;
    this.#column = START;
  }
}

/** The chunk's length where there is none. */
function indexOf(chunk: Buffer, byte: number, from: number): number {
  const index = chunk.indexOf(byte, from);
  return index < 0 ? chunk.length : index;
}

const EMPTY = Buffer.alloc(0);
/** Where in its line the decoder is: at its start, behind a dot that is all there is yet, or further on. */
type Column = typeof START | typeof DOT_ONLY | typeof INSIDE;
const START = 0;
const DOT_ONLY = 1;
const INSIDE = 2;

const MAX_RETURNS = 1000;
const RETURN = 0x0d;
const NEWLINE = 0x0a;
const DOT = 0x2e;
