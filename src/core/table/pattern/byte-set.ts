/** Sets of bytes, and the named ones of the C locale. Sets do not change once they are in use. */
export class ByteSet {
  readonly #members = new Uint8Array(256);

  static of(...codes: readonly number[]): ByteSet {
    const set = new ByteSet();
    for (const code of codes) set.add(code);
    return set;
  }

  static range(first: number, last: number): ByteSet {
    return new ByteSet().addRange(first, last);
  }

  static all(): ByteSet {
    return ByteSet.range(0, 255);
  }

  /** Everything but these. */
  static except(...codes: readonly number[]): ByteSet {
    return ByteSet.of(...codes).inverted();
  }

  get size(): number {
    return this.#members.reduce((sum, member) => sum + member, 0);
  }

  has(code: number): boolean {
    return this.#members[code] === 1;
  }

  /** One byte each, 1 for a member. */
  get members(): Uint8Array {
    return this.#members;
  }

  add(code: number): this {
    this.#members[code] = 1;
    return this;
  }

  remove(code: number): this {
    this.#members[code] = 0;
    return this;
  }

  addRange(first: number, last: number): this {
    this.#members.fill(1, first, last + 1);
    return this;
  }

  addAll(other: ByteSet): this {
    for (let code = 0; code < 256; code++) if (other.has(code)) this.add(code);
    return this;
  }

  inverted(): ByteSet {
    const set = new ByteSet();
    for (let code = 0; code < 256; code++) if (!this.has(code)) set.add(code);
    return set;
  }

  /** With both cases of each letter in it. */
  folded(): ByteSet {
    const set = new ByteSet().addAll(this);
    for (let code = 0x41; code <= 0x5a; code++) if (this.has(code) || this.has(code + 32)) set.add(code).add(code + 32);
    return set;
  }

  meets(other: ByteSet): boolean {
    return this.#members.some((member, code) => member === 1 && other.has(code));
  }

  /** In the notation of RegExp. */
  get source(): string {
    if (this.size === 256) return '[^]';
    let ranges = '';
    for (let first = 0; first < 256; first++) {
      if (!this.has(first)) continue;
      let last = first;
      while (this.has(last + 1)) last++;
      ranges += last === first ? hex(first) : `${hex(first)}-${hex(last)}`;
      first = last;
    }
    return this.size === 1 ? ranges : `[${ranges}]`;
  }
}

function hex(code: number): string {
  const character = String.fromCharCode(code);
  return /[A-Za-z0-9 ]/.test(character) ? character : `\\x${code.toString(16).padStart(2, '0')}`;
}

const DIGIT = ByteSet.range(0x30, 0x39);
const LOWER = ByteSet.range(0x61, 0x7a);
const UPPER = ByteSet.range(0x41, 0x5a);
const ALPHA = new ByteSet().addAll(LOWER).addAll(UPPER);
const ALNUM = new ByteSet().addAll(ALPHA).addAll(DIGIT);
const GRAPH = ByteSet.range(0x21, 0x7e);
const PUNCT = ByteSet.range(0x21, 0x2f).addRange(0x3a, 0x40).addRange(0x5b, 0x60).addRange(0x7b, 0x7e);
export const WORD = new ByteSet().addAll(ALNUM).add(0x5f);
export const SPACE = ByteSet.range(0x09, 0x0d).add(0x20);
export const DIGITS = DIGIT;

/** The classes of bracket expressions, `[:alpha:]`. */
export const CLASSES: ReadonlyMap<string, ByteSet> = new Map([
  ['alnum', ALNUM],
  ['alpha', ALPHA],
  ['blank', ByteSet.of(0x20, 0x09)],
  ['cntrl', ByteSet.range(0, 0x1f).add(0x7f)],
  ['digit', DIGIT],
  ['graph', GRAPH],
  ['lower', LOWER],
  ['print', ByteSet.range(0x20, 0x7e)],
  ['punct', PUNCT],
  ['space', SPACE],
  ['upper', UPPER],
  ['xdigit', new ByteSet().addAll(DIGIT).addRange(0x41, 0x46).addRange(0x61, 0x66)],
]);
