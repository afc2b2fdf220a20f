/**
 * SORT (RFC 5256 section 3) with DISPLAYFROM and DISPLAYTO (RFC 5957): keys are made once per message, normalised as for
 * searching; the message's number decides where all are equal.
 */
import {normalizeBytes} from '../../message/mime/normalize.ts';
import type {ItemNeeds, Mailbox, MessageItems} from '../mailbox.ts';
import {rangesOf} from '../number-ranges.ts';
import type {Breathe} from './search.ts';
import type {SortColumn, SortName, SortValue} from './sort-memory.ts';

export interface SortCriterion {
  readonly name: SortName;
  readonly isReverse: boolean;
}

/** `sequences` ascend. */
export async function sortMessages(
  mailbox: Mailbox,
  sequences: readonly number[],
  criteria: readonly SortCriterion[],
  breathe: Breathe,
): Promise<number[]> {
  const {sortMemory} = mailbox;
  const uids = sequences.map(sequence => mailbox.uid(sequence));
  const columns = sortMemory.columns(criteria.map(({name}) => name));
  const unknown = sequences.filter((_, n) => columns.some(column => !column.has(uids[n] ?? 0)));
  if (unknown.length > 0)
    await mailbox.items(rangesOf(unknown), needsOf(criteria), (sequence, items) => {
      const uid = mailbox.uid(sequence);
      for (let n = 0; n < columns.length; n++) columns[n]?.set(uid, valueOf(criteria[n]?.name, items ?? {}));
      return breathe();
    });
  return inOrder(criteria, columns, uids).map(place => sequences[place] ?? 0);
}

function needsOf(criteria: readonly SortCriterion[]): ItemNeeds {
  const needs: {-readonly [K in keyof ItemNeeds]: ItemNeeds[K]} = {};
  for (const {name} of criteria) {
    if (name === 'arrival' || name === 'date') needs.received = true;
    if (name === 'size') needs.size = true;
    if (name === 'date' || name === 'subject') needs.threadKeys = true;
    if (ADDRESSES.has(name)) needs.sortKeys = true;
  }
  return needs;
}

const ADDRESSES: ReadonlySet<SortName> = new Set<SortName>(['cc', 'display-from', 'display-to', 'from', 'to']);

function valueOf(name: SortName | undefined, {received, size, threadKeys, sortKeys}: MessageItems): SortValue {
  switch (name) {
    case 'arrival':
      return received ?? 0;
    case 'date':
      return threadKeys?.sent ?? received ?? 0; // where it has none that can be read, the date it came
    case 'size':
      return size ?? 0;
    case 'subject':
      return normalizeBytes(threadKeys?.baseSubject ?? '');
    case 'cc':
    case 'from':
    case 'to':
      return sortKeys?.[name] ?? '';
    case 'display-from':
      return sortKeys?.displayFrom ?? '';
    case 'display-to':
      return sortKeys?.displayTo ?? '';
    case 'none':
    case undefined:
      return 0;
  }
}

/** Places of the messages, sorted: each is a number, made of the ranks of its values, and numbers sort by themselves. */
function inOrder(
  criteria: readonly SortCriterion[],
  columns: readonly SortColumn[],
  uids: readonly number[],
): number[] {
  const count = uids.length;
  let numbers = new Float64Array(count);
  let bound = 1;
  for (const [n, column] of columns.entries()) {
    const {ranks} = column;
    const {distinct} = column;
    const isReverse = criteria[n]?.isReverse === true;
    if (bound * distinct * count > Number.MAX_SAFE_INTEGER) [numbers, bound] = closeUp(numbers);
    bound *= distinct;
    for (let at = 0; at < count; at++) {
      const rank = ranks.get(uids[at] ?? 0) ?? 0;
      numbers[at] = (numbers[at] ?? 0) * distinct + (isReverse ? distinct - 1 - rank : rank);
    }
  }
  if (bound * count > Number.MAX_SAFE_INTEGER) [numbers] = closeUp(numbers);
  for (let at = 0; at < count; at++) numbers[at] = (numbers[at] ?? 0) * count + at;
  return Array.from(numbers.sort(), number => number % count);
}

/** The same order in the smallest numbers; and how many there are. */
function closeUp(numbers: Float64Array<ArrayBuffer>): [Float64Array<ArrayBuffer>, number] {
  const distinct = [...new Set(numbers)].sort((a, b) => a - b);
  const rankOf = new Map(distinct.map((number, rank) => [number, rank]));
  return [numbers.map(number => rankOf.get(number) ?? 0), distinct.length];
}
