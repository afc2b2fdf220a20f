/** Syntax of host names and address literals in mail addresses (RFC 5321 section 4.1.2 and 4.1.3), as lenient as Postfix. */
import {isIPv4, isIPv6} from 'node:net';
import {hostnameComplaint} from '../net/hostname-rules.ts';

/** Letters, digits, `-`, `_` and bytes above 127 in labels; no empty label, none that begins or ends with `-`. */
export function isValidHostname(name: string): boolean {
  return hostnameComplaint(name) === undefined;
}

/** `[1.2.3.4]` or `[IPv6:::1]`. */
export function isValidLiteral(literal: string): boolean {
  const inside = /^\[([^\]]*)\]$/.exec(literal)?.[1];
  if (inside === undefined) return false;
  if (/^ipv6:/i.test(inside)) return isIPv6(inside.slice(5));
  return isIPv4(inside);
}
