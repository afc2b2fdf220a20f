/** The header fields cleanup(8) adds when a message comes without them. */
import {parseAddressList, printAddressList} from '../message/address-list.ts';
import {quoteAddress} from '../message/address-syntax.ts';

/** `20261124051706.ID@host`: the time in UTC, so that the id is unique with the queue id. */
export function formatMessageId(seconds: number, queueId: string, hostName: string): string {
  const digits = new Date(seconds * 1000).toISOString().replace(/[^0-9]/g, '');
  return `<${digits.slice(0, 14)}.${queueId}@${hostName}>`;
}

/** The value of From: (postconf(5) header_from_format). */
export function formatFrom(sender: string, fullName: string, format: 'standard' | 'obsolete'): string {
  if (sender === '') return 'MAILER-DAEMON';
  const address = quoteAddress(sender);
  if (fullName === '') return address;
  if (format === 'obsolete') return `${address} ${printAddressList(parseAddressList(`(${fullName})`))}`;
  return `${formatPhrase(fullName)}<${address}>`;
}

/** RFC 5322 section 3.2.5 phrase with a blank behind it, quoted when it isn't made of atoms. */
function formatPhrase(name: string): string {
  if (NOT_ATOMS.test(name)) return `"${name.replace(/["\\\r\n]/g, '\\$&')}" `;
  const words = name.split(/[ \t\r\n]+/).filter(word => word !== '');
  return words.map(word => `${word} `).join('');
}

const NOT_ATOMS = /[|%!()<>@,;:\\".[\]\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/;
