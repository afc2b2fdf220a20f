/**
 * Lists that names and addresses are matched against (postconf(5) mydestination, mynetworks, relay_domains): names,
 * `.domain`, networks, `type:table`, `/file` with more of the same, each with `!` before it for "not". The first item
 * that matches decides. Files are followed as tables are.
 *
 * Answers a promise only where a table in the list does. Throws `TableError` when a table or file could not be asked
 * or a network is wrong, as far as the list was not decided before.
 */
import {splitList} from './braces.ts';
import {type TableContext, warnOf} from './context.ts';
import {FollowedFile} from './followed-file.ts';
import {foldKey, isUtf8Text} from './fold.ts';
import {addressBytes, Network, parseNetwork} from './network.ts';
import {openTable} from './open-table.ts';
import {type Table, TableError} from './table.ts';

/** What items are compared with: any text, host and domain names, addresses, or the name and address of a client. */
export type MatchKind = 'text' | 'domain' | 'address' | 'client';

export interface MatchListOptions {
  /** The parameter's name, for warnings. */
  readonly title: string;
  readonly kind: MatchKind;
  /** A domain stands for its subdomains too (parent_domain_matches_subdomains); without, `.domain` does. */
  readonly matchesParents: boolean;
  readonly context: TableContext;
}

type Later<T> = T | Promise<T>;
type Subject = {readonly kind: 'text' | 'domain' | 'address'; readonly text: string};

type Item =
  | {readonly kind: 'text'; readonly negated: boolean; readonly text: string; network: Network | TableError | undefined}
  | {readonly kind: 'table'; readonly negated: boolean; readonly table: Table}
  | {readonly kind: 'file'; readonly file: FollowedFile<readonly Item[]>}
  | {readonly kind: 'broken'; readonly fault: TableError};

export class MatchList {
  readonly #options: MatchListOptions;
  readonly #items: readonly Item[];

  constructor(list: string, options: MatchListOptions) {
    this.#options = options;
    this.#items = new ListReader(options).read(list, false);
  }

  /** Texts, or names of hosts and domains. */
  matches(name: string): Later<boolean> {
    const {kind} = this.#options;
    const isName = kind === 'domain' || kind === 'client';
    return this.#match([{kind: isName ? 'domain' : 'text', text: fold(name)}]);
  }

  matchesAddress(address: string): Later<boolean> {
    return this.#match([{kind: 'address', text: fold(address)}]);
  }

  /** By name or by address, item by item. */
  matchesClient(name: string, address: string): Later<boolean> {
    return this.#match([
      {kind: 'domain', text: fold(name)},
      {kind: 'address', text: fold(address)},
    ]);
  }

  #match(subjects: readonly Subject[]): Later<boolean> {
    return then(this.#decide(this.#items, 0, subjects), decision => decision === true);
  }

  /** The items' verdict from an index on; undefined when none of them matches. */
  #decide(items: readonly Item[], from: number, subjects: readonly Subject[]): Later<boolean | undefined> {
    for (let index = from; index < items.length; index++) {
      const item = items[index];
      const decision = item === undefined ? undefined : this.#decideItem(item, subjects);
      if (decision instanceof Promise) return decision.then(first => first ?? this.#decide(items, index + 1, subjects));
      if (decision !== undefined) return decision;
    }
    return undefined;
  }

  #decideItem(item: Item, subjects: readonly Subject[]): Later<boolean | undefined> {
    switch (item.kind) {
      case 'broken':
        throw item.fault;
      case 'file':
        return this.#decide(item.file.current, 0, subjects);
      case 'text':
        return subjects.some(subject => this.#matchesText(item, subject)) ? !item.negated : undefined;
      case 'table':
        return then(this.#inTable(item.table, subjects, 0), found => (found ? !item.negated : undefined));
    }
  }

  #matchesText(item: Item & {kind: 'text'}, subject: Subject): boolean {
    if (item.text === subject.text) return true;
    if (subject.kind === 'address') return this.#matchesNetwork(item, subject.text);
    if (subject.kind === 'text' || !subject.text.endsWith(item.text)) return false;
    if (item.text.startsWith('.')) return !this.#options.matchesParents;
    return this.#options.matchesParents && subject.text.charAt(subject.text.length - item.text.length - 1) === '.';
  }

  #matchesNetwork(item: Item & {kind: 'text'}, address: string): boolean {
    if (item.text.startsWith('[') && item.text === `[${address}]`) return true;
    if (!item.text.includes('/') || /[^0-9a-f.:/[\]]/.test(item.text)) return false;
    if (item.text.includes(':') !== address.includes(':')) return false;
    item.network ??= this.#network(item.text);
    if (item.network instanceof TableError) throw item.network;
    const bytes = addressBytes(address);
    return bytes !== undefined && item.network.has(bytes);
  }

  #network(text: string): Network | TableError {
    const network = parseNetwork(text);
    if (network instanceof Network) return network;
    const {title, context} = this.#options;
    warnOf(context)(`${title}: ${network.fault}`);
    return new TableError(title, network.fault);
  }

  /** A name is looked for with its parents, unless the table is one of patterns. */
  #inTable(table: Table, subjects: readonly Subject[], from: number): Later<boolean> {
    const keys = subjects.flatMap(subject => this.#keysOf(subject, table.isPattern));
    return anyIn(table, keys, from);
  }

  #keysOf({kind, text}: Subject, isPattern: boolean): string[] {
    const keys = [text];
    if (kind !== 'domain' || isPattern) return keys;
    for (let dot = text.indexOf('.', 1); dot >= 0; dot = text.indexOf('.', dot + 1)) {
      const key = text.slice(this.#options.matchesParents ? dot + 1 : dot);
      if (key !== '') keys.push(key);
    }
    return keys;
  }
}

