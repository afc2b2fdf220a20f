/**
 * doveadm-search-query(7): IMAP's search keys as words of the command line, with mailboxes, sizes with a unit, and dates
 * as days, as seconds since 1970, or as an interval before now (`2weeks`); OR stands between keys. Wrong words throw `FatalError` in the
 * original's words.
 */
import {matchesWildcards as matchesPattern} from '../../core/account/auth/name-filter.ts';
import {FatalError} from '../../core/base/errors.ts';
import {ListPattern} from '../../core/mailbox/list-pattern.ts';
import {flagBits} from '../../core/mailbox/mailbox.ts';
import type {SearchKey} from '../../core/mailbox/search/search-key.ts';
import {expectDate, expectInterval, expectModSeq, expectRanges, expectSize, withLast} from './search-words.ts';

/** A search key that may ask which mailbox it is. */
export type Query =
  | Exclude<SearchKey, {readonly kind: 'and' | 'or' | 'not' | 'in-thread'}>
  | {readonly kind: 'and' | 'or'; readonly keys: readonly Query[]}
  | {readonly kind: 'not'; readonly key: Query}
  | {readonly kind: 'in-thread'; readonly algorithm: 'REFS' | 'REFERENCES' | 'ORDEREDSUBJECT'; readonly key: Query}
  /** With `*` and `?`. */
  | {readonly kind: 'mailbox'; readonly pattern: string}
  | {readonly kind: 'mailbox-guid'; readonly guid: string};

export interface QueryContext {
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Throws `FatalError`. No words find nothing to do: undefined. */
export function parseQuery(words: readonly string[], context: QueryContext): Query | undefined {
  if (words.length === 0) return undefined;
  return new QueryReader(words, context).readAll(false);
}

class QueryReader {
  readonly #words: readonly string[];
  readonly now: number;
  #at = 0;
  #depth = 0;

  constructor(words: readonly string[], {now}: QueryContext) {
    this.#words = words;
    this.now = now;
  }

  /** All keys that follow: joined by `and`, or with OR between them by `or`; up to `)` when it is a list. */
  readAll(isList: boolean): Query {
    const keys: Query[] = [];
    let isOr = false;
    for (let word = this.#words[this.#at]; word !== ')' || !isList; word = this.#words[this.#at]) {
      if (word === undefined) {
        if (isList) throw new FatalError("Missing ')'");
        break;
      }
      if (word === ')') throw new FatalError("Unexpected ')'");
      const hasOr = word.toUpperCase() === 'OR';
      if (hasOr) this.#at++;
      else if (isOr) throw new FatalError('Use parenthesis when mixing ANDs and ORs');
      isOr = hasOr;
      keys.push(this.#readKey());
    }
    if (isList) this.#at++;
    const [only] = keys;
    if (only === undefined) throw new FatalError('No search parameters inside list');
    return keys.length === 1 ? only : {kind: isOr ? 'or' : 'and', keys};
  }

  #readKey(): Query {
    const word = this.#words[this.#at++];
    if (word === undefined) throw new FatalError('Missing argument');
    if (word === '(') return this.#nested(() => this.readAll(true));
    const name = word.toUpperCase();
    const simple = SIMPLE.get(name);
    if (simple !== undefined) return simple;
    const read = WITH_ARGUMENT.get(name.replace(/^X-(?!REAL)/, ''));
    if (read !== undefined) return read(this, name);
    if (/^[\d*]/.test(word)) return {kind: 'sequence', ranges: expectRanges(word, 'Invalid messageset')};
    throw new FatalError(`Unknown argument ${name}`);
  }

  key(): Query {
    return this.#nested(() => this.#readKey());
  }

  #nested(read: () => Query): Query {
    if (++this.#depth > MAX_DEPTH) throw new FatalError('Search query is nested too deep');
    const query = read();
    this.#depth--;
    return query;
  }

  argument(name: string): string {
    const word = this.#words[this.#at];
    if (word === undefined) throw new FatalError(`Missing parameter for search key (for search key: ${name})`);
    this.#at++;
    return word;
  }

