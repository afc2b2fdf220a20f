/** The messages that a search query means, mailbox by mailbox. */
import {FatalError} from '../../core/base/errors.ts';
import {MailError} from '../../core/mailbox/mail-error.ts';
import type {Mailbox, NumberRanges} from '../../core/mailbox/mailbox.ts';
import {rangesOf} from '../../core/mailbox/number-ranges.ts';
import type {MailStore} from '../../core/mailbox/mail-store.ts';
import {searchMailbox} from '../../core/mailbox/search/search.ts';
import {type Call, status} from './command.ts';
import {parseQuery, type Query, queryFor} from './search-query.ts';

/** The query of a command line, which has to have one. */
export function expectQuery(call: Call, words: readonly string[]): Query {
  return parseQuery(words, {now: Date.now()}) ?? call.usage();
}

export interface Selected {
  readonly mailbox: Mailbox;
  /** Not empty. */
  readonly sequences: NumberRanges;
}

export interface SelectOptions {
  readonly isReadOnly: boolean;
  /** What is said of a mailbox that can't be opened; undefined: nothing. */
  readonly unknown: ((name: string) => string) | undefined;
}

export const syncFailed = (name: string): string => `Mailbox ${name}: Mailbox sync failed`;

/** Names of all mailboxes that can be opened, in their order. */
export async function mailboxNames(store: MailStore): Promise<string[]> {
  const listed = await store.list({patterns: ['*']});
  return listed.filter(({isSelectable, exists}) => isSelectable && exists).map(({name}) => name);
}

/** Each mailbox is open while the loop's body runs. */
export async function* selectMessages(
  store: MailStore,
  query: Query,
  options: SelectOptions,
): AsyncGenerator<Selected> {
  const {separator = '.'} = store.namespaces[0] ?? {};
  for (const name of await candidates(store, query, separator)) {
    const mailbox = await store
      .open(name, {isReadOnly: options.isReadOnly, keepsRecent: true})
      .catch(asUnknown(name, options));
    if (mailbox === undefined) continue;
    try {
      const {guid, count} = mailbox;
      const key = queryFor(query, {name, separator, guid, count});
      if (key === undefined) continue;
      const found = await searchMailbox(mailbox, key, {savedResult: [], now: Date.now(), breathe: () => undefined});
      const sequences = rangesOf(found);
      if (sequences.length > 0) yield {mailbox, sequences};
    } finally {
      mailbox.close();
    }
  }
}

function asUnknown(name: string, {unknown}: SelectOptions): (fault: unknown) => undefined {
  return fault => {
    if (!(fault instanceof MailError)) throw fault;
    if (unknown === undefined) return undefined;
    throw new MailError(fault.code, `${unknown(name)}: ${fault.message}`, {cause: fault});
  };
}

/** Mailboxes in which the query can match; one that is named without wildcards has to be there. */
async function candidates(store: MailStore, query: Query, separator: string): Promise<string[]> {
  const keys = query.kind === 'and' || query.kind === 'or' ? query.keys : [query];
  const names = await mailboxNames(store);
  const named = keys.flatMap(key => (key.kind === 'mailbox' && !/[*%]/.test(key.pattern) ? [key.pattern] : []));
  const unknown = named.filter(name => name.toUpperCase() !== 'INBOX' && !names.includes(name));
  const place = {separator, guid: '', count: 0};
  const possible = names.filter(name => needsGuid(query) || queryFor(query, {...place, name}) !== undefined);
  return [...unknown, ...possible];
}

function needsGuid(query: Query): boolean {
  switch (query.kind) {
    case 'mailbox-guid':
      return true;
    case 'and':
    case 'or':
      return query.keys.some(needsGuid);
    case 'not':
    case 'in-thread':
      return needsGuid(query.key);
    default:
      return false;
  }
}

/** Every number of the ranges. */
export function* eachOf(ranges: NumberRanges): Generator<number> {
  for (const [first, last] of ranges) for (let number = first; number <= last; number++) yield number;
}

/** `\Seen $Junk foo` as bits and keywords. Throws `FatalError` in the original's words. */
export function expectFlags(text: string): {flags: number; keywords: string[]} {
  let flags = 0;
  const keywords: string[] = [];
  for (const word of text.split(' ').filter(word => word !== '')) {
    if (!word.startsWith('\\')) {
      keywords.push(word);
      continue;
    }
    const bit = FLAG_NAMES.find(([name]) => name.toLowerCase() === word.toLowerCase())?.[1];
    if (word.toLowerCase() === '\\recent') continue; // it is nobody's to change
    if (bit === undefined) throw new FatalError(`Invalid system flag: ${word}`, status.temporary);
    flags |= bit;
  }
  return {flags, keywords};
}

/** In the order in which they are printed. */
export const FLAG_NAMES: readonly (readonly [name: string, bit: number])[] = [
  ['\\Answered', 1],
  ['\\Flagged', 2],
  ['\\Deleted', 4],
  ['\\Seen', 8],
  ['\\Draft', 16],
];
