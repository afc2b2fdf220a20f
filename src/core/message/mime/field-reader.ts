/**
 * The words of structured header fields (RFC 2045 section 5.1, RFC 5322 section 3.2) as Dovecot reads them: a cursor over a
 * byte string. Each `read...` adds what it read to `text` and tells how it went; it never throws.
 *
 *   OK     read, and more follows          END    read, and nothing follows         BROKEN    the syntax is wrong here
 */
export const BROKEN = -1;
export const END = 0;
export const OK = 1;
export type Progress = typeof BROKEN | typeof END | typeof OK;

/** U+FFFD in UTF-8: what a NUL becomes. */
const REPLACEMENT = '\xef\xbf\xbd';
const NUL = 0;
const SPACE = 0x20;
const TAB = 0x09;
const CR = 0x0d;
const LF = 0x0a;
const PAREN = 0x28;
const CLOSING_PAREN = 0x29;
const DOT = 0x2e;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const AT = 0x40;
const BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;

const ATOM = 1;
const TOKEN = 2;
const DOTS = 4;

/** What each byte may be part of. */
const KINDS = Uint8Array.from({length: 256}, (_, byte) => {
  if (byte === DOT) return TOKEN | DOTS;
  if (byte > 0x7f) return ATOM | TOKEN;
  if (byte <= 0x20 || byte === 0x7f) return 0;
  const character = String.fromCharCode(byte);
  return ('()<>@,;:\\"[]'.includes(character) ? 0 : ATOM) | ('()<>@,;:\\"/[]?='.includes(character) ? 0 : TOKEN);
});

export class FieldReader {
  readonly source: string;
  at = 0;
  /** What the `read` methods collected; the caller empties it. */
  text = '';
  /** The comment last passed over, without its parentheses. */
  comment = '';

  constructor(source: string) {
    this.source = source;
  }

  get isAtEnd(): boolean {
    return this.at >= this.source.length;
  }

  /** The character that comes next; NaN at the end. */
  peek(): number {
    return this.source.charCodeAt(this.at);
  }

  takeText(): string {
    const text = this.text;
    this.text = '';
    return text;
  }

