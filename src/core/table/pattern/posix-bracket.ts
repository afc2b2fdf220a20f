/** Bracket expressions of regex(7): `[]^[:alpha:][.x.][=x=]a-z-]`, in the C locale. A backslash stands for itself. */
import {ByteSet, CLASSES} from './byte-set.ts';
import {PatternFault} from './syntax.ts';

export interface BracketRead {
  readonly set: ByteSet;
  /** Behind the closing bracket. */
  readonly end: number;
}

const LONGEST_NAME = 32;
const UNMATCHED = 'Unmatched [, [^, [:, [., or [=';

/** `at` is behind the opening bracket; `excludesNewline`: a negated list does not match a newline. */
export function readPosixBracket(source: string, at: number, folds: boolean, excludesNewline: boolean): BracketRead {
  return new BracketReader(source, at, folds).read(excludesNewline);
}

/** A member that may begin or end a range, or a class, which may not. */
type Member = number | ByteSet;

class BracketReader {
  readonly #source: string;
  readonly #folds: boolean;
  #at: number;

  constructor(source: string, at: number, folds: boolean) {
    this.#source = source;
    this.#at = at;
    this.#folds = folds;
  }

  read(excludesNewline: boolean): BracketRead {
    if (this.#at >= this.#source.length) throw new PatternFault('Invalid regular expression');
    const isNegated = this.#take('^');
    if (this.#at >= this.#source.length) throw new PatternFault('Invalid regular expression');
    let set = new ByteSet();
    for (let isFirst = true; isFirst || !this.#take(']'); isFirst = false) this.#readMember(set);
    if (this.#folds) set = set.folded();
    if (isNegated) set = set.inverted();
    if (isNegated && excludesNewline) set.remove(0x0a);
    return {set, end: this.#at};
  }

  #readMember(set: ByteSet): void {
    const first = this.#member();
    if (!this.#source.startsWith('-', this.#at) || this.#source.startsWith('-]', this.#at)) {
      if (typeof first === 'number') set.add(first);
      else set.addAll(first);
      return;
    }
    this.#at++;
    const last = this.#member();
    if (typeof first !== 'number' || typeof last !== 'number' || first > last)
      throw new PatternFault('Invalid range end');
    set.addRange(first, last);
  }

  #member(): Member {
    const kind = this.#source.charAt(this.#at + 1);
    if (this.#at >= this.#source.length) throw new PatternFault(UNMATCHED);
    if (this.#source.charAt(this.#at) === '[' && kind !== '' && ':.='.includes(kind)) return this.#named(kind);
    return this.#source.charCodeAt(this.#at++);
  }

  /** `[:alpha:]`, `[.x.]`, `[=x=]`: in the C locale the last two name one byte. */
  #named(kind: string): Member {
    const end = this.#source.indexOf(`${kind}]`, this.#at + 2);
    const name = this.#source.slice(this.#at + 2, end);
    if (end < 0 || name.length >= LONGEST_NAME) throw new PatternFault(UNMATCHED);
    this.#at = end + 2;
    if (kind !== ':') {
      if (name.length !== 1) throw new PatternFault('Invalid collation character');
      return name.charCodeAt(0);
    }
    const set = CLASSES.get(this.#folds && (name === 'upper' || name === 'lower') ? 'alpha' : name);
    if (set === undefined) throw new PatternFault('Invalid character class name');
    return set;
  }

  #take(character: string): boolean {
    if (this.#at >= this.#source.length) throw new PatternFault(UNMATCHED);
    if (this.#source.charAt(this.#at) !== character) return false;
    this.#at++;
    return true;
  }
}
