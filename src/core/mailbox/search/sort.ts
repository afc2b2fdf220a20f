/**
 * SORT (RFC 5256 section 3) with DISPLAYFROM and DISPLAYTO (RFC 5957): keys are made once per message, normalised as for
 * searching, then compared; the message's number decides where all are equal.
 */
import {normalizeText} from '../../message/mime/normalize.ts';
import {parseSentDate} from '../../message/mime/sent-date.ts';
import {sortDisplayName, sortMailbox} from '../../message/mime/sort-address.ts';
import type {ItemNeeds, Mailbox, MessageItems} from '../mailbox.ts';
import {rangesOf} from '../number-ranges.ts';
import {fieldValue} from './field-value.ts';
import type {Breathe} from './search.ts';

export type SortName =
  | 'arrival'
  | 'cc'
  | 'date'
  | 'display-from'
  | 'display-to'
  | 'from'
  | 'size'
  | 'subject'
  | 'to'
  /** All are equal. */
  | 'none';

export interface SortCriterion {
  readonly name: SortName;
  readonly isReverse: boolean;
}

/** Texts are byte strings. */
type SortValue = number | string;

/** `sequences` ascend. */
export async function sortMessages(
  mailbox: Mailbox,
  sequences: readonly number[],
  criteria: readonly SortCriterion[],
  breathe: Breathe,
): Promise<number[]> {
  const values = new Map<number, readonly SortValue[]>();
  const needs = needsOf(criteria);
  if (Object.keys(needs).length > 0)
    await mailbox.items(rangesOf(sequences), needs, (sequence, items) => {
      const known = items ?? {};
      values.set(
        sequence,
        criteria.map(({name}) => valueOf(name, known)),
      );
      return breathe();
    });
  return [...sequences].sort((a, b) => compareAll(values.get(a), values.get(b), criteria) || a - b);
}

function needsOf(criteria: readonly SortCriterion[]): ItemNeeds {
  const needs: {-readonly [K in keyof ItemNeeds]: ItemNeeds[K]} = {};
  const headers = new Set<string>();
  for (const {name} of criteria) {
    if (name === 'arrival' || name === 'date') needs.received = true;
    if (name === 'size') needs.size = true;
    if (name === 'subject') needs.threadKeys = true;
    const field = FIELDS[name];
    if (field !== undefined) headers.add(field);
  }
  if (headers.size > 0) needs.headers = [...headers];
  return needs;
}

const FIELDS: Readonly<Partial<Record<SortName, string>>> = {
  cc: 'cc',
  date: 'date',
  'display-from': 'from',
  'display-to': 'to',
  from: 'from',
  to: 'to',
};

function valueOf(name: SortName, items: MessageItems): SortValue {
  switch (name) {
    case 'arrival':
      return items.received ?? 0;
    case 'date':
      return dateOf(items);
    case 'size':
      return items.size ?? 0;
    case 'subject':
      return normalizeText(Buffer.from(items.threadKeys?.baseSubject ?? '', 'latin1').toString('utf8')).toString(
        'latin1',
      );
    case 'cc':
    case 'from':
    case 'to':
      return sortMailbox(fieldValue(items.headers?.get(name)));
    case 'display-from':
      return sortDisplayName(fieldValue(items.headers?.get('from')));
    case 'display-to':
      return sortDisplayName(fieldValue(items.headers?.get('to')));
    case 'none':
      return 0;
  }
}

/** The date it was sent; where it has none that can be read, the date it came. */
function dateOf(items: MessageItems): number {
  const sent = parseSentDate(fieldValue(items.headers?.get('date')));
  return sent === undefined ? (items.received ?? 0) : sent.seconds * 1000;
}

function compareAll(
  a: readonly SortValue[] | undefined,
  b: readonly SortValue[] | undefined,
  criteria: readonly SortCriterion[],
): number {
  if (a === undefined || b === undefined) return 0;
  for (const [index, {isReverse}] of criteria.entries()) {
    const order = compare(a[index], b[index]);
    if (order !== 0) return isReverse ? -order : order;
  }
  return 0;
}

function compare(a: SortValue | undefined, b: SortValue | undefined): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return a === b || a === undefined || b === undefined ? 0 : a < b ? -1 : 1;
}