function anyIn(table: Table, keys: readonly string[], from: number): Later<boolean> {
  for (let index = from; index < keys.length; index++) {
    const found = table.lookup(keys[index] ?? '');
    if (found instanceof Promise) return found.then(hit => (hit === undefined ? anyIn(table, keys, index + 1) : true));
    if (found !== undefined) return true;
  }
  return false;
}

function then<T, U>(value: Later<T>, next: (value: T) => U): Later<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

function fold(text: string): string {
  return foldKey(text, isUtf8Text(text));
}

/** Files in files: deeper than this is taken for one that names itself. */
const MAX_DEPTH = 20;

class ListReader {
  readonly #options: MatchListOptions;
  readonly #warn: (text: string) => void;
  readonly #depth: number;

  constructor(options: MatchListOptions, depth = 0) {
    this.#options = options;
    this.#warn = warnOf(options.context);
    this.#depth = depth;
  }

  read(list: string, isNegated: boolean): Item[] {
    const items: Item[] = [];
    for (const word of splitList(list)) {
      if (word.startsWith('#')) {
        const rest = list.slice(list.indexOf(word) + word.length + 1);
        this.#warn(`${this.#options.title}: comment at end of line is not supported: ${word} ${rest}`);
        break;
      }
      items.push(this.#item(word, isNegated));
    }
    return items;
  }

  #item(word: string, isNegated: boolean): Item {
    const {title, context} = this.#options;
    const text = word.replace(/^!+/, '');
    const negated = (word.length - text.length) % 2 === 1 ? !isNegated : isNegated;
    if (text === '') throw new TableError(title, `${title}: no pattern after '!'`);
    if (text.startsWith('/')) return this.#file(text, negated);
    if (text.includes(':') && !text.startsWith('[')) return {kind: 'table', negated, table: openTable(text, context)};
    return {kind: 'text', negated, text: fold(text), network: undefined};
  }

  #file(path: string, negated: boolean): Item {
    const {title, context} = this.#options;
    const inner = new ListReader(this.#options, this.#depth + 1);
    if (this.#depth >= MAX_DEPTH)
      return {kind: 'broken', fault: new TableError(`non-existent:${path}`, `${title}: ${path}: files too deep`)};
    const lines = (bytes: Buffer): string[] =>
      bytes
        .toString('latin1')
        .split('\n')
        .filter(line => !line.startsWith('#'));
    try {
      const file = new FollowedFile({
        path,
        table: title,
        opening: 'open file ',
        load: (bytes): readonly Item[] => lines(bytes).flatMap(line => inner.read(line, negated)),
        warn: this.#warn,
        now: context.now,
      });
      return {kind: 'file', file};
    } catch (fault) {
      if (!(fault instanceof TableError)) throw fault;
      this.#warn(`non-existent:${path} is unavailable. ${fault.message}`);
      return {kind: 'broken', fault: new TableError(`non-existent:${path}`, fault.message, {cause: fault})};
    }
  }
}
