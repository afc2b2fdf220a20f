/**
 * mynetworks as the interfaces give it (postconf(5) mynetworks_style): each address alone for `host`, its network for
 * `subnet`, its A, B or C network for `class`; IPv4 first. The loopback network is always whole.
 */
import {networkInterfaces} from 'node:os';

const answers = new Map<string, string>();

export function hostNetworks(style: string): string {
  let answer = answers.get(style);
  if (answer === undefined) answers.set(style, (answer = compute(style)));
  return answer;
}

function compute(style: string): string {
  const entries = Object.values(networkInterfaces()).flatMap(list => list ?? []);
  const bitsOf = (cidr: string | null): number => Number(cidr?.split('/')[1] ?? 32);
  const four = entries
    .filter(entry => entry.family === 'IPv4')
    .map(({address, cidr}) => network4(address, bitsOf(cidr), style));
  const six = entries
    .filter(entry => entry.family === 'IPv6')
    .map(({address, cidr}) => network6(address.split('%')[0] ?? address, style === 'host' ? 128 : bitsOf(cidr)));
  return [...new Set([...four, ...six])].join(' ');
}

function network4(address: string, subnetBits: number, style: string): string {
  if (address.startsWith('127.')) return '127.0.0.0/8';
  const first = Number(address.split('.')[0]);
  const classBits = first < 128 ? 8 : first < 192 ? 16 : 24;
  const bits = style === 'host' ? 32 : style === 'class' ? classBits : subnetBits;
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const kept = Math.floor(number / 2 ** (32 - bits)) * 2 ** (32 - bits);
  return `${[24, 16, 8, 0].map(shift => Math.floor(kept / 2 ** shift) % 256).join('.')}/${bits}`;
}

/** Whole groups of 16 bits are what interfaces have; other lengths keep the address. */
function network6(address: string, bits: number): string {
  if (bits === 128 || bits % 16 !== 0) return `[${address}]/${bits}`;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined ? left : [...left, ...new Array<string>(8 - left.length - right.length).fill('0'), ...right];
  const kept = groups.slice(0, bits / 16);
  while (kept.at(-1) === '0') kept.pop();
  return `[${kept.join(':')}::]/${bits}`;
}
