/** What NOTIFY asks for (RFC 5465 section 6): groups of mailboxes, and the events in them. */
import {ParseError, Refusal} from '../../base/errors.ts';
import {type Arguments, fail} from '../argument.ts';
import {expectFetchItems, type FetchItem} from '../fetch/fetch-item.ts';

export type NotifyEvent = 'message' | 'flag' | 'name' | 'subscription';

export interface NotifyFilter {
  readonly kind: 'selected' | 'selected-delayed' | 'inboxes' | 'personal' | 'subscribed' | 'subtree' | 'mailboxes';
  /** Of `subtree` and `mailboxes`, as the client wrote them. */
  readonly names: readonly string[];
  readonly events: ReadonlySet<NotifyEvent>;
  /** Answered for each new message in the selected mailbox. */
  readonly items: readonly FetchItem[];
}

export interface NotifyRequest {
  /** STATUS of all these mailboxes is told at once. */
  readonly wantsStatus: boolean;
  readonly filters: readonly NotifyFilter[];
}

/** undefined: NONE. */
export function expectNotify(args: Arguments): NotifyRequest | undefined {
  if (args.takeWord('NONE')) return undefined;
  if (!args.takeWord('SET')) fail(INVALID);
  const wantsStatus = args.takeWord('STATUS');
  const filters: NotifyFilter[] = [];
  const unknown: string[] = [];
  while (!args.isAtEnd) filters.push(expectFilter(args.expectList(INVALID), unknown));
  if (unknown.length > 0) throw new Refusal(`BADEVENT ${unknown.join(' ')}`, 'Unsupported NOTIFY events');
  if (filters.filter(({kind}) => kind.startsWith('selected')).length > 1) fail('Duplicate selected filter.');
  return {wantsStatus, filters};
}

const INVALID = 'Invalid arguments.';

const KINDS: ReadonlyMap<string, NotifyFilter['kind']> = new Map([
  ['SELECTED', 'selected'],
  ['SELECTED-DELAYED', 'selected-delayed'],
  ['INBOXES', 'inboxes'],
  ['PERSONAL', 'personal'],
  ['SUBSCRIBED', 'subscribed'],
  ['SUBTREE', 'subtree'],
  ['MAILBOXES', 'mailboxes'],
] as const);

function expectFilter(list: Arguments, unknown: string[]): NotifyFilter {
  const kind = KINDS.get(list.expectAtom(INVALID).toUpperCase()) ?? fail(INVALID);
  const names = kind === 'subtree' || kind === 'mailboxes' ? expectNames(list) : [];
  if (list.takeWord('NONE')) {
    if (!list.isAtEnd) fail(INVALID);
    return {kind, names, events: new Set(), items: []};
  }
  const events = list.expectList(INVALID);
  if (events.isAtEnd || !list.isAtEnd) fail(INVALID);
  return {kind, names, ...expectEvents(events, kind.startsWith('selected'), unknown)};
}

function expectNames(list: Arguments): string[] {
  const many = list.takeList();
  if (many === undefined) return [list.expectString(INVALID)];
  const names: string[] = [];
  while (!many.isAtEnd) names.push(many.expectString(INVALID));
  return names.length === 0 ? fail(INVALID) : names;
}

function expectEvents(
  list: Arguments,
  isSelected: boolean,
  unknown: string[],
): {events: Set<NotifyEvent>; items: FetchItem[]} {
  const words = new Set<string>();
  let items: FetchItem[] = [];
  while (!list.isAtEnd) {
    const word = list.expectAtom(INVALID);
    words.add(word.toUpperCase());
    if (UNSUPPORTED.has(word.toUpperCase())) unknown.push(word);
    else if (!SUPPORTED.has(word.toUpperCase())) fail(INVALID);
    if (list.peek()?.kind !== 'list') continue;
    if (word.toUpperCase() !== 'MESSAGENEW' || !isSelected) fail(INVALID);
    items = fetchItems(list);
  }
  return {events: eventsOf(words, isSelected), items};
}

const SUPPORTED: ReadonlySet<string> = new Set([
  'MESSAGENEW',
  'MESSAGEEXPUNGE',
  'FLAGCHANGE',
  'MAILBOXNAME',
  'SUBSCRIPTIONCHANGE',
]);
const UNSUPPORTED: ReadonlySet<string> = new Set(['ANNOTATIONCHANGE', 'MAILBOXMETADATACHANGE', 'SERVERMETADATACHANGE']);

function eventsOf(words: ReadonlySet<string>, isSelected: boolean): Set<NotifyEvent> {
  if (words.has('MESSAGENEW') !== words.has('MESSAGEEXPUNGE')) fail('MessageNew and MessageExpunge must be together.');
  if (isSelected && words.has('FLAGCHANGE') && !words.has('MESSAGENEW'))
    fail('FlagChange requires MessageNew and MessageExpunge.');
  const events = new Set<NotifyEvent>();
  if (words.has('MESSAGENEW')) events.add('message');
  if (words.has('FLAGCHANGE')) events.add('flag');
  if (words.has('MAILBOXNAME')) events.add('name');
  if (words.has('SUBSCRIPTIONCHANGE')) events.add('subscription');
  return events;
}

function fetchItems(list: Arguments): FetchItem[] {
  try {
    return expectFetchItems(list);
  } catch (fault) {
    if (fault instanceof ParseError) fail(`Invalid fetch-att list: ${fault.message}`);
    throw fault;
  }
}
