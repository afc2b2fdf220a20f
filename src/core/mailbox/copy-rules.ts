/**
 * What happens to a message's lines on their way into a mailbox file or a command: `>` before `From ` (mbox(5)), `.`
 * before `.` (BSMTP), another line end. Takes chunks that are cut anywhere; unchanged runs are passed on as they are.
 */
export interface CopyRules {
  readonly quoteFrom?: boolean | undefined;
  readonly stuffDots?: boolean | undefined;
  /** Instead of LF. */
  readonly lineEnd?: string | undefined;
}

const LF = 0x0a;
const DOT = 0x2e;
const FROM = Buffer.from('From ');
const QUOTE = Buffer.from('>');
const EXTRA_DOT = Buffer.from('.');
const NOTHING = Buffer.alloc(0);

export class LineCopier {
  readonly #rules: CopyRules;
  readonly #lineEnd: Buffer | undefined;
  readonly #isPlain: boolean;
  /** The beginning of a line that may become `From ` with the next chunk. */
  #held = NOTHING;
  #atLineStart = true;

  constructor(rules: CopyRules) {
    this.#rules = rules;
    const {lineEnd} = rules;
    this.#lineEnd = lineEnd === undefined || lineEnd === '\n' ? undefined : Buffer.from(lineEnd, 'latin1');
    this.#isPlain = rules.quoteFrom !== true && rules.stuffDots !== true && this.#lineEnd === undefined;
  }

  /** The bytes to write for a chunk. The chunk must not be changed until they are written. */
  push(chunk: Buffer): Buffer[] {
    if (chunk.length === 0) return [];
    if (this.#isPlain) {
      this.#atLineStart = chunk[chunk.length - 1] === LF;
      return [chunk];
    }
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = NOTHING;
    return this.#copy(bytes);
  }

  /** The content is over: what is still to be written, with the line end a last line may lack. */
  end(): Buffer[] {
    const rest = this.#held;
    this.#held = NOTHING;
    const isOpen = rest.length > 0 || !this.#atLineStart;
    return isOpen ? [rest, this.#lineEnd ?? Buffer.from('\n')] : [];
  }

  #copy(bytes: Buffer): Buffer[] {
    const out: Buffer[] = [];
    let from = 0;
    for (let at = 0; at < bytes.length;) {
      if (this.#atLineStart) {
        const mark = this.#markFor(bytes, at);
        if (mark === undefined) {
          this.#held = Buffer.from(bytes.subarray(at)); // copied: the chunk is its owner's again after this call
          if (at > from) out.push(bytes.subarray(from, at));
          return out;
        }
        if (mark !== NOTHING) {
          out.push(bytes.subarray(from, at), mark);
          from = at;
        }
      }
      const newline = bytes.indexOf(LF, at);
      this.#atLineStart = newline >= 0;
      at = newline < 0 ? bytes.length : newline + 1;
      if (newline >= 0 && this.#lineEnd !== undefined) {
        out.push(bytes.subarray(from, newline), this.#lineEnd);
        from = at;
      }
    }
    if (from < bytes.length) out.push(bytes.subarray(from));
    return out;
  }

  /** What goes before the line at `at`; undefined when too little of it is there to know. */
  #markFor(bytes: Buffer, at: number): Buffer | undefined {
    if (this.#rules.stuffDots === true && bytes[at] === DOT) return EXTRA_DOT;
    if (this.#rules.quoteFrom !== true || bytes[at] !== FROM[0]) return NOTHING;
    const length = Math.min(FROM.length, bytes.length - at);
    if (bytes.compare(FROM, 0, length, at, at + length) !== 0) return NOTHING;
    return length < FROM.length ? undefined : QUOTE;
  }
}
