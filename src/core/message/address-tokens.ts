/**
 * The words of an address list (RFC 5322 section 3.2): atoms, quoted strings, domain literals, comments, and single
 * characters with a meaning. Never fails: an unclosed string, literal or comment ends with the text.
 */
export interface Token {
  /** `atom`, `quoted`, `literal`, `comment`, `group` (the colon behind a group's name), or the character itself. */
  readonly type: string;
  /** Without quotes, brackets and backslashes; a comment keeps all of them. */
  readonly text: string;
}

/** RFC 5322 specials, and the routing characters of the old networks and of aliases files. */
const OPERATORS = '|%!()<>@,;:\\".[]';

export function isWord(token: Token): boolean {
  return token.type === 'atom' || token.type === 'quoted' || token.type === 'literal';
}

/** Two neighbours that would run together without a blank. */
export function needsSpace(token: Token, next: Token): boolean {
  return (isWord(token) || token.type === 'comment') && (isWord(next) || next.type === 'comment');
}

export function scanTokens(text: string, limit = Infinity): Token[] {
  const tokens: Token[] = [];
  const scanner = new Scanner(text);
  for (let token = scanner.next(); token !== undefined && tokens.length < limit; token = scanner.next())
    tokens.push(token);
  return tokens;
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  next(): Token | undefined {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
    const character = this.#text.charAt(this.#at);
    if (character === '') return undefined;
    if (character === '(') return this.#comment();
    if (character === '[') return {type: 'literal', text: this.#enclosed(']')};
    if (character === '"') return {type: 'quoted', text: this.#enclosed('"')};
    if (character === '\\' || !OPERATORS.includes(character)) return this.#atom();
    this.#at++;
    return {type: character, text: character};
  }

  /** Comments nest (RFC 5322 section 3.2.2). */
  #comment(): Token {
    const start = this.#at;
    let depth = 0;
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text.charAt(this.#at);
      if (character === '\\') this.#at++;
      else if (character === '(') depth++;
      else if (character === ')' && --depth === 0) break;
    }
    return {type: 'comment', text: this.#text.slice(start, ++this.#at)};
  }

  #enclosed(closing: string): string {
    this.#at++;
    const text = this.#collect(character => character === closing);
    this.#at++;
    return text;
  }

  /** An atom that has an escaped special in it is printed as a quoted string. */
  #atom(): Token {
    const text = this.#collect(character => isSpace(character.charCodeAt(0)) || OPERATORS.includes(character));
    return {type: needsQuotes(text) ? 'quoted' : 'atom', text};
  }

  /** Up to where `ends` says; a backslash takes the next character as it is, white space becomes a blank. */
  #collect(ends: (character: string) => boolean): string {
    let out = '';
    for (; this.#at < this.#text.length; this.#at++) {
      let character = this.#text.charAt(this.#at);
      if (character === '\\') {
        if (++this.#at >= this.#text.length) break;
        character = this.#text.charAt(this.#at);
      } else if (ends(character)) break;
      out += isSpace(character.charCodeAt(0)) ? ' ' : character;
    }
    return out;
  }
}

function needsQuotes(atom: string): boolean {
  for (let i = 0; i < atom.length; i++) {
    const code = atom.charCodeAt(i);
    if (code <= 0x20 || code === 0x7f || OPERATORS.includes(atom.charAt(i))) return true;
  }
  return false;
}

/** Blank, tab, CR, LF. */
function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}
