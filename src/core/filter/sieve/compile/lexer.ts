/**
 * Cuts a script into tokens (RFC 5228 section 8.1). Errors go to the report, once for each run of bad characters, and
 * the token says `error` (already reported) or `garbage`; the parser goes on behind it. Linear in its input.
 */
import type {Report} from './report.ts';
import type {Place} from './tree.ts';

export type TokenType =
  | 'end'
  | 'number'
  | 'identifier'
  | 'tag'
  | 'string'
  | 'error'
  | 'garbage'
  | '('
  | ')'
  | '['
  | ']'
  | '{'
  | '}'
  | ','
  | ';'
  | ':'
  | '/';

export interface Token extends Place {
  readonly type: TokenType;
  readonly text: string;
  readonly value: number;
}

/** Seen: strings up to a megabyte, identifiers up to 32 characters (RFC 5228 section 2.10.5 has no figure). */
const MAX_STRING = 1 << 20;
const MAX_IDENTIFIER = 32;
const MAX_NUMBER = 18446744073709551615n;

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['k', 1024n],
  ['m', 1024n ** 2n],
  ['g', 1024n ** 3n],
  ['t', 1024n ** 4n],
]);

const SINGLE = '()[]{},;';

export function describeToken({type, text}: Token): string {
  switch (type) {
    case 'end':
      return 'end of file';
    case 'number':
    case 'string':
      return type;
    case 'identifier':
      return `identifier '${text}'`;
    case 'tag':
      return `tag identifier ':${text}'`;
    case 'error':
      return 'error token';
    case 'garbage':
      return 'unknown characters';
    default:
      return `'${type}'`;
  }
}

export class Lexer {
  readonly #source: string;
  readonly #report: Report;
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(source: string, report: Report) {
    this.#source = source;
    this.#report = report;
  }

  next(): Token {
    if (!this.#skipBlanks()) return this.#token('error', this.#place());
    const place = this.#place();
    const code = this.#source.charCodeAt(this.#at);
    if (Number.isNaN(code)) return this.#token('end', place);
    const character = this.#source.charAt(this.#at);
    if (isDigit(code)) return this.#number(place);
    if (isLetter(code)) return this.#identifier(place);
    if (character === '"') return this.#quoted(place);
    if (character === ':') return this.#tag(place);
    if (SINGLE.includes(character) || character === '/') {
      this.#at++;
      return this.#token(character as TokenType, place); // one of the characters above
    }
    return this.#garbage(place);
  }

  #place(): Place {
    return {line: this.#line, column: this.#at - this.#lineStart + 1};
  }

  #token(type: TokenType, place: Place, text = '', value = 0): Token {
    return {type, text, value, line: place.line, column: place.column};
  }

