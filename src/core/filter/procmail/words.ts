/**
 * Reads words as procmail reads them: quotes, backslashes, `$name`, `${name:-text}`, backquotes; a close relative of sh(1)
 * (procmailrc(5) and its BUGS). One reader serves the parser, which only wants to know where the words end, and the
 * interpreter, which wants what they mean: without a scope nothing is looked up and no command runs.
 *
 * A generator, because a backquoted command takes its time: it yields the command's text and is answered its output.
 * Words come out as the original keeps them: each ended by NUL.
 */

/** What ends the words: `words` and `value` (of an assignment) the line; `value` also a blank; `text` keeps blanks. */
export type ReadMode = 'words' | 'value' | 'text';

export interface Scope {
  /** `$name`, `$1`. */
  variable(name: string): string | undefined;
  /** `$$ $? $# $= $_ $-`. */
  special(letter: string): string;
  /** Bytes that may come out (LINEBUF, less what the buffer already holds). */
  readonly limit: number;
}

export interface WordsRead {
  /** Words, each ended by NUL. */
  readonly text: string;
  /** Where reading ended in the source, behind the newline or blank. */
  readonly end: number;
  /** Where `"$@"` stood in `text`. */
  readonly allArguments: number | undefined;
  /** What the original says of it, without `procmail: `. */
  readonly complaints: readonly string[];
  /** It did not fit in LINEBUF. */
  readonly isTooLong: boolean;
}

export type WordsReading = Generator<string, WordsRead, string>;

export function readWords(source: string, from: number, mode: ReadMode, scope?: Scope): WordsReading {
  return new WordReader(source, from, mode, scope).read();
}

/** Where words end and what is wrong with them, without looking at what they mean. */
export function skipWords(source: string, from: number, mode: ReadMode): WordsRead {
  const reading = readWords(source, from, mode);
  for (let step = reading.next(''); ; step = reading.next('')) if (step.done === true) return step.value;
}

/** The words of a text in which each ends with NUL. */
export function splitWords(text: string): string[] {
  return text === '' ? [] : text.slice(0, -1).split('\0');
}

const NOTHING_YET = -1;
const SPACE = 0;
const PLAIN = 1;
const DOUBLE = 2;
const SINGLE = 3;

