/**
 * The addresses of `local` and `remote` sections: `10.0.0.0/8`, `::1`, or the name of a host, which is looked up once,
 * when the configuration is read. Throws `ValueFault` in the original's words.
 */
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {isIP, isIPv4} from 'node:net';
import {plainAddress} from '../../net/ip-address.ts';
import type {Network} from './filter.ts';
import {ValueFault} from './setting-text.ts';

export function parseNetwork(text: string): Network {
  const slash = text.indexOf('/');
  const host = slash < 0 ? text : text.slice(0, slash);
  const address = plainAddress(isIP(bare(host)) === 0 ? lookUp(host) : bare(host));
  const bytes = addressBytes(address);
  return {bytes, bits: maskBits(slash < 0 ? undefined : text.slice(slash + 1), bytes.length * 8), address};
}

/** The network of one address that is known to be one. */
export function hostNetwork(address: string): Network {
  const bytes = addressBytes(address);
  return {bytes, bits: bytes.length * 8, address};
}

function bare(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

function maskBits(text: string | undefined, most: number): number {
  if (text === undefined) return most;
  const bits = /^\d{1,3}$/.test(text) ? Number(text) : most + 1;
  if (bits > most) throw new ValueFault(`Invalid network mask: ${text}`);
  return bits;
}

function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const left = groups(head);
  const right = groups(tail ?? '');
  const zeros = new Array<number>(8 - left.length - right.length).fill(0);
  const all = tail === undefined ? left : [...left, ...zeros, ...right];
  return Uint8Array.from(all.flatMap(group => [group >> 8, group & 0xff]));
}

function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap(group => {
    if (!group.includes('.')) return [parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}

/** The hosts file first; then the C library's resolver, which has no synchronous face in Node. */
function lookUp(host: string): string {
  const known = inHostsFile(host) ?? (HOST_NAME.test(host) ? resolve(host) : undefined);
  if (known === undefined) throw new ValueFault(`gethostbyname(${host}) failed: Name or service not known`);
  return known;
}

const HOST_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

function inHostsFile(host: string): string | undefined {
  for (const line of hostsFile().split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address !== undefined && isIP(address) !== 0 && names.includes(host)) return address;
  }
  return undefined;
}

function hostsFile(): string {
  try {
    return readFileSync('/etc/hosts', 'latin1');
  } catch {
    return ''; // a host without one has a resolver
  }
}

function resolve(host: string): string | undefined {
  const found = spawnSync('getent', ['ahosts', host], {encoding: 'latin1', timeout: LOOK_UP_TIMEOUT_MSECS});
  const [address = ''] = (found.stdout ?? '').split(/\s/);
  return isIP(address) === 0 ? undefined : address;
}

const LOOK_UP_TIMEOUT_MSECS = 30_000; // as the original
