/**
 * The arguments of a command as a tree, and how commands ask for them. What isn't as asked for throws `ParseError` in
 * Dovecot's words. Strings are bytes (latin1).
 */
import {ParseError} from '../base/errors.ts';

export type Argument =
  /** As written; NIL is an atom as well. */
  | {readonly kind: 'atom'; readonly text: string}
  /** A quoted string or a literal. */
  | {readonly kind: 'string'; readonly text: string; readonly isLiteral: boolean}
  | {readonly kind: 'list'; readonly items: readonly Argument[]};

const INVALID_ARGUMENTS = 'Invalid arguments.';

export class Arguments {
  readonly items: readonly Argument[];
  #at = 0;

  constructor(items: readonly Argument[]) {
    this.items = items;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.items.length;
  }

  peek(): Argument | undefined {
    return this.items[this.#at];
  }

  next(): Argument | undefined {
    return this.items[this.#at++];
  }

  /** An atom, a quoted string or a literal. */
  takeString(): string | undefined {
    const argument = this.peek();
    if (argument === undefined || argument.kind === 'list') return undefined;
    this.#at++;
    return argument.text;
  }

  takeAtom(): string | undefined {
    const argument = this.peek();
    if (argument?.kind !== 'atom') return undefined;
    this.#at++;
    return argument.text;
  }

  takeList(): Arguments | undefined {
    const argument = this.peek();
    if (argument?.kind !== 'list') return undefined;
    this.#at++;
    return new Arguments(argument.items);
  }

  /** The next atom in capitals when it is this one. */
  takeWord(word: string): boolean {
    const argument = this.peek();
    if (argument?.kind !== 'atom' || argument.text.toUpperCase() !== word) return false;
    this.#at++;
    return true;
  }

  expectString(fault = INVALID_ARGUMENTS): string {
    return this.takeString() ?? fail(fault);
  }

  expectAtom(fault = INVALID_ARGUMENTS): string {
    return this.takeAtom() ?? fail(fault);
  }

  expectList(fault = INVALID_ARGUMENTS): Arguments {
    return this.takeList() ?? fail(fault);
  }

  /** Commands that take strings only complain of their number (seen: CREATE, DELETE, RENAME, COPY). */
  expectStrings(count: number): string[] {
    const strings: string[] = [];
    for (let n = 0; n < count; n++) {
      if (this.isAtEnd) fail('Missing arguments.');
      strings.push(this.expectString());
    }
    return strings;
  }
}

export function fail(message: string): never {
  throw new ParseError(message);
}

export function isNil(argument: Argument | undefined): boolean {
  return argument?.kind === 'atom' && argument.text.toUpperCase() === 'NIL';
}
