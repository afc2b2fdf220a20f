/**
 * Is a domain this machine's own: listed in mydestination, or an address literal of an interface we receive mail on
 * (postconf(5) mydestination, inet_interfaces, proxy_interfaces).
 */
import type {Config} from '../config/config.ts';
import {plainAddress} from '../net/ip-address.ts';
import type {AddressSupplies} from './address-maps.ts';
import {NamedList} from './domain-list.ts';
import {ownAddresses} from './own-addresses.ts';
import type {Steps} from './steps.ts';

export type OwnDomain = 'mydestination' | 'inet_interfaces';

export class OwnDomains {
  readonly #destinations: NamedList;
  readonly #origin: string;
  readonly #config: Config;
  #addresses: ReadonlySet<string> | undefined;

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

  #isOwnLiteral(literal: string): boolean {
    this.#addresses ??= ownAddresses(this.#config);
    const inside = literal.slice(1, literal.indexOf(']') < 0 ? undefined : literal.indexOf(']'));
    const address = /^ipv6:/i.test(inside) ? inside.slice(5) : inside;
    return this.#addresses.has(plainAddress(address));
  }
}
