/**
 * The message as procmail sees it: one run of bytes, where its body begins, which newlines in the header continue a field.
 * Conditions see continued fields on one line; what is delivered is as it came (procmail(1) MISCELLANEOUS), but for a
 * Content-Length field, which is set right, and `From ` lines, which get a `>` on their way into a mailbox file.
 */
const NEWLINE = 0x0a;
const BLANK = 0x20;
const TAB = 0x09;
const FROM_LINE = Buffer.from('From ');
const BOGUS_FROM = Buffer.from('\nFrom ');
const CONTENT_LENGTH = 'content-length:';

/** Digits that are written into the field at most; the rest of a longer one is blanks. */
const MAX_DIGITS = 26;

export class Mail {
  readonly bytes: Buffer;
  readonly bodyAt: number;
  readonly #folds: readonly number[];
  /** Beyond it the body's `From ` lines are quoted; before it Content-Length says what the body is. */
  readonly #quotesFrom: number;
  readonly #headStart: number;
  #unfolded: Buffer | undefined;

  /** Changes the bytes it is given: Content-Length, unless `isBerkeley`. `bodyAt` is known when only the body is new. */
  constructor(bytes: Buffer, isBerkeley: boolean, bodyAt?: number) {
    this.bytes = bytes;
    this.#headStart = firstOtherThanNewline(bytes) + 1;
    const {end, folds} = scanHead(bytes, this.#headStart);
    this.bodyAt = Math.min(bodyAt ?? end, bytes.length);
    this.#folds = folds;
    const length = isBerkeley ? undefined : this.#setContentLength();
    this.#quotesFrom = length === undefined ? Math.max(this.bodyAt - 1, 0) : this.bodyAt + length;
  }

  /** With the newlines of continued fields as blanks, which is what conditions see. */
  get unfolded(): Buffer {
    if (this.#folds.length === 0) return this.bytes;
    if (this.#unfolded === undefined) {
      this.#unfolded = Buffer.from(this.bytes);
      for (const at of this.#folds) this.#unfolded[at] = BLANK;
    }
    return this.#unfolded;
  }

  get hasFromLine(): boolean {
    return startsWithFrom(this.bytes);
  }

  /** The header and, apart from it, the `From ` line. */
  get head(): Buffer {
    return this.bytes.subarray(0, this.bodyAt);
  }

  /** Where in bytes[from..to] a line is to be quoted: offsets just behind the newline. */
  bogusFromLines(from: number, to: number): number[] {
    const found: number[] = [];
    const collect = (start: number, end: number): void => {
      for (let at = this.bytes.indexOf(BOGUS_FROM, start); at >= 0; at = this.bytes.indexOf(BOGUS_FROM, at + 1)) {
        if (at + BOGUS_FROM.length > end || at + 1 >= to) return;
        found.push(at + 1);
      }
    };
    if (from < this.bodyAt) collect(Math.max(from, this.#headStart), this.bodyAt);
    collect(Math.max(from, this.#quotesFrom), this.bytes.length);
    return found;
  }

  /** The message without its `From ` line and the `>From ` lines that follow: a Maildir and sendmail want none. */
  get afterFromLine(): number {
    if (!this.hasFromLine) return 0;
    let at = 0;
    do {
      const newline = this.bytes.indexOf(NEWLINE, at);
      if (newline < 0) return this.bytes.length;
      at = newline + 1;
    } while (this.bytes[at] === 0x3e);
    return at;
  }

  /** The true length goes right-aligned into the room the old value had; answers the length that the field now says. */
  #setContentLength(): number | undefined {
    const start = findField(this.unfolded.subarray(0, this.bodyAt), CONTENT_LENGTH);
    if (start === undefined) return undefined;
    let end = start;
    while (end < this.bodyAt && this.bytes[end] !== NEWLINE && this.bytes[end] !== 0) end++;
    const room = Math.min(end - start, MAX_DIGITS);
    let length = this.bytes.length - this.bodyAt;
    if (this.bytes.length > 1 && this.bytes[this.bytes.length - 2] === NEWLINE) length--;
    const digits = String(Math.max(length, 0));
    const fits = digits.length <= room;
    const value = fits ? digits.padStart(room) : '9'.repeat(room);
    this.bytes.write(value.padEnd(end - start), start, 'latin1');
    this.#unfolded = undefined;
    return fits ? Math.max(length, 0) : Math.min(Number(value), Number.MAX_SAFE_INTEGER / 2);
  }
}

export function startsWithFrom(bytes: Buffer): boolean {
  return bytes.length >= FROM_LINE.length && bytes.compare(FROM_LINE, 0, FROM_LINE.length, 0, FROM_LINE.length) === 0;
}

function firstOtherThanNewline(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length && bytes[at] === NEWLINE) at++;
  return at < bytes.length ? at : at - 1;
}

/** seen: a NUL ends the original's look at the header, and all the message is one. */
function scanHead(bytes: Buffer, start: number): {end: number; folds: number[]} {
  const nul = bytes.indexOf(0, start);
  const limit = nul < 0 ? bytes.length : nul;
  const folds: number[] = [];
  for (
    let at = bytes.indexOf(NEWLINE, Math.max(start, 0));
    at >= 0 && at < limit;
    at = bytes.indexOf(NEWLINE, at + 1)
  ) {
    const next = bytes[at + 1];
    if (next === BLANK || next === TAB) folds.push(at);
    else if (next === NEWLINE) return {end: at + 2, folds};
  }
  return {end: bytes.length, folds};
}

/** Behind the colon of a field, or undefined. */
function findField(head: Buffer, name: string): number | undefined {
  for (let at = 0; at >= 0 && at < head.length;) {
    if (head.toString('latin1', at, at + name.length).toLowerCase() === name) return at + name.length;
    const newline = head.indexOf(NEWLINE, at);
    at = newline < 0 ? -1 : newline + 1;
  }
  return undefined;
}
