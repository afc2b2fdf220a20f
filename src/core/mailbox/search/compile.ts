/** Makes a search ready to run: what has to be asked of messages for it, and each key as one kind of question. */
import type {ItemNeeds, Mailbox, NumberRanges} from '../mailbox.ts';
import type {SearchTerm} from '../../message/mime/search-text.ts';
import type {SearchKey} from './search-key.ts';
import type {SearchOptions} from './search.ts';

export interface CompiledSearch {
  readonly root: Node;
  /** Texts that are looked for; nodes name them by their place here. */
  readonly terms: readonly SearchTerm[];
  readonly items: ItemNeeds;
  /** Fields that are searched, in lower case. */
  readonly headers: readonly string[];
}

export type Node =
  | {readonly kind: 'and' | 'or'; readonly nodes: readonly Node[]}
  | {readonly kind: 'not'; readonly node: Node}
  | {readonly kind: 'all'}
  | {readonly kind: 'flag'; readonly flag: number}
  | {readonly kind: 'keyword'; readonly keyword: string}
  | {readonly kind: 'sequence' | 'uid'; readonly ranges: NumberRanges}
  | {readonly kind: 'modseq'; readonly atLeast: number}
  | {readonly kind: 'members'; readonly sequences: ReadonlySet<number>}
  | {readonly kind: 'size'; readonly compare: 'larger' | 'smaller'; readonly bytes: number}
  | {readonly kind: 'guid'; readonly guid: string}
  /** Milliseconds since 1970, from inclusive, to exclusive. */
  | {readonly kind: 'time'; readonly of: 'received' | 'saved' | 'sent'; readonly from: number; readonly to: number}
  /** Days since 1970 in the process's zone, or in the message's own (`sent`). */
  | {readonly kind: 'day'; readonly of: 'received' | 'saved' | 'sent'; readonly from: number; readonly to: number}
  | {readonly kind: 'term'; readonly index: number};

export function compileSearch(
  mailbox: Mailbox,
  key: SearchKey,
  options: SearchOptions,
  threads: ReadonlyMap<SearchKey, ReadonlySet<number>>,
): CompiledSearch {
  const compiler = new Compiler(mailbox, options, threads);
  const root = compiler.node(key);
  return {root, terms: compiler.terms, items: compiler.items, headers: [...compiler.headers]};
}

class Compiler {
  readonly terms: SearchTerm[] = [];
  readonly items: {-readonly [K in keyof ItemNeeds]: ItemNeeds[K]} = {};
  readonly headers = new Set<string>();
  readonly #mailbox: Mailbox;
  readonly #options: SearchOptions;
  readonly #threads: ReadonlyMap<SearchKey, ReadonlySet<number>>;

  constructor(mailbox: Mailbox, options: SearchOptions, threads: ReadonlyMap<SearchKey, ReadonlySet<number>>) {
    this.#mailbox = mailbox;
    this.#options = options;
    this.#threads = threads;
  }

  node(key: SearchKey): Node {
    switch (key.kind) {
      case 'all':
      case 'flag':
      case 'sequence':
      case 'uid':
      case 'modseq':
        return key;
      case 'keyword':
        return {kind: 'keyword', keyword: key.keyword.toLowerCase()};
      case 'and':
      case 'or':
        return {kind: key.kind, nodes: key.keys.map(one => this.node(one))};
      case 'not':
        return {kind: 'not', node: this.node(key.key)};
      case 'saved-result':
        return {kind: 'sequence', ranges: this.#mailbox.sequencesOf(this.#options.savedResult)};
      case 'in-thread':
        return {kind: 'members', sequences: this.#threads.get(key) ?? new Set()};
      case 'size':
        this.items.size = true;
        return key;
      case 'guid':
        this.items.guid = true;
        return key;
      case 'age':
        return this.#age(key.compare, key.seconds);
      case 'date':
        return this.#date(key);
      case 'header':
        this.headers.add(key.name);
        return this.#term({
          kind: 'header',
          name: key.name,
          key: key.text.toString('utf8'),
          form: key.form ?? 'plain',
        });
      case 'body':
      case 'text':
        return this.#term({kind: key.kind, key: key.text.toString('utf8')});
    }
  }

  #age(compare: 'older' | 'younger', seconds: number): Node {
    this.items.received = true;
    const edge = (Math.floor(this.#options.now / 1000) - seconds) * 1000;
    const [from, to] = compare === 'older' ? [-Infinity, edge + 1] : [edge, Infinity];
    return {kind: 'time', of: 'received', from, to};
  }

  #date({of, compare, day, at}: Extract<SearchKey, {kind: 'date'}>): Node {
    if (of === 'received') this.items.received = true;
    else if (of === 'saved') this.items.saved = true;
    else this.headers.add('date');
    const start = at ?? day;
    const unit = at === undefined ? 1 : 1000;
    const from = compare === 'before' ? -Infinity : start;
    const to = compare === 'before' ? start : compare === 'on' ? start + unit : Infinity;
    return {kind: at === undefined ? 'day' : 'time', of, from, to};
  }

  #term(term: SearchTerm): Node {
    this.terms.push(term);
    return {kind: 'term', index: this.terms.length - 1};
  }
}
