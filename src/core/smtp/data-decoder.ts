/**
 * The content of DATA on the wire (RFC 5321 sections 4.5.2 and 4.1.1.4) to lines with LF: dots un-stuffed, the end found.
 *
 * `lenient`: LF alone ends lines, and a dot between any two line ends ends the message; CRs before a line's end go.
 * Where a sender that is not ours could make use of that to smuggle a second message past a server before us,
 * `normalize` is right: only CRLF.CRLF ends the message; LF alone ends lines still, a dot between other line ends goes with
 * its line, and of several CRs only the last belongs to the line's end. `reject` is the same, and tells of a bare LF.
 *
 * Linear, one pass, nothing held but the CRs that are not decided yet. The bytes it hands out are its own.
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

  constructor(policy: BareNewlinePolicy) {
    this.#isStrict = policy !== 'lenient';
  }

  /**
   * Decodes `chunk` from `start` on into `take`. Answers how many bytes were used: all, or up to and with the end of the
   * message (`isOver`).
   */
  push(chunk: Buffer, start: number, take: (bytes: Buffer) => void): number {
    const out = Buffer.allocUnsafe(chunk.length - start + this.#returns + 1);
    let length = 0;
    let at = start;
    for (; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === RETURN) {
        this.#returns++;
        // A CR that is not followed by LF is content; so many of them are no line end that anybody means.
        if (this.#returns > MAX_RETURNS) {
          if (this.#column === DOT_ONLY) this.#column = INSIDE;
          out[length++] = RETURN;
          this.#returns--;
        }
        continue;
      }
      if (byte === NEWLINE) {
        if (this.#isStrict && this.#returns > 1) {
          for (; this.#returns > 1; this.#returns--) out[length++] = RETURN;
          this.#column = INSIDE;
        }
        if (this.#endsMessage()) {
          this.isOver = true;
          at++;
          break;
        }
        const isDropped = this.#isStrict && this.#column === DOT_ONLY; // a dot that is no end: seen, it goes
        this.#endLine();
        if (!isDropped) out[length++] = NEWLINE;
        continue;
      }
      if (this.#returns > 0) {
        for (; this.#returns > 0; this.#returns--) out[length++] = RETURN;
        this.#column = INSIDE;
      }
      if (byte === DOT && this.#column === START) {
        this.#column = DOT_ONLY;
        continue;
      }
      this.#column = INSIDE;
      out[length++] = byte as number; // at < chunk.length
    }
    if (length > 0) take(out.subarray(0, length));
    return at - start;
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

/** Where in its line the decoder is: at its start, behind a dot that is all there is yet, or further on. */
type Column = typeof START | typeof DOT_ONLY | typeof INSIDE;
const START = 0;
const DOT_ONLY = 1;
const INSIDE = 2;

const MAX_RETURNS = 1000;
const RETURN = 0x0d;
const NEWLINE = 0x0a;
const DOT = 0x2e;
