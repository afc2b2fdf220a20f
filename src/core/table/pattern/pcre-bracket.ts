/** Classes of Perl's notation: `[^]a-z\d[:^alpha:]\Q-\E]` (pcre2pattern(3) SQUARE BRACKETS AND CHARACTER CLASSES). */
import {ByteSet, CLASSES, WORD} from './byte-set.ts';
import type {BracketRead} from './posix-bracket.ts';
import {readMemberEscape} from './pcre-escapes.ts';
import {PatternFault} from './syntax.ts';

/** `at` is behind the opening bracket; `skipsBlanks`: option xx. Throws `PatternFault`. */
export function readPcreBracket(source: string, at: number, folds: boolean, skipsBlanks: boolean): BracketRead {
  return new ClassReader(source, at, skipsBlanks).read(folds);
}

/** `[:name:]` and the like; the others are refused. */
export function posixClassAt(source: string, at: number): string | undefined {
  return /^\[([:.=])(?:(?!\1\])[^\]\\])*\1\]/.exec(source.slice(at, at + 64))?.[0];
}

type Member = {readonly set: ByteSet} | {readonly code: number};

class ClassReader {
  readonly #source: string;
  readonly #skipsBlanks: boolean;
  #at: number;
  #isQuoted = false;

  constructor(source: string, at: number, skipsBlanks: boolean) {
    this.#source = source;
    this.#at = at;
    this.#skipsBlanks = skipsBlanks;
  }

  read(folds: boolean): BracketRead {
    const isNegated = this.#source.startsWith('^', this.#at);
    if (isNegated) this.#at++;
    const all = new ByteSet();
    for (let isFirst = true; ; isFirst = false) {
      this.#skip();
      if (!isFirst && !this.#isQuoted && this.#source.charAt(this.#at) === ']') break;
      this.#readRange(all);
    }
    const set = folds ? all.folded() : all;
    return {set: isNegated ? set.inverted() : set, end: this.#at + 1};
  }

  #readRange(all: ByteSet): void {
    const first = this.#member();
    this.#skip();
    const hyphen = this.#at;
    const isRange = !this.#isQuoted && this.#source.charAt(hyphen) === '-' && !this.#endsBehind(hyphen + 1);
    if ('set' in first) {
      if (isRange) throw new PatternFault(INVALID_RANGE, hyphen);
      all.addAll(first.set);
      return;
    }
    if (!isRange) {
      all.add(first.code);
      return;
    }
    this.#at++;
    this.#skip();
    if (!this.#isQuoted && posixClassAt(this.#source, this.#at) !== undefined)
      throw new PatternFault(INVALID_RANGE, this.#at + 1);
    const last = this.#member();
    if ('set' in last) throw new PatternFault(INVALID_RANGE, this.#at);
    if (last.code < first.code) throw new PatternFault('range out of order in character class', this.#at - 1);
    all.addRange(first.code, last.code);
  }

  #endsBehind(at: number): boolean {
    return this.#source.startsWith(']', at) || this.#source.startsWith('\\E]', at);
  }

  /** Quoting begins and ends; the end of the pattern is none of the class. */
  #skip(): void {
    for (;;) {
      if (this.#at >= this.#source.length)
        throw new PatternFault('missing terminating ] for character class', this.#source.length);
      if (this.#source.startsWith('\\E', this.#at)) this.#isQuoted = false;
      else if (!this.#isQuoted && this.#source.startsWith('\\Q', this.#at)) this.#isQuoted = true;
      else if (this.#skipsBlanks && !this.#isQuoted && ' \t'.includes(this.#source.charAt(this.#at))) this.#at--;
      else return;
      this.#at += 2;
    }
  }

  #member(): Member {
    const character = this.#source.charAt(this.#at);
    if (this.#isQuoted || (character !== '\\' && character !== '[')) return this.#byte();
    if (character === '\\') return this.#escape();
    const named = posixClassAt(this.#source, this.#at);
    return named === undefined ? this.#byte() : {set: this.#named(named)};
  }

  #byte(): Member {
    const code = this.#source.charCodeAt(this.#at++);
    return {code};
  }

  #named(named: string): ByteSet {
    if (!named.startsWith('[:')) throw new PatternFault('POSIX collating elements are not supported', this.#at);
    const isNegated = named.startsWith('[:^');
    const name = named.slice(isNegated ? 3 : 2, -2);
    const set = name === 'word' ? WORD : name === 'ascii' ? ByteSet.range(0, 127) : CLASSES.get(name);
    if (set === undefined) throw new PatternFault('unknown POSIX class name', this.#at + (isNegated ? 3 : 2));
    this.#at += named.length;
    return isNegated ? set.inverted() : set;
  }

  #escape(): Member {
    const letter = this.#source.charAt(this.#at + 1);
    if (letter === 'b') {
      this.#at += 2;
      return {code: 0x08};
    }
    if (letter === 'N') throw new PatternFault('\\N is not supported in a class', this.#at + 2);
    if (letter !== '' && 'RXB'.includes(letter))
      throw new PatternFault('escape sequence is invalid in character class', this.#at + 1);
    const {escape, end} = readMemberEscape(this.#source, this.#at);
    this.#at = end;
    if (escape.kind === 'set') return {set: escape.set};
    return {code: escape.kind === 'byte' ? escape.code : 0};
  }
}

const INVALID_RANGE = 'invalid range in character class';
