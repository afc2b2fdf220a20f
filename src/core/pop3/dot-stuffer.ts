/**
 * A message on its way to a POP3 client: every line end becomes CRLF, a line that begins with a dot gets another (RFC 1939 section 3), and
 * TOP stops after so many lines of the body. Pieces in, pieces out; nothing is kept but where in a line we are.
 */
const CR = 13;
const LF = 10;
const DOT = 46;
const NUL = 0;

export interface StuffingOptions {
  /** Of the body; undefined: all. */
  readonly bodyLines?: number | undefined;
  /** Some clients stop at a NUL: they get 0x80 (pop3_client_workarounds outlook-no-nuls). */
  readonly hidesNuls?: boolean;
  /** Some need the empty line behind a header that has no body (oe-ns-eoh). */
  readonly completesHeader?: boolean;
}

export class DotStuffer {
  readonly #options: StuffingOptions;
  #isLineStart = true;
  #lastWasCr = false;
  /** Nothing but a line end so far in this line. */
  #isEmptyLine = true;
  #isInBody = false;
  #bodyLinesLeft: number;

  constructor(options: StuffingOptions = {}) {
    this.#options = options;
    this.#bodyLinesLeft = options.bodyLines ?? Number.POSITIVE_INFINITY;
  }

  /** TOP has all it wants. */
  get isDone(): boolean {
    return this.#isInBody && this.#bodyLinesLeft <= 0;
  }

  /** The bytes of `piece` as the client gets them. */
  take(piece: Buffer): Buffer {
    const out = Buffer.allocUnsafe(piece.length * 2 + 2);
    let size = 0;
    for (let at = 0; at < piece.length && !this.isDone;) {
      const end = piece.indexOf(LF, at);
      const stop = end < 0 ? piece.length : end;
      if (this.#isLineStart && piece[at] === DOT) out[size++] = DOT;
      size += piece.copy(out, size, at, stop);
      this.#noteText(piece, at, stop);
      if (end < 0) break;
      if (!this.#lastWasCr) out[size++] = CR;
      out[size++] = LF;
      this.#noteLineEnd();
      at = end + 1;
    }
    const sent = out.subarray(0, size);
    if (this.#options.hidesNuls === true) hideNuls(sent);
    return sent;
  }

  /** What is still missing when the message has ended: its last line end, or the header's. */
  finish(): string {
    const lineEnd = this.#isLineStart ? '' : this.#lastWasCr ? '\n' : '\r\n';
    return lineEnd + (this.#options.completesHeader === true && !this.#isInBody ? '\r\n' : '');
  }

  #noteText(piece: Buffer, from: number, to: number): void {
    if (to === from) return;
    this.#isLineStart = false;
    this.#lastWasCr = piece[to - 1] === CR;
    if (to - from > 1 || !this.#lastWasCr) this.#isEmptyLine = false;
  }

  #noteLineEnd(): void {
    if (this.#isInBody) this.#bodyLinesLeft--;
    else if (this.#isEmptyLine) this.#isInBody = true;
    this.#isLineStart = true;
    this.#isEmptyLine = true;
    this.#lastWasCr = false;
  }
}

function hideNuls(bytes: Buffer): void {
  for (let at = bytes.indexOf(NUL); at >= 0; at = bytes.indexOf(NUL, at + 1)) bytes[at] = 0x80;
}
