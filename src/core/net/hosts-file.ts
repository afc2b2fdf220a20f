/** /etc/hosts (hosts(5)): names of addresses and addresses of names; the first name of a line is the address's own. */
import {isIP} from 'node:net';
import {plainAddress} from './ip-address.ts';

export interface HostsFile {
  /** Names in lower case. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  readonly names: ReadonlyMap<string, string>;
}

export function parseHosts(text: string): HostsFile {
  const addresses = new Map<string, string[]>();
  const names = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [address = '', ...aliases] = withoutComment(line)
      .trim()
      .split(/[ \t]+/);
    const [name] = aliases;
    if (name === undefined || isIP(address) === 0) continue;
    const plain = plainAddress(address);
    if (!names.has(plain)) names.set(plain, name);
    for (const alias of aliases) addAddress(addresses, alias.toLowerCase(), plain);
  }
  return {addresses, names};
}

function withoutComment(line: string): string {
  const hash = line.indexOf('#');
  return hash < 0 ? line : line.slice(0, hash);
}

function addAddress(addresses: Map<string, string[]>, name: string, address: string): void {
  const known = addresses.get(name);
  if (known === undefined) addresses.set(name, [address]);
  else if (!known.includes(address)) known.push(address);
}
