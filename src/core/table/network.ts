/** IPv4 and IPv6 networks in `address/length` notation (cidr_table(5), postconf(5) mynetworks). */
import {isIP} from 'node:net';

/** What is wrong with a pattern, in the original's words. */
export interface BadNetwork {
  readonly fault: string;
}

export class Network {
  readonly #bytes: Uint8Array;
  readonly #length: number;

  constructor(bytes: Uint8Array, length: number) {
    this.#bytes = bytes;
    this.#length = length;
  }

  /** An address of the other family is in no network. */
  has(address: Uint8Array): boolean {
    const bytes = this.#bytes;
    if (address.length !== bytes.length) return false;
    const whole = this.#length >> 3;
    for (let at = 0; at < whole; at++) if (address[at] !== bytes[at]) return false;
    const rest = this.#length & 7;
    return rest === 0 || (((address[whole] ?? 0) ^ (bytes[whole] ?? 0)) & (0xff << (8 - rest))) === 0;
  }
}

/** `1.2.3.4`, `1.2.3.0/24`, `2001:db8::/32`, each address also in brackets. */
export function parseNetwork(pattern: string): Network | BadNetwork {
  const [, bracketed, plain, mask] = /^(?:\[([^\]]*)\]|([^/]*))(?:\/(.*))?$/s.exec(pattern) ?? [];
  const bytes = addressBytes(bracketed ?? plain ?? '');
  if (mask !== undefined && !/^\d+$/.test(mask)) return {fault: `bad mask value in "${pattern}"`};
  if (bytes === undefined) return {fault: `bad address pattern: "${pattern}"`};
  const length = mask === undefined ? bytes.length * 8 : Number(mask);
  if (length > bytes.length * 8) return {fault: `bad mask length in "${pattern}"`};
  const masked = bytes.map((byte, at) => byte & maskByte(length - 8 * at));
  if (masked.every((byte, at) => byte === bytes[at])) return new Network(bytes, length);
  const better = `${printAddress(masked)}/${length}`;
  return {fault: `non-null host address bits in "${pattern}", perhaps you should use "${better}" instead`};
}

function maskByte(bits: number): number {
  return (0xff << (8 - Math.min(8, Math.max(0, bits)))) & 0xff;
}

/** 4 or 16 bytes; undefined when the text is no address (a leading zero makes it none). */
export function addressBytes(text: string): Uint8Array | undefined {
  const family = isIP(text);
  if (family === 4) return Uint8Array.from(text.split('.').map(Number));
  return family === 6 && !text.includes('%') ? ipv6Bytes(text) : undefined;
}

function ipv6Bytes(text: string): Uint8Array {
  const [head = '', tail] = text.split('::');
  const front = groupBytes(head);
  if (tail === undefined) return Uint8Array.from(front);
  const back = groupBytes(tail);
  const bytes = new Uint8Array(16);
  bytes.set(front);
  bytes.set(back, 16 - back.length);
  return bytes;
}

function groupBytes(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap(group => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** inet_ntop(3): the longest run of two zero groups or more becomes `::`; an embedded IPv4 address stays one. */
function printAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({length: 8}, (_none, at) => ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0));
  const zeros = longestZeros(groups);
  const isMapped = zeros.start === 0 && (zeros.length === 6 || (zeros.length === 5 && groups[5] === 0xffff));
  const words = groups.map(group => group.toString(16));
  if (isMapped) words.splice(6, 2, bytes.subarray(12).join('.'));
  if (zeros.length < 2) return words.join(':');
  const behind = words.slice(zeros.start + zeros.length);
  return `${words.slice(0, zeros.start).join(':')}::${behind.join(':')}`;
}

function longestZeros(groups: readonly number[]): {start: number; length: number} {
  let best = {start: 0, length: 0};
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = {start, length};
  }
  return best;
}
