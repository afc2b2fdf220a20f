/**
 * Content that is changed on its way out: 8-bit parts become quoted-printable for servers without 8BITMIME (RFC 6152
 * section 3), header addresses become public (generic(5)), lines are checked (smtp_header_checks and its kin). Works
 * chunk by chunk; nothing is held but a header at a time.
 */
import type {Later} from '../../address/address-rewriter.ts';
import {ContentScanner, type ContentHandler, type HeaderPlace} from '../../message/content-scanner.ts';
import {parseContentType} from '../../message/content-type.ts';
import type {HeaderField} from '../../message/header-field.ts';
import {LinePieces} from '../../message/line-pieces.ts';
import {QuotedPrintable} from './quoted-printable.ts';

export interface ContentRules {
  readonly convertsTo7Bit: boolean;
  /** A header as it shall go out, lines joined with newlines; undefined: not at all. Fails with `TableError`. */
  readonly header?:
    ((place: HeaderPlace, text: string, field: HeaderField | undefined) => Later<string | undefined>) | undefined;
  /** The same of a body line. */
  readonly bodyLine?: ((line: string) => Later<string | undefined>) | undefined;
  readonly headerLimit: number;
  readonly lineLimit: number;
  readonly nestingLimit: number;
  readonly boundaryLimit: number;
}

type Piece = string | Buffer;

/** Answers the content with LF ends. */
export async function* changedContent(chunks: AsyncIterable<Buffer>, rules: ContentRules): AsyncGenerator<Buffer> {
  const changes = new ContentChanges(rules);
  const pieces = new LinePieces(rules.lineLimit, (bytes, start, end, endsLine) => {
    changes.line(bytes.subarray(start, end), endsLine);
    return true;
  });
  for await (const chunk of chunks) {
    pieces.push(chunk);
    yield await changes.take();
  }
  pieces.end();
  changes.end();
  yield await changes.take();
}

class ContentChanges implements ContentHandler {
  readonly #rules: ContentRules;
  readonly #scanner: ContentScanner;
  readonly #quoted = new QuotedPrintable();
  #out: (Piece | Promise<Piece>)[] = [];
  #line = '';
  /** Of the header that is being read. */
  #isInHeader = true;
  #is8Bit = false;
  #hasParts = false;
  /** Of the body that is being read. */
  #isQuoted = false;
  #isBoundary = false;

  constructor(rules: ContentRules) {
    const {headerLimit, nestingLimit, boundaryLimit} = rules;
    this.#rules = rules;
    this.#scanner = new ContentScanner(this, {headerLimit, scansMime: true, nestingLimit, boundaryLimit});
  }

  line(bytes: Buffer, endsLine: boolean): void {
    this.#scanner.line(bytes, endsLine);
  }

  end(): void {
    this.#scanner.end();
    if (this.#isInHeader) this.#endHeader();
    this.#out.push(this.#quoted.rest());
  }

  /** What is ready. */
  async take(): Promise<Buffer> {
    const out = this.#out;
    this.#out = [];
    const parts: Buffer[] = [];
    for (const piece of out) {
      const ready = piece instanceof Promise ? await piece : piece;
      parts.push(typeof ready === 'string' ? Buffer.from(ready, 'latin1') : ready);
    }
    return Buffer.concat(parts);
  }

  header(place: HeaderPlace, text: string, field: HeaderField | undefined): void {
    this.#isInHeader = true;
    if (field?.name === 'Content-Type') this.#hasParts = isComposite(text.slice(text.indexOf(':') + 1));
    if (this.#rules.convertsTo7Bit && field?.name === 'Content-Transfer-Encoding') {
      this.#is8Bit = is8Bit(text.slice(text.indexOf(':') + 1));
      if (this.#is8Bit) return; // another stands in its place, at the end of the header
    }
    const changed = this.#rules.header === undefined ? text : this.#rules.header(place, text, field);
    this.#out.push(changed instanceof Promise ? changed.then(lineOf) : lineOf(changed));
  }

  headersEnd(): void {
    this.#endHeader();
  }

  boundary(): void {
    this.#isBoundary = true;
  }

  body(bytes: Uint8Array, endsLine: boolean): void {
    if (this.#isInHeader && !this.#isBoundary) this.#endHeader();
    if (this.#isBoundary) {
      if (this.#isInHeader) this.#endHeader();
      this.#isQuoted = false;
      this.#out.push(this.#quoted.rest());
    }
    this.#isBoundary = false;
    const line = Buffer.from(bytes);
    if (this.#isQuoted) this.#out.push(this.#quoted.encode(line, endsLine));
    else if (this.#rules.bodyLine !== undefined) this.#checkLine(line, endsLine);
    else this.#out.push(line, endsLine ? '\n' : '');
  }

  #checkLine(line: Buffer, endsLine: boolean): void {
    const changed = this.#rules.bodyLine?.(line.toString('latin1'));
    const end = (text: string | undefined): string => (text === undefined ? '' : endsLine ? `${text}\n` : text);
    this.#out.push(changed instanceof Promise ? changed.then(end) : end(changed));
  }

  #endHeader(): void {
    if (this.#is8Bit) this.#out.push(`Content-Transfer-Encoding: ${this.#hasParts ? '7bit' : 'quoted-printable'}\n`);
    this.#isQuoted = this.#is8Bit && !this.#hasParts;
    this.#isInHeader = false;
    this.#is8Bit = false;
    this.#hasParts = false;
    if (this.#isQuoted) this.#quoted.skipLine();
  }
}

function lineOf(text: string | undefined): string {
  return text === undefined ? '' : `${text}\n`;
}

function isComposite(value: string): boolean {
  const {type} = parseContentType(value);
  return type === 'multipart' || type === 'message';
}

function is8Bit(value: string): boolean {
  return /^\s*(8bit|binary)\s*($|[;(])/i.test(value);
}
