/**
 * Commands as they come from a client: tag, name, and arguments with their literals. What follows a command that was
 * refused half way is passed over, literals that nobody waits for included, and never taken for the next command (the
 * original does that).
 */
import {ParseError} from '../base/errors.ts';
import {ArgumentParser, type LiteralMark, type ParserRules, unwaitedLiteral} from './argument-parser.ts';
import {Arguments} from './argument.ts';
import type {ClientLine} from './client-line.ts';
import {SessionEnd} from './session-end.ts';

export interface ReaderRules extends ParserRules {
  /** Bytes of a line that begins so. */
  lineLimit(beginning: Buffer): number;
  /** Bytes of a literal that is held in memory. */
  readonly maxLiteral: number;
  /** Bytes of a literal that the client sends without being asked to: RFC 7888 section 5 has a limit for LITERAL-. */
  readonly maxUnwaited: number;
  /** What a client hears that sends a longer line: it is cut off, or (undefined) answered BAD. */
  readonly longLineBye?: string;
  readonly timeoutMilliseconds: number;
  readonly timeoutBye: string;
}

const LITERAL_TOO_LARGE = 'Literal size too large';
const UNWAITED_TOO_LARGE = 'Non-synchronizing literal size too large';

export class CommandReader {
  readonly #line: ClientLine;
  readonly #rules: ReaderRules;
  /** The current line of the command, and how far it is read. */
  #text: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Its rest can't be read any more: the line was too long, or a literal is open. */
  #isPast = false;

  constructor(line: ClientLine, rules: ReaderRules) {
    this.#line = line;
    this.#rules = rules;
  }

  /** A whole line is buffered: a command can begin without waiting. */
  get hasLine(): boolean {
    return this.#line.input.hasLine;
  }

  /** The beginning of the next command's line, where it is here; '' where not. */
  peekLine(): string {
    return this.hasLine ? this.#line.input.peek(BEGINNING_BYTES).toString('latin1') : '';
  }

  /** Starts the next command, whose line must be here or come next. */
  async next(): Promise<void> {
    this.#isPast = false;
    this.#text = await this.nextLine();
    this.#at = 0;
  }

  /** The next line, whatever it is. */
  async nextLine(): Promise<Buffer> {
    const {input} = this.#line;
    for (;;) {
      const line = input.takeLine();
      if (line !== undefined) return line.length > this.#rules.lineLimit(line) ? this.#tooLong(line) : line;
      if (input.buffered > this.#rules.lineLimit(input.peek(BEGINNING_BYTES))) return await this.#skipLong();
      await this.#line.waitForInput(this.#rules.timeoutMilliseconds, this.#rules.timeoutBye);
    }
  }

  /** The next word of the line: tag, name. */
  word(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && this.#text[this.#at] !== SPACE && this.#text[this.#at] !== CR) this.#at++;
    const word = this.#text.toString('latin1', start, this.#at);
    if (this.#at < this.#text.length) this.#at++;
    return word;
  }

  /** The line was longer than allowed; its beginning alone is here. */
  get isTooLong(): boolean {
    return this.#isPast;
  }

  /** All arguments, with their literals. */
  async arguments(): Promise<Arguments> {
    const parser = new ArgumentParser(this.#rules);
    let mark = this.parse(parser);
    while (mark !== undefined) {
      parser.literal(await this.literal(mark));
      await this.continueLine();
      mark = this.parse(parser);
    }
    return new Arguments(parser.items);
  }

  /** Arguments of the current line. */
  parse(parser: ArgumentParser): LiteralMark | undefined {
    if (this.#isPast) throw new ParseError('Too long argument.');
    try {
      const mark = parser.line(this.#text, this.#at);
      if (mark !== undefined && !mark.isSynchronizing && mark.size > this.#rules.maxUnwaited)
        throw new SessionEnd(UNWAITED_TOO_LARGE, UNWAITED_TOO_LARGE);
      return mark;
    } finally {
      this.#at = this.#text.length;
    }
  }

  /** A literal that is held in memory. */
  async literal(mark: LiteralMark): Promise<Buffer> {
    if (mark.size > this.#rules.maxLiteral) throw new SessionEnd(LITERAL_TOO_LARGE, LITERAL_TOO_LARGE);
    this.invite(mark);
    const {input} = this.#line;
    if (input.buffered >= mark.size) return input.takeBytes(mark.size);
    const pieces: Buffer[] = [];
    for (let left = mark.size; left > 0;) {
      const piece = await this.someBytes(left);
      pieces.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(pieces);
  }

  /** Says `+ OK` to a client that waits for it. */
  invite(mark: LiteralMark): void {
    this.#isPast = true; // what comes now is the literal, whatever happens
    if (mark.isSynchronizing) this.#line.out.line('+ OK');
  }

  /** Next bytes of a literal that is streamed; waits for at least one. */
  async someBytes(most: number): Promise<Buffer> {
    const {input} = this.#line;
    if (input.buffered === 0) await this.#line.waitForInput(this.#rules.timeoutMilliseconds, this.#rules.timeoutBye);
    return input.takeBytes(most);
  }

  /** After a literal the command goes on with another line. */
  async continueLine(): Promise<void> {
    await this.next();
  }

  /** The command is answered: what is left of it is passed over. */
  async skipRest(): Promise<void> {
    if (this.#isPast) return;
    for (let size = unwaitedLiteral(this.#text); size !== undefined; size = unwaitedLiteral(this.#text)) {
      await this.skipBytes(size);
      this.#text = await this.nextLine();
      if (this.#isPast) return;
    }
  }

  async skipBytes(size: number): Promise<void> {
    for (let left = size; left > 0;) {
      left -= (await this.someBytes(left)).length;
      const pause = this.#line.breathe();
      if (pause !== undefined) await pause;
    }
  }

  #tooLong(line: Buffer): Buffer {
    const bye = this.#rules.longLineBye;
    if (bye !== undefined) throw new SessionEnd('Input buffer full', bye);
    this.#isPast = true;
    return line.subarray(0, BEGINNING_BYTES);
  }

  /** Answers the beginning of a line whose rest is dropped. */
  async #skipLong(): Promise<Buffer> {
    const {input} = this.#line;
    const beginning = Buffer.from(this.#tooLong(input.peek(BEGINNING_BYTES)));
    for (;;) {
      if (input.takeLine() !== undefined) {
        this.#isPast = true;
        return beginning;
      }
      input.takeBytes(input.buffered);
      await this.#line.waitForInput(this.#rules.timeoutMilliseconds, this.#rules.timeoutBye);
    }
  }
}

/** So much of a line that is too long is kept: enough for tag and name. */
const BEGINNING_BYTES = 1024;
const SPACE = 0x20;
const CR = 0x0d;
