/** Names of hosts and domains as restrictions test them: what clients say, and what goes into a DNS question. */
import {domainToASCII} from 'node:url';
import {isIPv6} from 'node:net';
import {isAscii, toText} from '../../base/bytes.ts';
import {isValidHostname} from '../../address/host-syntax.ts';

/** Without the final dot; `..` at the end stays, to be found wrong. */
export function withoutFinalDot(name: string): string {
  return name.length > 1 && name.endsWith('.') && !name.endsWith('..') ? name.slice(0, -1) : name;
}

export function isAsciiHostname(name: string): boolean {
  return isAscii(name) && isValidHostname(name);
}

/** Names beyond ASCII are only good in a message that asked for SMTPUTF8. */
export function isHostname(name: string, isUtf8: boolean): boolean {
  return isAsciiHostname(isUtf8 ? asciiName(name) : name);
}

/** The A-label form of an internationalized name (RFC 5890); itself when it is ASCII, or has no such form. */
export function asciiName(name: string): string {
  if (isAscii(name)) return name;
  const ascii = domainToASCII(toText(name));
  return ascii === '' ? name : ascii;
}

/** `1.2.3.4` or `IPv6:2001:db8::1`: the address without its tag, undefined when it is none (RFC 5321 section 4.1.3). */
export function literalAddress(inside: string): string | undefined {
  if (/^ipv6:/i.test(inside)) return isIPv6(inside.slice(5)) ? inside.slice(5) : undefined;
  return isIpv4Text(inside) ? inside : undefined;
}

export function isHostAddress(text: string): boolean {
  return isIpv4Text(text) || isIPv6(text);
}

/** Leading zeros do not matter; seen: a network of zeros is none, but all zeros are an address. */
function isIpv4Text(text: string): boolean {
  const octets = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text.slice(0, 64))?.slice(1).map(Number);
  if (octets === undefined || text.length > 64 || octets.some(octet => octet > 255)) return false;
  return octets[0] !== 0 || octets.every(octet => octet === 0);
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

export function isLiteral(domain: string): boolean {
  return domain.startsWith('[') && domain.endsWith(']');
}
