/**
 * SEARCH BODY, TEXT and HEADER (RFC 3501 section 6.4.4) of one message in one pass, as Dovecot does without a full text index:
 * substrings of decoded text, letter case and accents folded (normalize.ts). Bodies of text and message parts count; TEXT sees
 * the headers of all parts too. What is searched by field name is the message's own header.
 */
import {writeSearchAddresses} from './address-text.ts';
import {skipBlanks} from './field-collector.ts';
import {splitHeaderWords} from './header-words.ts';
import {charsetDecoder} from './charset.ts';
import type {MessagePart} from './message-part.ts';
import {firstToken, MimeFields} from './mime-fields.ts';
import {normalizeText} from './normalize.ts';
import type {PartListener} from './part-stack.ts';
import {SubstringFinder} from './substring-finder.ts';
import {NormalizedBody} from './text-decoder.ts';

export type SearchTerm =
  | {readonly kind: 'body' | 'text'; readonly key: string}
  /**
   * A field by its name. `form` is how its value is looked at: as it stands (HEADER), with blanks in a row as one (SUBJECT), or
   * as a list of addresses written anew (FROM, TO, CC, BCC).
   */
  | {
      readonly kind: 'header';
      readonly name: string;
      readonly key: string;
      readonly form: 'plain' | 'blanks' | 'addresses';
    };

/** A listener for StructureScanner. Keys are text, not bytes. */
export class MessageSearch implements PartListener {
  readonly #finders: SubstringFinder[];
  readonly #terms: readonly SearchTerm[];
  readonly #streams: SubstringFinder[] = [];
  readonly #bodies: SubstringFinder[] = [];
  readonly #fieldTerms = new Map<string, number[]>();
  readonly #matches: boolean[];
  #body: NormalizedBody | undefined;
  #isText = true;
  #type: MimeFields | undefined;
  #encoding: string | undefined;

  constructor(terms: readonly SearchTerm[]) {
    this.#terms = terms;
    this.#finders = terms.map(term => new SubstringFinder(normalizeText(term.key)));
    this.#matches = terms.map(term => term.kind !== 'header' && term.key === '');
    for (const [index, term] of terms.entries()) this.#addTerm(index, term);
  }

  /** For each term. */
  get matches(): readonly boolean[] {
    return this.#finders.map(
      (finder, index) => this.#matches[index] === true || (finder.isFound && !this.#isField(index)),
    );
  }

  /** Nothing that may come can change the answer. */
  get isDone(): boolean {
    return this.matches.every(Boolean);
  }

  /** Whether anything but the message's own header has to be read. */
  get needsBody(): boolean {
    return this.#terms.some(term => term.kind !== 'header');
  }

  partStart(): void {
    for (const finder of this.#streams) finder.restart();
    for (const finder of this.#bodies) finder.restart();
    this.#body = undefined;
    this.#type = undefined;
    this.#encoding = undefined;
  }

  field(part: MessagePart, name: string, value: string): void {
    const lower = name.toLowerCase();
    if (lower === 'content-type') (this.#type = new MimeFields()).take(lower, skipBlanks(value));
    else if (lower === 'content-transfer-encoding') this.#encoding = firstToken(value);
    if (part.parent === undefined) this.#searchField(lower, value);
    if (this.#streams.length > 0) this.#give(this.#streams, headerLine(name, value));
  }

  headerEnd(part: MessagePart, isEnded: boolean): void {
    if (isEnded) this.#give(this.#streams, CRLF);
    this.#isText = !part.isMultipart && !part.isMessage && isReadable(this.#type);
    this.#body = this.#isText ? NormalizedBody.of(this.#encoding, this.#type?.parameter('charset')) : undefined;
  }

  body(part: MessagePart, bytes: Buffer): void {
    if (this.#body === undefined || part.isMultipart || part.isMessage) return;
    const text = this.#body.write(bytes);
    this.#give(this.#streams, text);
    this.#give(this.#bodies, text);
  }

  partEnd(): void {
    if (this.#body === undefined) return;
    const text = this.#body.end();
    this.#body = undefined;
    this.#give(this.#streams, text);
    this.#give(this.#bodies, text);
  }

  #addTerm(index: number, term: SearchTerm): void {
    const finder = this.#finders[index];
    if (finder === undefined) return;
    if (term.kind !== 'header') (term.kind === 'text' ? this.#streams : this.#bodies).push(finder);
    else {
      const name = term.name.toLowerCase();
      this.#fieldTerms.set(name, [...(this.#fieldTerms.get(name) ?? []), index]);
    }
  }

  #isField(index: number): boolean {
    return this.#terms[index]?.kind === 'header';
  }

  #searchField(name: string, value: string): void {
    for (const index of this.#fieldTerms.get(name) ?? []) {
      const term = this.#terms[index];
      if (term?.kind !== 'header' || this.#matches[index] === true) continue;
      const finder = this.#finders[index];
      finder?.restart();
      finder?.write(fieldText(value, term.form));
      this.#matches[index] = finder?.isFound === true;
    }
  }

  #give(finders: readonly SubstringFinder[], bytes: Buffer): void {
    for (const finder of finders) finder.write(bytes);
  }
}

/** As it stands in the header, the value decoded. */
function headerLine(name: string, value: string): Buffer {
  const text = name === '' ? value : `:${value}`;
  return Buffer.concat([normalizeText(name), normalizeHeader(unfoldForSearch(text)), CRLF]);
}

function fieldText(value: string, form: 'plain' | 'blanks' | 'addresses'): Buffer {
  const text = unfoldForSearch(value);
  if (form === 'addresses') return normalizeHeader(writeSearchAddresses(text));
  return normalizeHeader(form === 'blanks' ? text.replace(/[ \t\r\n]+/g, ' ') : text);
}

/** A line end and the blank behind it are one blank. */
function unfoldForSearch(value: string): string {
  return value.replace(/\n[ \t]?/g, ' ');
}

function normalizeHeader(value: string): Buffer {
  const pieces = splitHeaderWords(value).map(({charset, bytes}) => {
    const decoder = charsetDecoder(charset);
    return decoder === undefined ? bytes : normalizeText(decoder.write(bytes) + decoder.end()); // seen: unknown ones stay raw
  });
  return Buffer.concat(pieces);
}

function isReadable(type: MimeFields | undefined): boolean {
  if (type === undefined) return true;
  if (type.subtype === '') return false;
  const name = type.type?.toLowerCase();
  return name === 'text' || name === 'message';
}

const CRLF = Buffer.from('\r\n');
