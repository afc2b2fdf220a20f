/**
 * doveadm-search-query(7): IMAP's search keys as words of the command line, with mailboxes, sizes with a unit, and dates
 * as days, as seconds since 1970, or as an interval before now (`2weeks`). Wrong words throw `FatalError` in the
 * original's words.
 */
import {FatalError} from '../../core/base/errors.ts';
import {flagBits, type NumberRanges} from '../../core/mailbox/mailbox.ts';
import type {SearchKey} from '../../core/mailbox/search/search-key.ts';

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
  const reader = new QueryReader(words, context);
  const query = reader.readAll(false);
  return query;
}

class QueryReader {
  readonly #words: readonly string[];
  readonly #now: number;
  #at = 0;
  #depth = 0;

  constructor(words: readonly string[], {now}: QueryContext) {
    this.#words = words;
    this.#now = now;
  }

  /** All keys that follow, joined by `and`; up to `)` when it is a list. */
  readAll(isList: boolean): Query {
    const keys: Query[] = [];
    for (;;) {
      const word = this.#words[this.#at];
      if (word === undefined) {
        if (isList) throw new FatalError('Missing closing )');
        break;
      }
      if (word === ')' && isList) {
        this.#at++;
        break;
      }
      keys.push(this.#readKey());
    }
    const [only] = keys;
    return keys.length === 1 && only !== undefined ? only : {kind: 'and', keys};
  }

  #readKey(): Query {
    const word = this.#next('');
    if (word === '(') return this.#readList();
    const name = word.toUpperCase();
    const simple = SIMPLE.get(name);
    if (simple !== undefined) return simple;
    const read = WITH_ARGUMENT.get(name);
    if (read !== undefined) return read(this, name);
    if (/^[\d*][\d:,*]*$/.test(word)) return {kind: 'sequence', ranges: expectRanges(word)};
    throw new FatalError(`Unknown argument ${name}`);
  }

  #readList(): Query {
    if (++this.#depth > MAX_DEPTH) throw new FatalError('Search query is nested too deep');
    const query = this.readAll(true);
    this.#depth--;
    return query;
  }

  key(): Query {
    if (++this.#depth > MAX_DEPTH) throw new FatalError('Search query is nested too deep');
    const key = this.#readKey();
    this.#depth--;
    return key;
  }

  #next(name: string): string {
    const word = this.#words[this.#at];
    if (word === undefined)
      throw new FatalError(name === '' ? 'Missing argument' : `Missing parameter for argument ${name}`);
    this.#at++;
    return word;
  }

  argument(name: string): string {
    return this.#next(name);
  }

  text(name: string): Buffer {
    return Buffer.from(this.#next(name), 'latin1');
  }

  bytes(name: string): number {
    const word = this.#next(name);
    const [, digits, unit = ''] = /^(\d{1,15})(?:([kKmMgGtT]?)(?:[bB])?)$/.exec(word) ?? [];
    if (digits === undefined) throw new FatalError(`Invalid size '${word}'`);
    return Number(digits) * 1024 ** ' KMGT'.indexOf(unit.toUpperCase() || ' ');
  }

  seconds(name: string): number {
    const word = this.#next(name);
    const seconds = /^\d{1,10}$/.test(word) ? Number(word) : intervalSeconds(word);
    if (seconds === undefined) throw new FatalError(`Invalid search interval: ${word}`);
    return seconds;
  }

  /** Milliseconds since 1970. */
  date(name: string): number {
    const word = this.#next(name);
    const time = timeOf(word, this.#now);
    if (time === undefined) throw new FatalError(`Invalid search date parameter: ${word}`);
    return time;
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
]);

type Read = (reader: QueryReader, name: string) => Query;

const header =
  (name: string): Read =>
  (reader, key) => ({kind: 'header', name, text: reader.text(key)});

const date =
  (of: 'received' | 'sent' | 'saved', compare: 'before' | 'on' | 'since'): Read =>
  (reader, key) => {
    const at = reader.date(key);
    return {kind: 'date', of, compare, day: localDay(at), at};
  };

const WITH_ARGUMENT: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['BCC', header('bcc')],
  ['CC', header('cc')],
  ['FROM', header('from')],
  ['SUBJECT', header('subject')],
  ['TO', header('to')],
  ['HEADER', (reader, key) => ({kind: 'header', name: reader.argument(key).toLowerCase(), text: reader.text(key)})],
  ['BODY', (reader, key) => ({kind: 'body', text: reader.text(key)})],
  ['TEXT', (reader, key) => ({kind: 'text', text: reader.text(key)})],
  ['KEYWORD', (reader, key) => ({kind: 'keyword', keyword: reader.argument(key)})],
  ['UNKEYWORD', (reader, key) => not({kind: 'keyword', keyword: reader.argument(key)})],
  ['LARGER', (reader, key) => ({kind: 'size', compare: 'larger', bytes: reader.bytes(key)})],
  ['SMALLER', (reader, key) => ({kind: 'size', compare: 'smaller', bytes: reader.bytes(key)})],
  ['OLDER', (reader, key) => ({kind: 'age', compare: 'older', seconds: reader.seconds(key)})],
  ['YOUNGER', (reader, key) => ({kind: 'age', compare: 'younger', seconds: reader.seconds(key)})],
  ['BEFORE', date('received', 'before')],
  ['ON', date('received', 'on')],
  ['SINCE', date('received', 'since')],
  ['SENTBEFORE', date('sent', 'before')],
  ['SENTON', date('sent', 'on')],
  ['SENTSINCE', date('sent', 'since')],
  ['SAVEDBEFORE', date('saved', 'before')],
  ['SAVEDON', date('saved', 'on')],
  ['SAVEDSINCE', date('saved', 'since')],
  ['UID', (reader, key) => ({kind: 'uid', ranges: expectRanges(reader.argument(key))})],
  ['MODSEQ', (reader, key) => ({kind: 'modseq', atLeast: Number(reader.argument(key))})],
  ['GUID', (reader, key) => ({kind: 'guid', guid: reader.argument(key)})],
  ['MAILBOX', (reader, key) => ({kind: 'mailbox', pattern: reader.argument(key)})],
  ['MAILBOX-GUID', (reader, key) => ({kind: 'mailbox-guid', guid: reader.argument(key)})],
  ['NOT', reader => not(reader.key())],
  ['OR', reader => ({kind: 'or', keys: [reader.key(), reader.key()]})],
  [
    'INTHREAD',
    (reader, key) => ({kind: 'in-thread', algorithm: expectAlgorithm(reader.argument(key)), key: reader.key()}),
  ],
]);

