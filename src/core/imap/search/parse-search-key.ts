/** The program of SEARCH, SORT and THREAD (RFC 3501 section 6.4.4 and extensions) as a tree of `SearchKey`. */
import type {NumberRanges} from '../../mailbox/mailbox.ts';
import {flagBits} from '../../mailbox/mailbox.ts';
import type {SearchKey} from '../../mailbox/search/search-key.ts';
import {type Argument, Arguments, fail} from '../argument.ts';
import {systemFlag} from '../flags.ts';
import {parseDay} from '../imap-date.ts';
import {parseSequenceSet, resolveSet, type SequenceSet} from '../sequence-set.ts';

export interface SearchScope {
  readonly count: number;
  readonly lastUid: number;
  readonly mailboxName: string;
  /** Text of the client to UTF-8. */
  decode(text: string): Buffer;
}

/** So deep keys may be nested: a client that needs more is no client. */
const MAX_DEPTH = 200;

/** All that is left of the arguments, at least one key. */
export function expectSearchKeys(args: Arguments, scope: SearchScope): SearchKey {
  if (args.isAtEnd) fail('Missing search parameters.');
  return new KeyParser(scope).all(args, 0);
}

class KeyParser {
  readonly #scope: SearchScope;

  constructor(scope: SearchScope) {
    this.#scope = scope;
  }

  all(args: Arguments, depth: number): SearchKey {
    const keys: SearchKey[] = [];
    while (!args.isAtEnd) keys.push(this.#key(args, depth));
    const [only] = keys;
    return keys.length === 1 && only !== undefined ? only : {kind: 'and', keys};
  }

  #key(args: Arguments, depth: number): SearchKey {
    if (depth > MAX_DEPTH) fail('Search keys are nested too deep.');
    const argument = args.next();
    if (argument === undefined) return fail('Missing argument.');
    if (argument.kind === 'list') {
      if (argument.items.length === 0) fail('No search parameters inside list.');
      return this.all(new Arguments(argument.items), depth + 1);
    }
    if (argument.kind === 'string') return fail(`Unexpected string as search key: ${argument.text}.`);
    return this.#named(argument.text, args, depth);
  }

  #named(text: string, args: Arguments, depth: number): SearchKey {
    const name = text.toUpperCase();
    switch (name) {
      case 'NOT':
        return {kind: 'not', key: this.#key(args, depth + 1)};
      case 'OR':
        return {kind: 'or', keys: [this.#key(args, depth + 1), this.#key(args, depth + 1)]};
      case 'FUZZY': // RFC 6203: every search of ours is exact
        return this.#key(args, depth + 1);
      case 'INTHREAD':
        return this.#inThread(args, depth);
    }
    return flagKey(name) ?? this.#valued(name, args) ?? this.#set(text) ?? fail(`Unknown argument ${name}.`);
  }

  #inThread(args: Arguments, depth: number): SearchKey {
    const algorithm = (
      args.takeAtom() ?? fail('Invalid argument type for search key (for search key: INTHREAD).')
    ).toUpperCase();
    if (algorithm !== 'REFS' && algorithm !== 'REFERENCES' && algorithm !== 'ORDEREDSUBJECT')
      return fail(`Unknown thread algorithm: ${algorithm}.`);
    return {kind: 'in-thread', algorithm, key: this.#key(args, depth + 1)};
  }

  /** Keys that take something. */
  #valued(name: string, args: Arguments): SearchKey | undefined {
    const value = (): string => stringOf(args.next(), name);
    const field = HEADER_KEYS.get(name);
    if (field !== undefined)
      return {
        kind: 'header',
        name: field,
        text: this.#text(value()),
        form: name === 'SUBJECT' ? 'blanks' : 'addresses',
      };
    const date = DATE_KEYS.get(name);
    if (date !== undefined)
      return {kind: 'date', ...date, day: parseDay(value()) ?? fail('Invalid search date parameter.')};
    switch (name) {
      case 'KEYWORD':
        return keyword(value());
      case 'UNKEYWORD':
        return {kind: 'not', key: keyword(value())};
      case 'HEADER': {
        const header = value();
        return {kind: 'header', name: header.toLowerCase(), text: this.#text(value())};
      }
      case 'BODY':
      case 'TEXT':
        return this.#body(name, value());
      case 'LARGER':
      case 'SMALLER': {
        const bytes = numberOf(value()) ?? fail('Invalid search size parameter.');
        return {kind: 'size', compare: name === 'LARGER' ? 'larger' : 'smaller', bytes};
      }
      case 'OLDER':
      case 'YOUNGER': {
        const seconds = numberOf(value());
        if (seconds === undefined || seconds === 0) fail('Invalid search interval parameter.');
        return {kind: 'age', compare: name === 'OLDER' ? 'older' : 'younger', seconds};
      }
      case 'UID':
        return this.#uids(value());
      case 'X-REAL-UID':
        return this.#uids(value());
      case 'MODSEQ':
        return modSeq(args);
      case 'X-GUID':
        return {kind: 'guid', guid: value()};
      case 'X-MAILBOX':
        return value() === this.#scope.mailboxName ? {kind: 'all'} : NONE;
    }
    return undefined;
  }

  #text(text: string): Buffer {
    return this.#scope.decode(text);
  }

  /** Seen: an empty string is in every message. */
  #body(name: 'BODY' | 'TEXT', text: string): SearchKey {
    const bytes = this.#text(text);
    return bytes.length === 0 ? {kind: 'all'} : {kind: name === 'BODY' ? 'body' : 'text', text: bytes};
  }

