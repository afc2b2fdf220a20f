/** `NAME=value` of XCLIENT and XFORWARD: how both read them, and their words for what is wrong. */
import {isIP, isIPv4} from 'node:net';
import {isValidHostname} from '../../address/host-syntax.ts';
import {isAscii} from '../../base/bytes.ts';
import {plainAddress} from '../../net/ip-address.ts';
import {decodeXtext} from '../../smtp/xtext.ts';

export type Families = readonly (4 | 6)[];

const MAX_VALUE = 255;

/** `name` in capitals; `value` decoded, unless it is no xtext, and up to a NUL, where the original's strings end. A string: the complaint. */
export function readAttribute(word: string): {readonly name: string; readonly value: string} | string {
  const equals = word.indexOf('=');
  const raw = word.slice(equals + 1);
  if (equals < 0 || raw === '') return '501 5.5.4 Error: attribute=value expected';
  if (raw.length > MAX_VALUE) return '501 5.5.4 Error: attribute value too long';
  const decoded = decodeXtext(raw) ?? raw;
  const end = decoded.indexOf('\0');
  return {name: word.slice(0, equals).toUpperCase(), value: end < 0 ? decoded : decoded.slice(0, end)};
}

export function badAttribute(name: string, value: string): string {
  return `501 5.5.4 Bad ${name} syntax: ${value}`;
}

export function isPlainHostname(value: string): boolean {
  return isAscii(value) && isValidHostname(value);
}

/** Of a family that inet_protocols has; IPv6 with its prefix (RFC 5321 section 4.1.3). */
export function clientAddress(value: string, families: Families): string | undefined {
  if (!/^ipv6:/i.test(value)) return isIPv4(value) && families.includes(4) ? value : undefined;
  const address = value.slice('ipv6:'.length);
  return isIP(address) === 6 && families.includes(6) ? plainAddress(address) : undefined;
}

export function isPort(value: string): boolean {
  return /^[0-9]{1,5}$/.test(value);
}
