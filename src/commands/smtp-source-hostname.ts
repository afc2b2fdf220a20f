/** What the original says of a name that can't be one (smtp-source -M); undefined when it can. */
import {isIPv4, isIPv6} from 'node:net';

const MAX_NAME = 255;
const MAX_LABEL = 63;
const MAX_SHOWN = 100;

export function hostnameFault(name: string): string | undefined {
  const shown = name.slice(0, MAX_SHOWN);
  const fault = (text: string): string => `valid_hostname: ${text}`;
  if (name === '') return fault('empty hostname');
  const labels = name.split('.');
  let before = 0; // where the label begins: the first fault from the left is told
  for (const [index, label] of labels.entries()) {
    const odd = /[^A-Za-z0-9_\x80-\xff-]/.exec(label);
    if (label === '') return fault(`misplaced delimiter: ${shown}`);
    if (label.startsWith('-')) return fault(`misplaced hyphen: ${shown}`);
    if (odd !== null) return fault(`invalid character ${odd[0].charCodeAt(0)}(decimal): ${shown}`);
    if (label.length > MAX_LABEL) return fault(`hostname label too long: ${shown}`);
    if (label.endsWith('-')) return fault(`misplaced hyphen: ${shown}`);
    before += label.length + (index > 0 ? 1 : 0);
  }
  if (!/[^0-9.]/.test(name)) return fault(`numeric hostname: ${shown}`);
  return before > MAX_NAME ? fault(`bad length ${before} for ${shown}...`) : undefined;
}

export function literalFault(literal: string): string | undefined {
  if (!literal.endsWith(']')) return `valid_mailhost_literal: ']' expected at end: ${literal}`;
  const inside = literal.slice(1, -1);
  if (/^ipv6:/i.test(inside)) return ipv6Fault(inside.slice('ipv6:'.length));
  return isIPv4(inside) ? undefined : ipv4Fault(inside);
}

function ipv6Fault(address: string): string | undefined {
  if (isIPv6(address)) return undefined;
  const odd = /[^0-9A-Fa-f:.]/.exec(address);
  const reason =
    odd === null ? 'malformed IPv6 address' : `invalid character ${odd[0].charCodeAt(0)}(decimal) in IPv6 address`;
  return `valid_ipv6_hostaddr: ${reason}: ${address.slice(0, MAX_SHOWN)}`;
}

function ipv4Fault(address: string): string {
  const odd = /[^0-9.]/.exec(address);
  const octets = address.split('.');
  const reason =
    odd !== null
      ? `invalid character ${odd[0].charCodeAt(0)}(decimal)`
      : octets.some(octet => Number(octet) > 0xff)
        ? 'invalid octet value'
        : 'invalid octet count';
  return `valid_ipv4_hostaddr: ${reason}: ${address.slice(0, MAX_SHOWN)}`;
}
