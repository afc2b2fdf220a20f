/**
 * Variable envelope return paths (VERP_README): the recipient goes into the sender's local part, between two delimiters:
 * `list@example.com` and `joe@example.net` give `list+joe=example.net@example.com`.
 */
import {splitAddress} from '../message/address-syntax.ts';

/** Internal forms. Seen: a local part that needs quotes is put in with them. */
export function verpSender(sender: string, delimiters: string, recipient: string): string {
  const {localPart, domain} = splitAddress(sender);
  const member = splitAddress(recipient);
  const [first = '+', second = '='] = delimiters;
  const tail = member.domain === undefined ? '' : `${second}${member.domain}`;
  return `${localPart}${first}${member.localPart}${tail}${domain === undefined ? '' : `@${domain}`}`;
}
