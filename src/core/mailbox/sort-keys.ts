/** What SORT compares of From, To and Cc (RFC 5256, RFC 5957), and the same as bytes for the index. */
import type {Envelope} from '../message/mime/envelope.ts';
import {sortDisplayName, sortMailbox} from '../message/mime/sort-address.ts';
import type {SortKeys} from './mailbox.ts';

const PART_END = '\0';

export function writeSortKeys(envelope: Envelope | undefined): string {
  const first = (field: 'from' | 'to' | 'cc') => envelope?.addresses(field)[0];
  const [from, to, cc] = [first('from'), first('to'), first('cc')];
  return [sortMailbox(from), sortMailbox(to), sortMailbox(cc), sortDisplayName(from), sortDisplayName(to)]
    .map(part => part.replaceAll(PART_END, ''))
    .join(PART_END);
}

export function readSortKeys(bytes: Buffer): SortKeys {
  const [from = '', to = '', cc = '', displayFrom = '', displayTo = ''] = bytes.toString('latin1').split(PART_END);
  return {from, to, cc, displayFrom, displayTo};
}
