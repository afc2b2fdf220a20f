/** IPv4 and IPv6 networks in `address/length` notation (cidr_table(5), postconf(5) mynetworks). */
import {isIP} from 'node:net';

export class Network {
  readonly bytes: Uint8Array;
  readonly length: number;

  constructor(bytes: Uint8Array, length: number) {
    this.bytes = bytes;
    this.length = length;
  }

  /** Undefined when the text is no address or network at all, or has host bits set. */
  static parse(text: string): Network | undefined {
    const result = parseNetwork(text);
    return result instanceof Network ? result : undefined;
  }

  hasText(address: string): boolean {
    const bytes = addressBytes(address);
    return bytes !== undefined && this.has(bytes);
  }

  has(bytes: Uint8Array): boolean {
    if (bytes.length !== this.bytes.length) return false;
    const whole = this.length >> 3;
    for (let at = 0; at < whole; at++) if (bytes[at] !== this.bytes[at]) return false;
    const rest = this.length & 7;
    if (rest === 0) return true;
    return (((bytes[whole] ?? 0) ^ (this.bytes[whole] ?? 0)) & (0xff << (8 - rest))) === 0;
  }
}

/** A network, or what the original says is wrong with it. */
export function parseNetwork(text: string): Network | string {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const bytes = addressBytes(address);
  if (bytes === undefined) return `bad address pattern: "${text}"`;
  const bits = bytes.length * 8;
  const given = slash < 0 ? String(bits) : text.slice(slash + 1);
  const length = Number(given);
  if (!/^\d+$/.test(given) || length > bits) return `bad net/mask pattern: "${text}"`;
  const network = new Network(masked(bytes, length), length);
  if (bytes.some((byte, at) => byte !== network.bytes[at]))
    return `non-null host address bits in "${text}", perhaps you should use "${printAddress(network.bytes)}/${length}" instead`;
  return network;
}

function masked(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.map((byte, at) => {
    const bits = Math.min(8, Math.max(0, length - 8 * at));
    return byte & ((0xff << (8 - bits)) & 0xff);
  });
}

/** 4 or 16 bytes; undefined when the text is no address. */
export function addressBytes(text: string): Uint8Array | undefined {
  const kind = isIP(text);
  if (kind === 4) return Uint8Array.from(text.split('.').map(Number));
  return kind === 6 && !text.includes('%') ? ipv6Bytes(text) : undefined;
}

function ipv6Bytes(text: string): Uint8Array {
  const plain = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_whole, a: string, b: string, c: string, d: string) =>
    [(Number(a) << 8) | Number(b), (Number(c) << 8) | Number(d)].map(group => group.toString(16)).join(':'),
  );
  const [head = '', tail] = plain.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined ? front : [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back];
  return Uint8Array.from(groups.flatMap(group => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]));
}

function printAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({length: 8}, (_none, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}
