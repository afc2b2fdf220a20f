/**
 * SEARCH BODY, TEXT and HEADER (RFC 3501 section 6.4.4) of one message in one pass, as Dovecot does without a full text index:
 * substrings of decoded text, letter case and accents folded (normalize.ts). Bodies of text and message parts count; TEXT sees
 * the headers of all parts too. What is searched by field name is the message's own header.
 */
import {writeSearchAddresses} from './address-text.ts';
import {normalizeText} from './normalize.ts';
import {normalizeHeader, SearchableText, unfoldForSearch} from './searchable-text.ts';
import {SubstringFinder} from './substring-finder.ts';

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
export class MessageSearch extends SearchableText {
  readonly #finders: SubstringFinder[];
  readonly #terms: readonly SearchTerm[];
  readonly #streams: SubstringFinder[] = [];
  readonly #bodies: SubstringFinder[] = [];
  readonly #fieldTerms = new Map<string, number[]>();
  readonly #matches: boolean[];

  constructor(terms: readonly SearchTerm[]) {
    super();
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

  protected override get wantsHeaderText(): boolean {
    return this.#streams.length > 0;
  }

  protected override begin(): void {
    for (const finder of this.#streams) finder.restart();
    for (const finder of this.#bodies) finder.restart();
  }

  protected override headerText(bytes: Buffer): void {
    for (const finder of this.#streams) finder.write(bytes);
  }

  protected override bodyText(bytes: Buffer): void {
    for (const finder of this.#streams) finder.write(bytes);
    for (const finder of this.#bodies) finder.write(bytes);
  }

  protected override ownField(name: string, value: string): void {
    for (const index of this.#fieldTerms.get(name) ?? []) {
      const term = this.#terms[index];
      if (term?.kind !== 'header' || this.#matches[index] === true) continue;
      const finder = this.#finders[index];
      finder?.restart();
      finder?.write(fieldText(value, term.form));
      this.#matches[index] = finder?.isFound === true;
    }
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
}

function fieldText(value: string, form: 'plain' | 'blanks' | 'addresses'): Buffer {
  const text = unfoldForSearch(value).replace(/^[ \t]/, '');
  if (form === 'addresses') return normalizeHeader(writeSearchAddresses(text));
  return normalizeHeader(form === 'blanks' ? text.replace(/[ \t\r\n]+/g, ' ') : text);
}
