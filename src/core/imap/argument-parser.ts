/**
 * Reads the arguments of one command (RFC 3501 section 9, as Dovecot takes them) from its lines: an atom goes to the next
 * space or bracket, a backslash in a quoted string makes any byte itself. A line that ends in a literal's size answers it;
 * the caller gets the bytes, hands them in, and goes on with the next line.
 *
 * Throws `ParseError` in Dovecot's words.
 */
import {ParseError} from '../base/errors.ts';
import type {Argument} from './argument.ts';

export interface LiteralMark {
  readonly size: number;
  /** The client waits for our `+` (not so with `{5+}`, RFC 7888). */
  readonly isSynchronizing: boolean;
  /** `~{5}` (RFC 3516): may have NULs. */
  readonly isBinary: boolean;
}

export interface ParserRules {
  /** How many lists may be open at once. */
  readonly maxDepth: number;
  readonly allowsBinary?: boolean;
}

type Item = Argument;

export class ArgumentParser {
  readonly items: Item[] = [];
  readonly #open: Item[][] = [];
  #list: Item[] = this.items;
  readonly #rules: ParserRules;
  #line: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(rules: ParserRules) {
    this.#rules = rules;
  }

  /** How many lists are open. */
  get depth(): number {
    return this.#open.length;
  }

  /** Arguments of a line from `start` on; undefined: the command is over. */
  line(line: Buffer, start = 0): LiteralMark | undefined {
    this.#line = line;
    this.#at = start;
    for (;;) {
      while (line[this.#at] === SPACE) this.#at++;
      const byte = line[this.#at];
      if (byte === undefined) {
        if (this.#open.length > 0) throw new ParseError("Missing ')'");
        return undefined;
      }
      const literal = this.#argument(byte);
      if (literal !== undefined) return literal;
    }
  }

  /** The bytes of the literal that `line` answered. */
  literal(bytes: Buffer): void {
    this.#list.push({kind: 'string', text: bytes.toString('latin1'), isLiteral: true});
  }

  /** The caller has taken the literal elsewhere (APPEND). */
  forget(): void {
    this.items.length = 0;
    if (this.#open.length > 0) this.#list.length = 0;
  }

  #argument(byte: number): LiteralMark | undefined {
    switch (byte) {
      case OPEN:
        this.#openList();
        return undefined;
      case CLOSE:
        this.#closeList();
        return undefined;
      case QUOTE:
        this.#quoted();
        return undefined;
      case BRACE:
        return this.#literalMark(false);
      case TILDE:
        if (this.#line[this.#at + 1] !== BRACE) break;
        if (this.#rules.allowsBinary !== true) throw new ParseError('literal8 not allowed here');
        this.#at++;
        return this.#literalMark(true);
    }
    this.#atom();
    return undefined;
  }

  #openList(): void {
    if (this.#open.length >= this.#rules.maxDepth) throw new ParseError("Too many '('");
    const items: Item[] = [];
    this.#list.push({kind: 'list', items});
    this.#open.push(this.#list);
    this.#list = items;
    this.#at++;
  }

  #closeList(): void {
    const outer = this.#open.pop();
    if (outer === undefined) throw new ParseError("Unexpected ')'");
    this.#list = outer;
    this.#at++;
  }

  #atom(): void {
    const line = this.#line;
    const start = this.#at;
    let at = start;
    for (; at < line.length; at++) {
      const byte = line[at] ?? 0;
      if (byte === SPACE || byte === CLOSE) break;
      if (byte === CR) throw new ParseError('CR sent without LF');
      if (byte >= 0x80) throw new ParseError('8bit data in atom');
      if (byte < SPACE || byte === 0x7f || byte === OPEN || byte === BRACE || byte === QUOTE)
        throw new ParseError('Invalid characters in atom');
    }
    this.#at = at;
    this.#list.push({kind: 'atom', text: line.toString('latin1', start, at)});
  }

  #quoted(): void {
    const line = this.#line;
    let text = '';
    let from = this.#at + 1;
    let at = from;
    for (; at < line.length && line[at] !== QUOTE; at++) {
      const byte = line[at];
      if (byte === BACKSLASH && at + 1 < line.length) {
        text += line.toString('latin1', from, at);
        from = ++at;
      } else if (byte === 0) throw new ParseError('NULs not allowed in strings');
      else if (byte === CR) throw new ParseError('CR sent without LF');
    }
    if (at >= line.length) throw new ParseError("Missing '\"'");
    this.#at = at + 1;
    this.#list.push({kind: 'string', text: text + line.toString('latin1', from, at), isLiteral: false});
  }

  #literalMark(isBinary: boolean): LiteralMark {
    const line = this.#line;
    let at = this.#at + 1;
    let size = 0;
    for (; at < line.length; at++) {
      const digit = (line[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      size = size * 10 + digit;
      if (size > Number.MAX_SAFE_INTEGER) size = Number.MAX_SAFE_INTEGER;
    }
    const isSynchronizing = line[at] !== PLUS && line[at] !== MINUS;
    if (!isSynchronizing) at++;
    if (line[at] !== CLOSING_BRACE) throw new ParseError('Invalid literal size');
    if (at + 1 !== line.length) throw new ParseError('Missing LF after literal size');
    return {size, isSynchronizing, isBinary};
  }
}

/**
 * The size of a literal without waiting at the end of a line, whatever stands before: what follows a command that was
 * refused is not taken for the next one.
 */
export function unwaitedLiteral(line: Buffer): number | undefined {
  if (line[line.length - 1] !== CLOSING_BRACE || line[line.length - 2] !== PLUS) return undefined;
  let at = line.length - 3;
  let size = 0;
  for (let unit = 1; at >= 0; at--, unit *= 10) {
    const digit = (line[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) break;
    size += digit * unit;
  }
  return line[at] === BRACE ? Math.min(size, Number.MAX_SAFE_INTEGER) : undefined;
}

const SPACE = 0x20;
const QUOTE = 0x22;
const OPEN = 0x28;
const CLOSE = 0x29;
const PLUS = 0x2b;
const MINUS = 0x2d;
const ZERO = 0x30;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const TILDE = 0x7e;
const CR = 0x0d;