function expectAlgorithm(word: string): 'REFS' | 'REFERENCES' | 'ORDEREDSUBJECT' {
  const name = word.toUpperCase();
  if (name === 'REFS' || name === 'REFERENCES' || name === 'ORDEREDSUBJECT') return name;
  throw new FatalError(`Unknown thread algorithm: ${word}`);
}

/** Beyond every UID: what `*` stands for where the mailbox is not known yet. */
const LAST = 0xffffffff;

/** `1,3:5,7:*` in ascending ranges. */
function expectRanges(word: string): NumberRanges {
  const pairs = word.split(',').map(part => {
    const [, first = '', last = first] = /^(\d{1,10}|\*)(?::(\d{1,10}|\*))?$/.exec(part) ?? [];
    const numbers = [first, last].map(end => (end === '*' ? LAST : Number(end)));
    if (first === '' || numbers.includes(0)) throw new FatalError(`Invalid UID set: ${word}`);
    return [Math.min(...numbers), Math.max(...numbers)] as const;
  });
  const merged: [number, number][] = [];
  for (const [first, last] of pairs.sort((a, b) => a[0] - b[0])) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

function timeOf(word: string, now: number): number | undefined {
  const [, year, month, day, hour = '0', minute = '0', second = '0'] =
    /^(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d)(?::(\d\d))?)?$/.exec(word) ?? [];
  if (year !== undefined)
    return new Date(
      ...([Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const),
    ).getTime();
  const [, imapDay, imapMonth = '', imapYear] = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(word) ?? [];
  const monthAt = MONTHS.indexOf(imapMonth.toLowerCase());
  if (imapDay !== undefined && monthAt >= 0) return new Date(Number(imapYear), monthAt, Number(imapDay)).getTime();
  if (/^\d{1,12}$/.test(word)) return Number(word) * 1000;
  const seconds = intervalSeconds(word);
  return seconds === undefined ? undefined : (Math.floor(now / 1000) - seconds) * 1000;
}

/** `2weeks`, `90 mins`: Dovecot's time with a unit. */
function intervalSeconds(word: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,9}) *([a-z]+)$/i.exec(word) ?? [];
  if (digits === undefined) return undefined;
  const name = unit.toLowerCase();
  const found = UNITS.find(([whole]) => whole.startsWith(name) || `${whole}s`.startsWith(name));
  return found === undefined ? undefined : Number(digits) * found[1];
}

const UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ['sec', 1],
  ['second', 1],
  ['min', 60],
  ['minute', 60],
  ['hour', 3600],
  ['day', 86_400],
  ['week', 604_800],
];

function localDay(time: number): number {
  const date = new Date(time);
  return Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000);
}

/** What is left of the query in a mailbox; undefined when nothing in it can match. */
export function queryFor(query: Query, name: string, guid: string): SearchKey | undefined {
  switch (query.kind) {
    case 'mailbox':
      return matchesWildcards(name, query.pattern) ? {kind: 'all'} : undefined;
    case 'mailbox-guid':
      return query.guid === guid ? {kind: 'all'} : undefined;
    case 'and': {
      const keys = query.keys.map(key => queryFor(key, name, guid));
      return keys.includes(undefined) ? undefined : {kind: 'and', keys: keys.filter(key => key !== undefined)};
    }
    case 'or': {
      const keys = query.keys.map(key => queryFor(key, name, guid)).filter(key => key !== undefined);
      return keys.length === 0 ? undefined : {kind: 'or', keys};
    }
    case 'not': {
      const key = queryFor(query.key, name, guid);
      return key === undefined ? {kind: 'all'} : {kind: 'not', key};
    }
    case 'in-thread': {
      const key = queryFor(query.key, name, guid);
      return key === undefined ? undefined : {...query, key};
    }
    default:
      return query;
  }
}

/** `*` any bytes, `?` one; INBOX in any case. */
export function matchesWildcards(name: string, pattern: string): boolean {
  if (pattern.toUpperCase() === 'INBOX') return name.toUpperCase() === 'INBOX';
  let at = 0;
  let from = 0;
  let star = -1;
  let mark = 0;
  while (at < name.length) {
    if (pattern[from] === '*') {
      star = from++;
      mark = at;
    } else if (from < pattern.length && (pattern[from] === '?' || pattern[from] === name[at])) {
      from++;
      at++;
    } else if (star >= 0) {
      from = star + 1;
      at = ++mark;
    } else return false;
  }
  while (pattern[from] === '*') from++;
  return from === pattern.length;
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
