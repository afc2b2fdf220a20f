/**
 * Is a domain this machine's own: listed in mydestination, or an address literal of an interface we receive mail on
 * (postconf(5) mydestination, inet_interfaces, proxy_interfaces).
 */
import {isIP} from 'node:net';
import {networkInterfaces} from 'node:os';
import type {Config} from '../config/config.ts';
import type {AddressSupplies} from './address-maps.ts';
import {NamedList} from './domain-list.ts';
import type {Steps} from './steps.ts';

export type OwnDomain = 'mydestination' | 'inet_interfaces';

export class OwnDomains {
  readonly #destinations: NamedList;
  readonly #origin: string;
  readonly #config: Config;
  #addresses: ReadonlySet<string> | undefined;
  #interfaces: ReadonlySet<string> | undefined;

  constructor(supplies: AddressSupplies) {
    this.#config = supplies.config;
    this.#destinations = new NamedList('mydestination', supplies);
    this.#origin = supplies.config.get('myorigin').toLowerCase();
  }

  /** Which parameter makes it ours, undefined when none does. */
  *find(domain: string): Steps<OwnDomain | undefined> {
    const name = domain.endsWith('.') ? domain.slice(0, -1) : domain;
    if (name === '') return undefined;
    if (yield* this.#destinations.has(name)) return 'mydestination';
    return name.startsWith('[') && this.#isOwnLiteral(name) ? 'inet_interfaces' : undefined;
  }

  /** The rule of canonical(5) and virtual(5) for keys without domain: $myorigin counts too. */
  *isOurs(domain: string): Steps<boolean> {
    return domain.toLowerCase() === this.#origin || (yield* this.find(domain)) !== undefined;
  }

  /** Mail for this address arrives here: at an interface, or at a proxy before it (proxy_interfaces). */
  hasAddress(address: string): boolean {
    this.#addresses ??= ownAddresses(this.#config, ['inet_interfaces', 'proxy_interfaces']);
    return this.#addresses.has(plainAddress(address));
  }

  /** An address of this host itself. */
  hasInterface(address: string): boolean {
    this.#interfaces ??= ownAddresses(this.#config, ['inet_interfaces']);
    return this.#interfaces.has(plainAddress(address));
  }

  #isOwnLiteral(literal: string): boolean {
    const inside = literal.slice(1, literal.indexOf(']') < 0 ? undefined : literal.indexOf(']'));
    const address = /^ipv6:/i.test(inside) ? inside.slice(5) : inside;
    return this.hasAddress(address);
  }
}

type AddressList = 'inet_interfaces' | 'proxy_interfaces';

function ownAddresses(config: Config, lists: readonly AddressList[]): ReadonlySet<string> {
  const all = Object.values(networkInterfaces()).flatMap(list => (list ?? []).map(item => item.address));
  const own = new Set<string>();
  for (const item of lists.flatMap(name => config.list(name))) {
    if (item === 'all') for (const address of all) own.add(plainAddress(address));
    else if (item === 'loopback-only') for (const address of ['127.0.0.1', '::1']) own.add(address);
    else own.add(plainAddress(item.replace(/^\[|\]$/g, '')));
  }
  return own;
}

/** One spelling per address: IPv6 compressed and in lower case, without zone. */
function plainAddress(address: string): string {
  const bare = address.replace(/%.*$/, '');
  if (isIP(bare) !== 6) return bare.toLowerCase();
  return new URL(`http://[${bare}]/`).hostname.slice(1, -1);
}
