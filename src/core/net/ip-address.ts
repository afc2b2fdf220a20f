/** The texts of IPv4 and IPv6 addresses: one spelling for each, and the name that the DNS knows it by. */
import {isIP} from 'node:net';

/** IPv6 compressed, in lower case and without zone; IPv4 as it is, also when it comes mapped into IPv6. */
export function plainAddress(address: string): string {
  const percent = address.indexOf('%');
  const bare = percent < 0 ? address : address.slice(0, percent);
  if (isIP(bare) !== 6) return bare;
  const groups = ipv6Groups(bare);
  if (groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff) return mappedAddress(groups);
  return compressed(groups);
}

/** `9.0.0.127.in-addr.arpa`, or 32 nibbles in ip6.arpa (RFC 1035 section 3.5, RFC 3596 section 2.5). */
export function reverseName(address: string): string | undefined {
  const plain = plainAddress(address);
  const family = isIP(plain);
  if (family === 4) return `${plain.split('.').reverse().join('.')}.in-addr.arpa`;
  if (family !== 6) return undefined;
  const digits = ipv6Groups(plain).map(group => group.toString(16).padStart(4, '0'));
  return `${[...digits.join('')].reverse().join('.')}.ip6.arpa`;
}

/** The eight groups of a valid IPv6 address without zone. */
function ipv6Groups(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const left = groupsOf(head);
  const right = groupsOf(tail ?? '');
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function groupsOf(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap(group => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

function mappedAddress(groups: readonly number[]): string {
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** RFC 5952: the longest run of two zero groups or more becomes `::`, the first of equals. */
function compressed(groups: readonly number[]): string {
  let best = {at: 0, length: 1};
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === 0) length++;
    if (length > best.length) best = {at, length};
  }
  const hex = groups.map(group => group.toString(16));
  if (best.length < 2) return hex.join(':');
  return `${hex.slice(0, best.at).join(':')}::${hex.slice(best.at + best.length).join(':')}`;
}
