/** The addresses of a header field for the address test (RFC 5228 section 5.1), and their parts. */
import {parseAddressList} from '../../../message/address-list.ts';

export interface HeaderAddress {
  readonly text: string;
  readonly localPart: string;
  readonly domain: string;
}

export function headerAddresses(value: string): HeaderAddress[] {
  const found: HeaderAddress[] = [];
  for (const item of parseAddressList(value)) {
    if (item.kind !== 'address' || !item.hasDomain) continue;
    const address = splitAddress(item.address);
    if (address.localPart !== '' && address.domain !== '') found.push(address);
  }
  return found;
}

export function splitAddress(text: string): HeaderAddress {
  const at = text.lastIndexOf('@');
  return at < 0
    ? {text, localPart: text, domain: ''}
    : {text, localPart: text.slice(0, at), domain: text.slice(at + 1)};
}

/** Undefined when the address has no such part (RFC 5233: a detail without a delimiter). */
export function addressPart(address: HeaderAddress, part: string, delimiters: string): string | undefined {
  const {localPart} = address;
  switch (part) {
    case 'localpart':
      return localPart;
    case 'domain':
      return address.domain;
    case 'user':
    case 'detail': {
      const at = delimiterIn(localPart, delimiters);
      if (part === 'user') return at < 0 ? localPart : localPart.slice(0, at);
      return at < 0 ? undefined : localPart.slice(at + 1);
    }
    default:
      return address.text;
  }
}

function delimiterIn(localPart: string, delimiters: string): number {
  for (let at = 0; at < localPart.length; at++) if (delimiters.includes(localPart.charAt(at))) return at;
  return -1;
}
