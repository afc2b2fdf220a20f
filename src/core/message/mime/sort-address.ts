/** What SORT compares of From, To and Cc (RFC 5256, RFC 5957): of the first address the mailbox, or the name that is displayed. */
import type {MailAddress} from './addresses.ts';
import {decodeHeader} from './header-words.ts';
import {normalizeBytes, normalizeText} from './normalize.ts';

/** Normalized UTF-8 as a byte string; empty without an address. */
export function sortMailbox(first: MailAddress | undefined): string {
  return normalizeBytes(first?.mailbox ?? '');
}

/** For SORT=DISPLAY: the name, else the address. */
export function sortDisplayName(first: MailAddress | undefined): string {
  if (first === undefined) return '';
  if (first.name !== undefined && first.name !== '') return normalizeText(decodeHeader(first.name)).toString('latin1');
  return normalizeBytes(first.domain === undefined ? (first.mailbox ?? '') : `${first.mailbox ?? ''}@${first.domain}`);
}