  text(name: string): Buffer {
    return Buffer.from(this.argument(name), 'latin1');
  }
}

const MAX_DEPTH = 1000;

const flag = (bit: number): Query => ({kind: 'flag', flag: bit});
const not = (key: Query): Query => ({kind: 'not', key});

/** Keys that stand alone. */
const SIMPLE: ReadonlyMap<string, Query> = new Map<string, Query>([
  ['ALL', {kind: 'all'}],
  ['ANSWERED', flag(flagBits.answered)],
  ['DELETED', flag(flagBits.deleted)],
  ['DRAFT', flag(flagBits.draft)],
  ['FLAGGED', flag(flagBits.flagged)],
  ['RECENT', flag(flagBits.recent)],
  ['SEEN', flag(flagBits.seen)],
  ['NEW', {kind: 'and', keys: [flag(flagBits.recent), not(flag(flagBits.seen))]}],
  ['OLD', not(flag(flagBits.recent))],
  ['UNANSWERED', not(flag(flagBits.answered))],
  ['UNDELETED', not(flag(flagBits.deleted))],
  ['UNDRAFT', not(flag(flagBits.draft))],
  ['UNFLAGGED', not(flag(flagBits.flagged))],
  ['UNSEEN', not(flag(flagBits.seen))],
  ['SAVEDATESUPPORTED', {kind: 'all'}],
  ['$', {kind: 'saved-result'}],
]);

type Read = (reader: QueryReader, name: string) => Query;

const field =
  (name: string, form: 'blanks' | 'addresses'): Read =>
  (reader, key) => ({kind: 'header', name, text: reader.text(key), form});

/** A day is compared in its own zone; a moment is a moment, and the day that begins with it. */
const date =
  (of: 'received' | 'sent' | 'saved', compare: 'before' | 'on' | 'since'): Read =>
  (reader, key) => {
    const when = expectDate(reader.argument(key), reader.now);
    if (when.kind === 'day') return {kind: 'date', of, compare, day: when.day};
    const moment = (compare: 'before' | 'since', at: number): Query => ({kind: 'date', of, compare, day: 0, at});
    if (compare !== 'on') return moment(compare, when.at);
    return {kind: 'and', keys: [moment('since', when.at), moment('before', when.at + DAY_MS)]};
  };

const DAY_MS = 86_400_000;

const WITH_ARGUMENT: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['BCC', field('bcc', 'addresses')],
  ['CC', field('cc', 'addresses')],
  ['FROM', field('from', 'addresses')],
  ['SUBJECT', field('subject', 'blanks')],
  ['TO', field('to', 'addresses')],
  ['HEADER', (reader, key) => ({kind: 'header', name: reader.argument(key).toLowerCase(), text: reader.text(key)})],
  ['BODY', (reader, key) => ({kind: 'body', text: reader.text(key)})],
  ['TEXT', (reader, key) => ({kind: 'text', text: reader.text(key)})],
  ['KEYWORD', (reader, key) => ({kind: 'keyword', keyword: reader.argument(key)})],
  ['UNKEYWORD', (reader, key) => not({kind: 'keyword', keyword: reader.argument(key)})],
  ['LARGER', (reader, key) => ({kind: 'size', compare: 'larger', bytes: expectSize(reader.argument(key))})],
  ['SMALLER', (reader, key) => ({kind: 'size', compare: 'smaller', bytes: expectSize(reader.argument(key))})],
  ['OLDER', (reader, key) => ({kind: 'age', compare: 'older', seconds: expectInterval(reader.argument(key))})],
  ['YOUNGER', (reader, key) => ({kind: 'age', compare: 'younger', seconds: expectInterval(reader.argument(key))})],
  ['BEFORE', date('received', 'before')],
  ['ON', date('received', 'on')],
  ['SINCE', date('received', 'since')],
  ['SENTBEFORE', date('sent', 'before')],
  ['SENTON', date('sent', 'on')],
  ['SENTSINCE', date('sent', 'since')],
  ['SAVEDBEFORE', date('saved', 'before')],
  ['SAVEDON', date('saved', 'on')],
  ['SAVEDSINCE', date('saved', 'since')],
  ['UID', (reader, key) => ({kind: 'uid', ranges: expectRanges(reader.argument(key), 'Invalid UID messageset')})],
  [
    'X-REAL-UID',
    (reader, key) => ({kind: 'uid', ranges: expectRanges(reader.argument(key), 'Invalid X-REAL-UID messageset')}),
  ],
  ['MODSEQ', (reader, key) => ({kind: 'modseq', atLeast: expectModSeq(reader.argument(key))})],
  ['GUID', (reader, key) => ({kind: 'guid', guid: reader.argument(key)})],
  ['MAILBOX', (reader, key) => ({kind: 'mailbox', pattern: reader.argument(key)})],
  ['MAILBOX-GUID', (reader, key) => ({kind: 'mailbox-guid', guid: reader.argument(key)})],
  ['NOT', reader => not(reader.key())],
  ['FUZZY', reader => reader.key()],
  [
    'INTHREAD',
    (reader, key) => ({kind: 'in-thread', algorithm: expectAlgorithm(reader.argument(key)), key: reader.key()}),
  ],
]);