  #uids(text: string): SearchKey {
    const set = parseSequenceSet(text) ?? fail('Invalid UID messageset.');
    return set.isSaved ? {kind: 'saved-result'} : {kind: 'uid', ranges: this.#resolve(set, this.#scope.lastUid)};
  }

  #set(text: string): SearchKey | undefined {
    const set = parseSequenceSet(text);
    if (set === undefined) return undefined;
    return set.isSaved ? {kind: 'saved-result'} : {kind: 'sequence', ranges: this.#resolve(set, this.#scope.count)};
  }

  #resolve(set: SequenceSet, star: number): NumberRanges {
    return star === 0 ? [] : resolveSet(set, star);
  }
}

const NONE: SearchKey = {kind: 'not', key: {kind: 'all'}};

const HEADER_KEYS: ReadonlyMap<string, string> = new Map([
  ['BCC', 'bcc'],
  ['CC', 'cc'],
  ['FROM', 'from'],
  ['SUBJECT', 'subject'],
  ['TO', 'to'],
]);

type DateKey = Pick<Extract<SearchKey, {kind: 'date'}>, 'of' | 'compare'>;

const DATE_KEYS: ReadonlyMap<string, DateKey> = new Map<string, DateKey>([
  ['BEFORE', {of: 'received', compare: 'before'}],
  ['ON', {of: 'received', compare: 'on'}],
  ['SINCE', {of: 'received', compare: 'since'}],
  ['SENTBEFORE', {of: 'sent', compare: 'before'}],
  ['SENTON', {of: 'sent', compare: 'on'}],
  ['SENTSINCE', {of: 'sent', compare: 'since'}],
  ['SAVEDBEFORE', {of: 'saved', compare: 'before'}],
  ['SAVEDON', {of: 'saved', compare: 'on'}],
  ['SAVEDSINCE', {of: 'saved', compare: 'since'}],
  ['X-SAVEDBEFORE', {of: 'saved', compare: 'before'}],
  ['X-SAVEDON', {of: 'saved', compare: 'on'}],
  ['X-SAVEDSINCE', {of: 'saved', compare: 'since'}],
]);

function flagKey(name: string): SearchKey | undefined {
  switch (name) {
    case 'ALL':
    case 'SAVEDATESUPPORTED':
      return {kind: 'all'};
    case 'NEW':
      return {
        kind: 'and',
        keys: [
          {kind: 'flag', flag: flagBits.recent},
          {kind: 'not', key: {kind: 'flag', flag: flagBits.seen}},
        ],
      };
    case 'OLD':
      return {kind: 'not', key: {kind: 'flag', flag: flagBits.recent}};
    case 'RECENT':
      return {kind: 'flag', flag: flagBits.recent};
  }
  const flag = systemFlag(name);
  if (flag !== undefined) return {kind: 'flag', flag};
  const missing = name.startsWith('UN') ? systemFlag(name.slice(2)) : undefined;
  return missing === undefined ? undefined : {kind: 'not', key: {kind: 'flag', flag: missing}};
}

/** Seen: KEYWORD \Seen finds nothing. */
function keyword(name: string): SearchKey {
  return name.startsWith('\\') ? NONE : {kind: 'keyword', keyword: name};
}

/** `MODSEQ 5`, `MODSEQ "/flags/\\seen" all 5` (RFC 7162 section 3.1.5): the entry makes no difference here. */
function modSeq(args: Arguments): SearchKey {
  const first = args.next();
  if (first?.kind === 'atom') return {kind: 'modseq', atLeast: modSeqValue(first.text)};
  if (first?.kind !== 'string' || !first.text.toLowerCase().startsWith('/flags/')) return fail('Invalid MODSEQ entry.');
  const type = (args.takeAtom() ?? '').toLowerCase();
  if (type !== 'all' && type !== 'priv' && type !== 'shared') fail('Invalid MODSEQ type.');
  return {kind: 'modseq', atLeast: modSeqValue(args.takeAtom() ?? '')};
}

function modSeqValue(text: string): number {
  return /^\d{1,19}$/.test(text) ? Number(text) : fail('Invalid MODSEQ value.');
}

function numberOf(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function stringOf(argument: Argument | undefined, name: string): string {
  if (argument === undefined) return fail(`Missing parameter for search key (for search key: ${name}).`);
  if (argument.kind === 'list') return fail(`Invalid parameter for search key (for search key: ${name}).`);
  return argument.text;
}