  #error(text: string): void {
    this.#report.error(this.#place(), text);
  }

  /** Takes a character that may end a line. */
  #step(): void {
    if (this.#source.charCodeAt(this.#at++) !== LF) return;
    this.#line++;
    this.#lineStart = this.#at;
  }

  /** White space and comments; false after an error in one. */
  #skipBlanks(): boolean {
    for (;;) {
      const code = this.#source.charCodeAt(this.#at);
      if (code === 0x20 || code === 0x09 || code === CR || code === LF) this.#step();
      else if (code === HASH) {
        if (!this.#skipHashComment()) return false;
      } else if (code === SLASH && this.#source.charCodeAt(this.#at + 1) === STAR) {
        if (!this.#skipBracketComment()) return false;
      } else return true;
    }
  }

  #skipHashComment(): boolean {
    for (;;) {
      const code = this.#source.charCodeAt(this.#at);
      if (code === 0) {
        this.#error('encountered NUL character in hash comment');
        return this.#leap();
      }
      if (code === LF) return true;
      if (Number.isNaN(code)) {
        this.#report.warning(this.#place(), 'no newline (CRLF) at end of hash comment at end of file');
        return true;
      }
      this.#at++;
    }
  }

  /** Behind an error that ends a token there is nothing to make sense of. */
  #leap(): boolean {
    this.#at = this.#source.length;
    return false;
  }

  #skipBracketComment(): boolean {
    const start = this.#line;
    this.#at += 2;
    for (;;) {
      const code = this.#source.charCodeAt(this.#at);
      if (Number.isNaN(code)) {
        this.#error(`end of file before end of bracket comment ('/* ... */') started at line ${start}`);
        return false;
      }
      if (code === 0) {
        this.#error('encountered NUL character in bracket comment');
        return this.#leap();
      }
      if (code === STAR && this.#source.charCodeAt(this.#at + 1) === SLASH) {
        this.#at += 2;
        return true;
      }
      this.#step();
    }
  }

  #number(place: Place): Token {
    const start = this.#at;
    while (isDigit(this.#source.charCodeAt(this.#at))) this.#at++;
    const digits = this.#source.slice(start, this.#at);
    const unit = UNITS.get(this.#source.charAt(this.#at).toLowerCase());
    if (unit !== undefined) this.#at++;
    const value = digits.length > 24 ? MAX_NUMBER + 1n : BigInt(digits) * (unit ?? 1n);
    if (value <= MAX_NUMBER) return this.#token('number', place, digits, Number(value));
    this.#report.error(place, `number exceeds integer limits (max ${MAX_NUMBER})`);
    return this.#token('error', place);
  }

  #word(): string {
    const start = this.#at;
    while (isWord(this.#source.charCodeAt(this.#at))) this.#at++;
    return this.#source.slice(start, this.#at);
  }

  #identifier(place: Place): Token {
    const word = this.#word();
    if (word.length > MAX_IDENTIFIER) return this.#tooLong(place, word, 'identifier');
    const isText = word.toLowerCase() === 'text' && this.#source.charAt(this.#at) === ':';
    return isText ? this.#multiLine(place) : this.#token('identifier', place, word);
  }

  #tag(place: Place): Token {
    this.#at++;
    if (!isLetter(this.#source.charCodeAt(this.#at))) return this.#token(':', place);
    const word = this.#word();
    return word.length > MAX_IDENTIFIER
      ? this.#tooLong(place, word, 'tag identifier')
      : this.#token('tag', place, word);
  }

  #tooLong(place: Place, word: string, kind: string): Token {
    const colon = kind === 'identifier' ? '' : ':';
    this.#report.error(place, `encountered impossibly long ${kind} '${colon}${word.slice(0, MAX_IDENTIFIER - 3)}...'`);
    return this.#token('error', place);
  }

  #quoted(place: Place): Token {
    const pieces: string[] = [];
    let start = ++this.#at;
    const end = (): void => void pieces.push(this.#source.slice(start, this.#at));
    let length = 0;
    for (;;) {
      const code = this.#source.charCodeAt(this.#at);
      if (Number.isNaN(code)) {
        this.#error(`end of file before end of quoted string started at line ${place.line}`);
        return this.#token('error', place);
      }
      if (code === 0) {
        this.#error(`encountered NUL character in quoted string started at line ${place.line}`);
        return this.#token('error', place);
      }
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        end();
        start = ++this.#at;
      }
      if (code === CR && this.#source.charCodeAt(this.#at + 1) !== LF) {
        this.#error(`found stray carriage-return (CR) character in quoted string started at line ${place.line}`);
        this.#at++;
        return this.#token('error', place);
      }
      if (code === LF && this.#source.charCodeAt(this.#at - 1) !== CR) {
        end();
        pieces.push('\r');
        start = this.#at;
      }
      this.#step();
      if (++length > MAX_STRING) return this.#longString(place, 'quoted');
    }
    end();
    this.#at++;
    return this.#token('string', place, pieces.join(''));
  }

  #longString(place: Place, kind: string): Token {
    this.#error(`${kind} string started at line ${place.line} is too long (longer than ${MAX_STRING} bytes)`);
    this.#leap();
    return this.#token('error', place);
  }

  /** RFC 5228 section 2.4.2: `text:` blanks, perhaps a comment, a line end, lines, a line with nothing but a dot. */
  #multiLine(place: Place): Token {
    this.#at++;
    while (' \t'.includes(this.#source.charAt(this.#at) || 'x')) this.#at++;
    if (this.#source.charCodeAt(this.#at) === HASH && !this.#skipHashComment()) return this.#token('error', place);
    if (this.#source.charCodeAt(this.#at) === CR) this.#at++;
    if (this.#source.charCodeAt(this.#at) !== LF) {
      this.#error(`invalid character ${shown(this.#source.charCodeAt(this.#at))} after 'text:' in multiline string`);
      this.#at++;
      return this.#token('error', place);
    }
    this.#step();
    return this.#lines(place);
  }

  #lines(place: Place): Token {
    const lines: string[] = [];
    let length = 0;
    while (this.#at < this.#source.length) {
      const newline = this.#source.indexOf('\n', this.#at);
      const stop = newline < 0 ? this.#source.length : newline;
      let line = this.#source.slice(this.#at, stop);
      if (line.endsWith('\r')) line = line.slice(0, -1);
      const fault = badCharacter(line);
      if (fault !== undefined) return this.#badLine(place, fault);
      if (line === '.' && newline >= 0) {
        this.#at = newline;
        this.#step();
        return this.#token('string', place, lines.join(''));
      }
      if (newline < 0) break;
      this.#at = newline;
      this.#step();
      lines.push(`${line.startsWith('..') ? line.slice(1) : line}\r\n`);
      length += line.length + 2;
      if (length > MAX_STRING) return this.#longString(place, 'multi-line');
    }
    this.#at = this.#source.length;
    this.#error('end of file before end of multi-line string');
    return this.#token('error', place);
  }

  #badLine(place: Place, {at, isNul}: {at: number; isNul: boolean}): Token {
    this.#at += at;
    this.#error(
      isNul
        ? `encountered NUL character in quoted string started at line ${place.line}`
        : `found stray carriage-return (CR) character in multi-line string started at line ${place.line}`,
    );
    if (!isNul) this.#at++;
    return this.#token('error', place);
  }

  #garbage(place: Place): Token {
    this.#error(`unexpected character(s) starting with ${shown(this.#source.charCodeAt(this.#at))}`);
    while (isGarbage(this.#source.charCodeAt(this.#at))) this.#at++;
    return this.#token('garbage', place);
  }
}

function badCharacter(line: string): {at: number; isNul: boolean} | undefined {
  const nul = line.indexOf('\0');
  const cr = line.indexOf('\r');
  if (nul < 0 && cr < 0) return undefined;
  const isNul = cr < 0 || (nul >= 0 && nul < cr);
  return {at: isNul ? nul : cr, isNul};
}

/** A character in quotes, or its code. */
function shown(code: number): string {
  if (Number.isNaN(code)) return '0x00';
  const isPlain = code > 0x20 && code < 0x7f;
  return isPlain ? `'${String.fromCharCode(code)}'` : `0x${code.toString(16).padStart(2, '0')}`;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || code === 0x5f || (code >= 0x61 && code <= 0x7a);
}

function isWord(code: number): boolean {
  return isLetter(code) || isDigit(code);
}

function isGarbage(code: number): boolean {
  if (Number.isNaN(code) || isWord(code) || code === 0x20 || (code >= 0x09 && code <= 0x0d)) return false;
  return !`${SINGLE}/:"#`.includes(String.fromCharCode(code));
}

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const HASH = 0x23;
const STAR = 0x2a;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;