function expectAlgorithm(word: string): 'REFS' | 'REFERENCES' | 'ORDEREDSUBJECT' {
  const name = word.toUpperCase();
  if (name === 'REFS' || name === 'REFERENCES' || name === 'ORDEREDSUBJECT') return name;
  throw new FatalError('Unknown thread algorithm');
}

/** What is left of the query in a mailbox; undefined when nothing in it can match. */
export function queryFor(query: Query, place: QueryPlace): SearchKey | undefined {
  switch (query.kind) {
    case 'mailbox':
      return new ListPattern(query.pattern, place.separator).matches(place.name) ? {kind: 'all'} : undefined;
    case 'mailbox-guid':
      return query.guid === place.guid ? {kind: 'all'} : undefined;
    case 'and': {
      const keys = query.keys.map(key => queryFor(key, place));
      return keys.includes(undefined) ? undefined : {kind: 'and', keys: keys.filter(key => key !== undefined)};
    }
    case 'or': {
      const keys = query.keys.map(key => queryFor(key, place)).filter(key => key !== undefined);
      return keys.length === 0 ? undefined : {kind: 'or', keys};
    }
    case 'not': {
      const key = queryFor(query.key, place);
      return key === undefined ? {kind: 'all'} : {kind: 'not', key};
    }
    case 'in-thread': {
      const key = queryFor(query.key, place);
      return key === undefined ? undefined : {...query, key};
    }
    case 'sequence':
      return {...query, ranges: withLast(query.ranges, place.count)};
    default:
      return query;
  }
}

/** Where a query is asked. */
export interface QueryPlace {
  readonly name: string;
  readonly separator: string;
  /** '': not known yet. */
  readonly guid: string;
  /** What `*` stands for; among UIDs it finds nothing, as in the original. */
  readonly count: number;
}

/** `*` any bytes, `?` one; INBOX in any case. */
export function matchesWildcards(name: string, pattern: string): boolean {
  if (pattern.toUpperCase() === 'INBOX') return name.toUpperCase() === 'INBOX';
  return matchesPattern(pattern, name);
}

/** Whether every way through the query names a mailbox (expunge insists on it). */
export function namesMailboxEverywhere(query: Query): boolean {
  switch (query.kind) {
    case 'mailbox':
    case 'mailbox-guid':
      return true;
    case 'and':
      return query.keys.some(namesMailboxEverywhere);
    case 'or':
      return query.keys.every(namesMailboxEverywhere);
    case 'not':
      return namesMailboxEverywhere(query.key);
    default:
      return false;
  }
}

/** Whether every way through the query says more than the mailbox. */
export function saysMoreThanMailbox(query: Query): boolean {
  switch (query.kind) {
    case 'mailbox':
    case 'mailbox-guid':
      return false;
    case 'and':
      return query.keys.some(saysMoreThanMailbox);
    case 'or':
      return query.keys.every(saysMoreThanMailbox);
    default:
      return true;
  }
}