const END = '';
const SPECIAL_IN_PATTERN = /[(|)*?+.^$[\\]/;

/** `${name:-text}` whose text is not wanted: it is read and thrown away. */
interface Unwanted {
  readonly length: number;
  readonly level: number;
  readonly value: string;
  readonly state: number;
}

class WordReader {
  readonly #source: string;
  readonly #mode: ReadMode;
  readonly #scope: Scope | undefined;
  readonly #complaints: string[] = [];
  #at: number;
  #out = '';
  #state = NOTHING_YET;
  /** `${...` that are open, and how many were when the double quote began. */
  #level = 0;
  #quoteLevel = 0;
  #unwanted: Unwanted | undefined;
  #isTooLong = false;
  #allArguments: number | undefined;

  constructor(source: string, from: number, mode: ReadMode, scope: Scope | undefined) {
    this.#source = source;
    this.#at = from;
    this.#mode = mode;
    this.#scope = scope;
  }

  get #isSkipping(): boolean {
    return this.#scope === undefined || this.#unwanted !== undefined || this.#isTooLong;
  }

  /** The loop: one character after the other until one ends the words. */
  *read(): WordsReading {
    for (;;) {
      this.#keepWithinLimit();
      const next = this.#take();
      if (next === END) {
        if (this.#mode !== 'text' && this.#state > PLAIN) this.#complaints.push(UNEXPECTED_END);
        return this.#finish();
      }
      if (next === '`' && this.#state !== SINGLE) {
        if (yield* this.#backquote()) return this.#finish();
      } else if (this.#character(next)) return this.#finish();
    }
  }

  #take(): string {
    return this.#at < this.#source.length ? this.#source.charAt(this.#at++) : END;
  }

  #keepWithinLimit(): void {
    const limit = this.#scope?.limit ?? Infinity;
    if (this.#out.length <= limit) return;
    this.#isTooLong = true;
    this.#out = this.#out.slice(0, limit);
  }

  #finish(): WordsRead {
    this.#keepWithinLimit();
    if (this.#state !== SPACE || this.#mode !== 'words') this.#out += '\0';
    return {
      text: this.#out,
      end: this.#at,
      allArguments: this.#allArguments,
      complaints: this.#complaints,
      isTooLong: this.#isTooLong,
    };
  }

  #emit(text: string): void {
    this.#out += text;
    if (this.#state <= SPACE) this.#state = PLAIN;
  }

  /** Answers true when this character ends the words. */
  #character(next: string): boolean {
    switch (next) {
      case '\\':
        if (this.#state === SINGLE) this.#emit(next);
        else return this.#escaped(this.#take());
        return false;
      case '"':
        this.#doubleQuote();
        return false;
      case "'":
        this.#singleQuote();
        return false;
      case '}':
        this.#closeBrace();
        return false;
      case '#':
        if (this.#state > SPACE) this.#emit(next);
        else return this.#comment();
        return false;
      case '$':
        if (this.#state === SINGLE) this.#emit(next);
        else return this.#dollar();
        return false;
      case ' ':
      case '\t':
        return this.#blank(next);
      case '\n':
        if (this.#state <= PLAIN) return true;
        this.#emit(next);
        return false;
      default:
        this.#emit(next);
        return false;
    }
  }

  #escaped(next: string): boolean {
    if (next === END) {
      this.#complaints.push(UNEXPECTED_END);
      return true;
    }
    if (next === '\n') return false;
    if (this.#keepsBackslash(next)) this.#out += '\\';
    this.#emit(next);
    return false;
  }

  #keepsBackslash(next: string): boolean {
    switch (next) {
      case '#':
        return this.#state > SPACE;
      case ' ':
      case '\t':
      case "'":
        return this.#state === DOUBLE;
      case '"':
      case '\\':
      case '$':
      case '`':
        return false;
      case '}':
        return !this.#isInBraces() && this.#state > PLAIN;
      default:
        return this.#state > PLAIN;
    }
  }

  #isInBraces(): boolean {
    if (this.#state <= PLAIN) return this.#level > 0;
    return this.#state === DOUBLE && this.#level > this.#quoteLevel;
  }

  #doubleQuote(): void {
    if (this.#state === SINGLE || (this.#state === DOUBLE && this.#quoteLevel < this.#level)) this.#emit('"');
    else if (this.#state === DOUBLE) this.#state = PLAIN;
    else {
      this.#quoteLevel = this.#level;
      this.#state = DOUBLE;
    }
  }

  #singleQuote(): void {
    if (this.#state === DOUBLE) this.#emit("'");
    else this.#state = this.#state === SINGLE ? PLAIN : SINGLE;
  }

  #closeBrace(): void {
    if (!this.#isInBraces()) return this.#emit('}');
    this.#level--;
    const unwanted = this.#unwanted;
    if (unwanted === undefined || unwanted.level !== this.#level) return;
    this.#unwanted = undefined;
    this.#out = this.#out.slice(0, unwanted.length);
    this.#state = unwanted.state;
    this.#insert(unwanted.value);
  }

  #comment(): boolean {
    const newline = this.#source.indexOf('\n', this.#at);
    this.#at = newline < 0 ? this.#source.length : newline + 1;
    return true;
  }

  #blank(next: string): boolean {
    if (this.#state > PLAIN) this.#emit(next);
    else if (this.#state === PLAIN) {
      if (this.#mode === 'value') return true;
      this.#state = SPACE;
      this.#out += this.#mode === 'words' ? '\0' : ' ';
    }
    return false;
  }

  /** What a substitution gives: divided into words where it is not quoted. */
  #insert(value: string): void {
    if (this.#state === DOUBLE || this.#mode !== 'words') return this.#insertWhole(value);
    for (const character of value) {
      if (character !== ' ' && character !== '\t' && character !== '\n') this.#emit(character);
      else if (this.#state > SPACE) {
        this.#out += '\0';
        this.#state = SPACE;
      }
      this.#keepWithinLimit();
      if (this.#isTooLong) return;
    }
  }

  #insertWhole(value: string): void {
    this.#emit(value);
    this.#keepWithinLimit();
  }

  #lookup(name: string): string | undefined {
    return this.#isSkipping ? undefined : this.#scope?.variable(name);
  }

  #dollar(): boolean {
    const next = this.#take();
    switch (next) {
      case END:
        this.#emit('$');
        this.#state = PLAIN;
        return true;
      case '@':
        if (this.#state !== DOUBLE) this.#emit('@');
        else if (!this.#isSkipping) this.#allArguments = this.#out.length;
        return false;
      case '{':
        this.#braces();
        return false;
      case '$':
      case '?':
      case '#':
      case '=':
        this.#insertWhole(this.#special(next));
        return false;
      case '_':
      case '-':
        this.#insert(this.#special(next));
        return false;
      default:
        return this.#plainName(next);
    }
  }

  #special(letter: string): string {
    return this.#isSkipping ? '' : (this.#scope?.special(letter) ?? '');
  }

  #plainName(first: string): boolean {
    if (isDigit(first)) {
      this.#insert(this.#lookup(first) ?? '');
      return false;
    }
    const start = first === '\\' ? this.#at : this.#at - 1;
    const name = this.#nameAt(start);
    if (name === '') return this.#noName(first);
    this.#at = start + name.length;
    const value = this.#lookup(name) ?? '';
    if (first === '\\') this.#emit(`()${disarm(value)}`);
    else this.#insert(value);
    return false;
  }

  /** `$` before something else stands for itself, and so does what follows. */
  #noName(first: string): boolean {
    this.#emit('$');
    if (first === '\\') return this.#escaped(this.#take());
    this.#at--;
    return false;
  }

  #nameAt(start: number): string {
    let end = start;
    while (end < this.#source.length && isNamePart(this.#source.charAt(end))) end++;
    return this.#source.slice(start, end);
  }

  #braces(): void {
    const name = this.#nameAt(this.#at);
    this.#at += name.length;
    const operator = this.#take();
    const isBad = isDigit(name.charAt(0)) && name.length > 1;
    const value = isBad ? undefined : this.#lookup(name);
    if (!isBad && operator === '}') return this.#insert(value ?? '');
    const test = operator === ':' && !isBad ? this.#take() : operator;
    if (isBad || (test !== '-' && test !== '+')) return void this.#complaints.push(`Bad substitution of "${name}"`);
    const isSet = operator === ':' ? value !== undefined && value !== '' : value !== undefined;
    if (isSet === (test === '-')) this.#throwAway(value ?? '');
    this.#level++;
  }

  /** The text between here and the brace is not wanted: `value` takes its place. */
  #throwAway(value: string): void {
    if (this.#isSkipping) return;
    this.#unwanted = {length: this.#out.length, level: this.#level, value, state: this.#state};
  }

  /** Answers true when the source ends within the command. */
  *#backquote(): Generator<string, boolean, string> {
    const {text, last} = this.#commandText();
    const output = this.#isSkipping ? '' : yield text;
    if (this.#state !== DOUBLE) this.#insert(output);
    else {
      this.#insertWhole(output);
      if (last === '"') this.#state = PLAIN;
    }
    return false;
  }

  #commandText(): {text: string; last: string} {
    let text = '';
    for (;;) {
      const next = this.#take();
      if (next === END || next === '`' || (next === '"' && this.#state === DOUBLE)) return {text, last: next};
      if (next !== '\\') text += next;
      else {
        const quoted = this.#take();
        if (quoted === END) {
          this.#complaints.push(UNEXPECTED_END);
          return {text, last: END};
        }
        if (quoted === '\n') continue;
        const isSpecial = ['\\', '$', '`'].includes(quoted) || (quoted === '"' && this.#state === DOUBLE);
        text += isSpecial ? quoted : `\\${quoted}`;
      }
    }
  }
}

const UNEXPECTED_END = 'Unexpected EOL';

function disarm(value: string): string {
  let out = '';
  for (const character of value) out += SPECIAL_IN_PATTERN.test(character) ? `\\${character}` : character;
  return out;
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}

/** `character` is one character, or '' at the end. */
export function isNamePart(character: string): boolean {
  return /^[A-Za-z0-9_]$/.test(character);
}
