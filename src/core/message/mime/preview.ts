/**
 * PREVIEW (RFC 8970) as Dovecot 2.3 makes it: the first 200 characters of the text part people are meant to read, white space as
 * one blank, quoted lines left out; where there is nothing but quoted lines, those behind a `>`.
 */
import type {MessagePart} from './message-part.ts';
import {PartText, type TextPiece} from './text.ts';

/** Takes the body of the part `findTextPart` found, in chunks cut anywhere. */
export class PreviewMaker {
  readonly #snippet = new Snippet(PREVIEW_LENGTH);
  readonly #body: PartText | undefined;

  constructor(part: MessagePart) {
    this.#body = PartText.of(part, 'blanks');
  }

  /** The rest of the body changes nothing. */
  get isDone(): boolean {
    return this.#snippet.isFull || this.#body === undefined;
  }

  write(bytes: Buffer): void {
    if (!this.isDone) this.#take(this.#body?.write(bytes) ?? []);
  }

  /** In UTF-8, as a byte string. */
  end(): string {
    this.#take(this.#body?.end() ?? []);
    return Buffer.from(this.#snippet.text, 'utf8').toString('latin1');
  }

  #take(pieces: readonly TextPiece[]): void {
    for (const {text, isQuoted} of pieces) this.#snippet.write(text, isQuoted);
  }
}

/** A line of text that is being shortened. */
class Line {
  text = '';
  #room: number;
  #hasBlank = false;

  constructor(room: number) {
    this.#room = room;
  }

  get isFull(): boolean {
    return this.#room <= 0;
  }

  blank(): void {
    if (this.text !== '') this.#hasBlank = true;
  }

  add(character: string): void {
    const needed = this.#hasBlank ? 2 : 1;
    if (this.#room < needed) {
      this.#room = 0;
      return;
    }
    this.#room -= needed;
    this.text += this.#hasBlank ? ` ${character}` : character;
    this.#hasBlank = false;
  }
}

class Snippet {
  readonly #own: Line;
  readonly #quoted: Line;
  #isAtLineStart = true;
  #isInQuote = false;

  constructor(length: number) {
    this.#own = new Line(length);
    this.#quoted = new Line(length - 1);
  }

  get isFull(): boolean {
    return this.#own.isFull;
  }

  get text(): string {
    if (this.#own.text !== '' || this.#quoted.text === '') return this.#own.text;
    return `>${this.#quoted.text}`;
  }

  write(text: string, isQuoted: boolean): void {
    for (const character of text) {
      if (this.#own.isFull) return;
      this.#take(character, isQuoted);
    }
  }

  #take(character: string, isQuoted: boolean): void {
    const line = isQuoted || this.#isInQuote ? this.#quoted : this.#own;
    if (isQuoted) this.#own.blank();
    if (character === '\n') {
      this.#isInQuote = false;
      this.#isAtLineStart = true;
      return line.blank();
    }
    if (this.#isAtLineStart && character === '>' && !isQuoted) {
      this.#isInQuote = true;
      this.#quoted.blank();
    } else if (BLANKS.includes(character)) line.blank();
    else if (character !== '\0' && character !== '\ufeff') line.add(character);
    this.#isAtLineStart = false;
  }
}

/** Characters of a preview (RFC 8970 section 3.1 wants 200 at most). */
const PREVIEW_LENGTH = 200;
const BLANKS = ' \t\r\v\f';