  /** White space and comments. */
  skipBlanks(): Progress {
    while (this.at < this.source.length) {
      const code = this.peek();
      if (code === PAREN) {
        if (!this.#skipComment()) return BROKEN;
      } else if (code === SPACE || code === TAB || code === CR || code === LF) this.at++;
      else return OK;
    }
    return END;
  }

  /** RFC 2045 token. May be empty. */
  readToken(): Progress {
    return this.#readRun(TOKEN);
  }

  /** Anything up to a semicolon or a blank. */
  readWord(): Progress {
    const {source} = this;
    const start = this.at;
    while (this.at < source.length && !' \t\r\n;'.includes(source.charAt(this.at))) this.at++;
    this.text += source.slice(start, this.at);
    return this.skipBlanks();
  }

  /** RFC 5322 atom; bytes beyond ASCII belong to it. */
  readAtom(): Progress {
    return this.#isOf(ATOM) ? this.#readRun(ATOM) : BROKEN;
  }

  /** Atoms with dots between them, and blanks around the dots (RFC 5322 section 4.4). */
  readDotAtom(): Progress {
    for (;;) {
      const progress = this.readAtom();
      if (progress !== OK || this.peek() !== DOT) return progress;
      this.at++;
      this.text += '.';
      if (this.skipBlanks() !== OK) return BROKEN;
    }
  }

  /** Folds inside are undone. An unclosed one is broken, and what was read behind the last backslash is lost. */
  readQuotedString(): Progress {
    const {source} = this;
    let start = ++this.at;
    for (; this.at < source.length; this.at++) {
      const code = this.peek();
      if (code === QUOTE) {
        this.text += source.slice(start, this.at++);
        return this.skipBlanks();
      }
      if (code === LF) {
        this.text += source.slice(start, source.charCodeAt(this.at - 1) === CR ? this.at - 1 : this.at);
        start = this.at + 1;
      } else if (code === NUL) {
        this.text += source.slice(start, this.at) + REPLACEMENT;
        start = this.at + 1;
      } else if (code === BACKSLASH) {
        this.text += source.slice(start, this.at++);
        start = this.at;
        if (this.at >= source.length) return BROKEN;
      }
    }
    return BROKEN;
  }

  /** A display name: atoms, dots and quoted strings, one blank between words. */
  readPhrase(): Progress {
    if (this.isAtEnd) return END;
    for (;;) {
      const progress = this.peek() === QUOTE ? this.readQuotedString() : this.#readAtomOrDot();
      if (progress !== OK) return progress;
      if (this.peek() !== QUOTE && !this.#isOf(ATOM | DOTS)) return OK;
      this.text += ' ';
    }
  }

  /** What stands before the @ of an address: lenient with dots in odd places, but none may stand before a blank. */
  readLocalPart(): Progress {
    if (this.isAtEnd) return END;
    if (this.peek() === QUOTE) return this.readQuotedString();
    while (this.#isOf(ATOM | DOTS)) {
      const start = this.at;
      while (this.#isOf(ATOM | DOTS)) this.at++;
      this.text += this.source.slice(start, this.at);
      if (this.isAtEnd) return END;
      if (this.text.endsWith('.') && this.peek() !== AT) {
        const dot = this.at;
        this.skipBlanks();
        this.comment = '';
        if (this.at > dot) this.text += ' ';
        return BROKEN;
      }
      const progress = this.skipBlanks();
      if (progress !== OK || !this.#isOf(DOTS)) return progress;
    }
    return BROKEN;
  }

  /** The @ and what follows it. */
  readDomain(): Progress {
    this.at++;
    const progress = this.skipBlanks();
    if (progress !== OK) return BROKEN;
    return this.peek() === BRACKET ? this.#readDomainLiteral() : this.readDotAtom();
  }

  #isOf(kinds: number): boolean {
    return ((KINDS[this.peek()] ?? 0) & kinds) !== 0;
  }

  #readDomainLiteral(): Progress {
    const start = this.at++;
    for (; this.at < this.source.length; this.at++) {
      const code = this.peek();
      if (code === BACKSLASH) {
        if (++this.at >= this.source.length) break;
      } else if (code === BRACKET) break;
      else if (code === CLOSING_BRACKET) {
        this.text += this.source.slice(start, ++this.at);
        return this.skipBlanks();
      }
    }
    return BROKEN;
  }

  #readAtomOrDot(): Progress {
    return this.#isOf(ATOM | DOTS) ? this.#readRun(ATOM | DOTS) : BROKEN;
  }

  #readRun(kinds: number): Progress {
    const start = this.at;
    const {source} = this;
    let at = start;
    while (at < source.length && (KINDS[source.charCodeAt(at)] ?? 0) & kinds) at++;
    this.text += source.slice(start, at);
    this.at = at;
    return this.skipBlanks();
  }

  /** They nest (RFC 5322 section 3.2.2). */
  #skipComment(): boolean {
    let start = ++this.at;
    let depth = 1;
    let text = '';
    this.comment = '';
    for (; this.at < this.source.length; this.at++) {
      const code = this.peek();
      if (code === PAREN) depth++;
      else if (code === CLOSING_PAREN && --depth === 0) {
        this.comment = text + this.source.slice(start, this.at++);
        return true;
      } else if (code === BACKSLASH) {
        text += this.source.slice(start, this.at++);
        start = this.at;
      } else if (code === NUL) {
        text += this.source.slice(start, this.at) + REPLACEMENT;
        start = this.at + 1;
      } else if (code === LF) {
        text += this.source.slice(start, this.source.charCodeAt(this.at - 1) === CR ? this.at - 1 : this.at);
        start = this.at + 1;
      }
    }
    this.comment = text;
    return false;
  }
}
