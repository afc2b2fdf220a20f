/** What SORT compares of From, To and Cc (RFC 5256, RFC 5957): of the first address the mailbox, or the name that is displayed. */
import {parseAddresses} from './addresses.ts';
import {decodeHeader} from './header-words.ts';
import {normalizeText} from './normalize.ts';
import {unfold} from './field-collector.ts';

/** Normalized UTF-8 as a byte string; empty without an address. `value` is the field's value as it stands in the message. */
export function sortMailbox(value: string): string {
  const [first] = parseAddresses(unfold(value), 1);
  return normal(first?.mailbox ?? '');
}

/** For SORT=DISPLAY: the name, else the address. */
export function sortDisplayName(value: string): string {
  const [first] = parseAddresses(unfold(value), 1);
  if (first === undefined) return '';
  if (first.name !== undefined && first.name !== '') return normalizeText(decodeHeader(first.name)).toString('latin1');
  return normal(first.domain === undefined ? (first.mailbox ?? '') : `${first.mailbox ?? ''}@${first.domain}`);
}

function normal(bytes: string): string {
  return normalizeText(Buffer.from(bytes, 'latin1').toString('utf8')).toString('latin1');
}
