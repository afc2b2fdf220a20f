/** Addresses written anew, as SEARCH FROM and the like see them: every address in angle brackets, names quoted where needed. */
import {parseAddresses, type MailAddress} from './addresses.ts';

/** `value` is a field's value as a byte string. */
export function writeSearchAddresses(value: string): string {
  return writeAddressList(parseAddresses(value, MAX_ADDRESSES));
}

function writeAddressList(addresses: readonly MailAddress[]): string {
  let out = '';
  let isInGroup = false;
  let isFirst = true;
  for (const address of addresses) {
    if (address.domain === undefined && isInGroup) {
      out += ';';
      isInGroup = false;
      isFirst = false;
      continue;
    }
    if (!isFirst) out += ', ';
    if (address.domain === undefined) {
      out += `${quoted(address.mailbox ?? '', true)}:`;
      isInGroup = true;
      isFirst = true;
      continue;
    }
    if (isInGroup && isFirst) out += ' ';
    out += writeAddress(address);
    isFirst = false;
  }
  return out;
}

function writeAddress({name, route, mailbox, domain}: MailAddress): string {
  const route1 = route === undefined ? '' : `${route}:`;
  const address = `<${route1}${quoted(mailbox ?? '', false)}@${domain ?? ''}>`;
  return name === undefined || name === '' ? address : `${quoted(name, true)} ${address}`;
}

/** Atoms as they are, anything else as a quoted string. */
function quoted(text: string, quotesDots: boolean): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f || (!quotesDots && code === 0x2e)) continue;
    if (code <= 0x20 || code === 0x7f || SPECIALS.includes(text.charAt(i)))
      return `"${text.replace(/["\\]/g, '\\$&')}"`;
  }
  return text === '' ? '""' : text;
}

const SPECIALS = '()<>@,;:\\".[]';
const MAX_ADDRESSES = 100_000;
