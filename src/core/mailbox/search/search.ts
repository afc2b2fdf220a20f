/**
 * Answers a `SearchKey` over a mailbox: what costs least is asked first, and a message is asked no more than it takes.
 *
 *   flags, numbers, modification sequences  ->  dates, sizes, identifiers  ->  header fields  ->  grams  ->  text
 *
 * Each step leaves the messages whose answer is still open. Long work gives way through `breathe`.
 */
import type {ItemNeeds, Mailbox, MessageItems, NumberRanges} from '../mailbox.ts';
import {normalizeText} from '../../message/mime/normalize.ts';
import {gramsOf, mayHave} from '../../message/mime/text-grams.ts';
import {numbersIn, rangesOf} from '../number-ranges.ts';
import {type Answer, evaluate, type Facts, Level} from './evaluate.ts';
import {compileSearch, type CompiledSearch} from './compile.ts';
import {searchFields, searchText} from './search-message.ts';
import type {SearchKey} from './search-key.ts';
import {threadMessages, type Thread} from './thread.ts';

export interface SearchOptions {
  /** `$`, as UIDs. */
  readonly savedResult: NumberRanges;
  /** Milliseconds since 1970, for OLDER and YOUNGER. */
  readonly now: number;
  readonly breathe: Breathe;
}

/** A promise when others have to get their turn. */
export type Breathe = () => Promise<void> | undefined;

/** Sequence numbers of what matches, ascending. */
export async function searchMailbox(mailbox: Mailbox, key: SearchKey, options: SearchOptions): Promise<number[]> {
  const threads = await resolveThreads(mailbox, key, options);
  const search = compileSearch(mailbox, key, options, threads);
  const run = new SearchRun(mailbox, search, options.breathe);
  return await run.run();
}

class SearchRun {
  readonly #mailbox: Mailbox;
  readonly #search: CompiledSearch;
  readonly #breathe: Breathe;
  /** Of each text that is looked for. */
  readonly #hashes: readonly (readonly number[])[];
  readonly #found: number[] = [];
  #open: number[] = [];

  constructor(mailbox: Mailbox, search: CompiledSearch, breathe: Breathe) {
    this.#mailbox = mailbox;
    this.#search = search;
    this.#breathe = breathe;
    this.#hashes = search.terms.map(({kind, key}) => (kind === 'header' ? [] : gramsOf(normalizeText(key))));
  }

  async run(): Promise<number[]> {
    await this.#byIndex();
    const isWhole = this.#open.length === 0;
    const {items, headers} = this.#search;
    if (this.#open.length > 0 && Object.keys(items).length > 0) await this.#byItems(Level.items, items);
    if (this.#open.length > 0 && headers.length > 0) await this.#byItems(Level.headers, {...items, headers});
    if (this.#open.length > 0 && this.#hashes.some(hashes => hashes.length > 0))
      await this.#byItems(Level.grams, {...needsOf(this.#search), grams: true});
    if (this.#open.length > 0) await this.#byText();
    return isWhole ? this.#found : this.#found.sort((a, b) => a - b);
  }

  /** What the view itself knows. */
  async #byIndex(): Promise<void> {
    const {count} = this.#mailbox;
    for (let sequence = 1; sequence <= count; sequence++) {
      this.#take(sequence, evaluate(this.#search.root, this.#facts(sequence, Level.index)));
      const pause = (sequence & 255) === 0 ? this.#breathe() : undefined;
      if (pause !== undefined) await pause;
    }
  }

  #facts(sequence: number, level: Level): Facts {
    return {mailbox: this.#mailbox, sequence, level, items: undefined, terms: undefined};
  }

  async #byItems(level: Level, needs: ItemNeeds): Promise<void> {
    const open = this.#open;
    this.#open = [];
    await this.#mailbox.items(rangesOf(open), needs, (sequence, items) => {
      if (items === undefined) return undefined;
      this.#take(sequence, this.#answer(sequence, items, level));
      return this.#breathe();
    });
  }

  #answer(sequence: number, items: MessageItems, level: Level): Answer {
    const terms = level < Level.headers ? undefined : this.#termsIn(items);
    return evaluate(this.#search.root, {...this.#facts(sequence, level), items, terms});
  }

  /** What fields and grams say: texts that a message can't have are not there. */
  #termsIn({headers, grams}: MessageItems): Answer[] {
    const {terms} = this.#search;
    const inFields = headers === undefined ? [] : searchFields(terms, headers);
    return terms.map((term, n) => {
      if (term.kind === 'header') return inFields[n];
      return grams === undefined || mayHave(grams, this.#hashes[n] ?? []) ? undefined : false;
    });
  }

  /** Messages are read through, one after the other. */
  async #byText(): Promise<void> {
    const open = this.#open;
    this.#open = [];
    const known = await this.#itemsOf(open, needsOf(this.#search));
    for (const sequence of open) {
      const reader = await this.#mailbox.open(sequence);
      if (reader === undefined) continue;
      try {
        const terms = await searchText(this.#search.terms, reader, this.#breathe);
        const facts = {...this.#facts(sequence, Level.text), items: known.get(sequence), terms};
        this.#take(sequence, evaluate(this.#search.root, facts));
      } finally {
        reader.close();
      }
      const pause = this.#breathe();
      if (pause !== undefined) await pause;
    }
  }

  /** Where both an item and the text decide, the items are asked for again. */
  async #itemsOf(sequences: readonly number[], needs: ItemNeeds): Promise<Map<number, MessageItems>> {
    const known = new Map<number, MessageItems>();
    const wanted = {...needs, headers: undefined};
    if (Object.values(wanted).every(value => value === undefined)) return known;
    const {headers: _, ...rest} = needs;
    await this.#mailbox.items(rangesOf(sequences), rest, (sequence, items) => {
      if (items !== undefined) known.set(sequence, items);
    });
    return known;
  }

  #take(sequence: number, answer: Answer): void {
    if (answer === true) this.#found.push(sequence);
    else if (answer === undefined) this.#open.push(sequence);
  }
}

function needsOf({items, headers}: CompiledSearch): ItemNeeds {
  return headers.length === 0 ? items : {...items, headers};
}

/** INTHREAD: for each such key the messages of all threads in which something matches. */
async function resolveThreads(
  mailbox: Mailbox,
  key: SearchKey,
  options: SearchOptions,
): Promise<Map<SearchKey, ReadonlySet<number>>> {
  const resolved = new Map<SearchKey, ReadonlySet<number>>();
  for (const inner of threadKeysIn(key)) {
    const matching = new Set(await searchMailbox(mailbox, inner.key, options));
    const all = Array.from(numbersIn([[1, mailbox.count]], mailbox.count));
    const threads = await threadMessages(mailbox, all, inner.algorithm, options.breathe);
    const members = threads.map(membersOf).filter(numbers => numbers.some(number => matching.has(number)));
    resolved.set(inner, new Set(members.flat()));
  }
  return resolved;
}

type InThread = Extract<SearchKey, {kind: 'in-thread'}>;

function threadKeysIn(key: SearchKey): InThread[] {
  if (key.kind === 'in-thread') return [key];
  if (key.kind === 'not') return threadKeysIn(key.key);
  return key.kind === 'and' || key.kind === 'or' ? key.keys.flatMap(threadKeysIn) : [];
}

function membersOf(root: Thread): number[] {
  const members: number[] = [];
  const left = [root];
  for (let thread = left.pop(); thread !== undefined; thread = left.pop()) {
    if (thread.sequence !== undefined) members.push(thread.sequence);
    left.push(...thread.children);
  }
  return members;
}
