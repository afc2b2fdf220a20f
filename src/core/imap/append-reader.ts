/**
 * APPEND's arguments as they come (RFC 3501 section 6.3.11, RFC 3502 MULTIAPPEND, RFC 4469 CATENATE): each message is handed
 * on before the next one is read, its literals in pieces, so that nothing large is ever held.
 */
import {ArgumentParser, type LiteralMark} from './argument-parser.ts';
import {type Argument, Arguments, fail} from './argument.ts';
import type {CommandReader} from './command-reader.ts';
import {parseDateTime} from './imap-date.ts';

/** What stands before a message. */
export interface AppendHead {
  readonly flags: Arguments | undefined;
  readonly received: number | undefined;
}

export type CatenatePart =
  {readonly kind: 'literal'; readonly mark: LiteralMark} | {readonly kind: 'url'; readonly url: string};

const RULES = {maxDepth: 3, allowsBinary: true};
/** More parts than this are a trap. */
const MOST_PARTS = 10_000;

export class AppendReader {
  readonly #reader: CommandReader;
  #parser = new ArgumentParser(RULES);
  #items: readonly Argument[] = this.#parser.items;
  /** How many of `#items` are taken. */
  #at = 0;
  /** The literal that comes next; its bytes are not invited yet. */
  mark: LiteralMark | undefined;
  #partsTaken = 0;
  #parts: readonly Argument[] = [];
  #isInParts = false;

  constructor(reader: CommandReader) {
    this.#reader = reader;
  }

  /** The mailbox's name; where it is a literal, that is read first. */
  async readName(): Promise<string> {
    this.mark = this.#reader.parse(this.#parser);
    while (this.#items.length === 0 && this.mark !== undefined) {
      this.#parser.literal(await this.#reader.literal(this.mark));
      await this.#reader.continueLine();
      this.mark = this.#reader.parse(this.#parser);
    }
    const name = this.#items[this.#at++];
    if (name === undefined) return fail('Missing arguments.');
    return name.kind === 'list' ? fail('Invalid arguments.') : name.text;
  }

  /** No more messages. */
  get isAtEnd(): boolean {
    return this.mark === undefined && this.#at >= this.#items.length;
  }

  /** Flags and date of the next message. */
  head(): AppendHead {
    let flags: Arguments | undefined;
    let received: number | undefined;
    const list = this.#items[this.#at];
    if (list?.kind === 'list') {
      flags = new Arguments(list.items);
      this.#at++;
    }
    const date = this.#items[this.#at];
    if (date?.kind === 'string') {
      received = parseDateTime(date.text);
      if (received === undefined) fail('Invalid internal date.');
      this.#at++;
    }
    return {flags, received};
  }

  /** CATENATE comes next; else a literal, which is in `mark`. */
  takeCatenate(): boolean {
    const word = this.#items[this.#at];
    if (word === undefined) {
      if (this.mark === undefined) fail('Missing message size.');
      if (this.#parser.depth > 0) fail("Missing ')'");
      return false;
    }
    const list = this.#items[this.#at + 1];
    if (word.kind !== 'atom' || word.text.toUpperCase() !== 'CATENATE' || list?.kind !== 'list')
      fail('Invalid arguments.');
    this.#at += 2;
    this.#parts = list.items;
    this.#partsTaken = 0;
    this.#isInParts = true;
    if (this.#parts.length === 0 && this.mark === undefined) fail('Empty CATENATE list.');
    return true;
  }

  /** The next part of CATENATE; undefined: it is over. A literal's bytes have to be taken before the next call. */
  nextPart(): CatenatePart | undefined {
    if (this.#partsTaken > MOST_PARTS) fail('Too many CATENATE parts.');
    const word = this.#parts[this.#partsTaken];
    if (word === undefined) {
      this.#isInParts = false;
      return undefined;
    }
    const kind = word.kind === 'atom' ? word.text.toUpperCase() : '';
    const value = this.#parts[this.#partsTaken + 1];
    this.#partsTaken += 2;
    if (kind === 'URL' && value !== undefined && value.kind !== 'list') return {kind: 'url', url: value.text};
    if (kind === 'TEXT' && value === undefined && this.mark !== undefined) return {kind: 'literal', mark: this.mark};
    return fail('Invalid arguments.');
  }

  /** After a literal was taken: the rest of its line. */
  async continue(): Promise<void> {
    await this.#reader.continueLine();
    if (this.#isInParts)
      this.#parser.literal(Buffer.alloc(0)); // in its place
    else {
      this.#parser = new ArgumentParser(RULES);
      this.#items = this.#parser.items;
      this.#at = 0;
    }
    this.mark = this.#reader.parse(this.#parser);
  }
}
