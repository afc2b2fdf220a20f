/**
 * Which transport, next hop and recipient an address gets (trivial-rewrite(8) resolve). Address classes:
 * ADDRESS_CLASS_README.
 *
 * The way: take our own domains off the right end until a foreign one or none is left (`resolve-domain.ts`), find the
 * class of the domain, take that class's transport and next hop, let transport_maps change them, refuse relocated
 * users. Always answers; `problem` says when the address is malformed or a table could not be asked.
 */
import type {ParameterName} from '../config/parameters.ts';
import type {Recorder} from '../log/decisions.ts';
import type {Log} from '../log/log.ts';
import {TableError} from '../table/table.ts';
import {AddressMaps, type AddressSupplies} from './address-maps.ts';
import {NamedList} from './domain-list.ts';
import {extensionRules} from './extension.ts';
import {findAddress, findAddressOrDomain, type FindRules} from './find-address.ts';
import {OwnDomains} from './own-domains.ts';
import {DomainResolver, type LocatedAddress} from './resolve-domain.ts';
import {run, type Steps} from './steps.ts';
import {applyTransportEntry, type Route} from './transport-entry.ts';

export type AddressClass = 'local' | 'virtual-alias' | 'virtual-mailbox' | 'relay' | 'default';

export interface Resolution {
  readonly addressClass: AddressClass;
  readonly transport: string;
  readonly nexthop: string;
  /** The recipient in internal form, after rewriting (source route, percent hack, `@` completed). */
  readonly recipient: string;
  /**
   * Why there is no ordinary answer. `transport` and `nexthop` are then already what the queue manager makes of it:
   * `error` with `5.1.3 bad address syntax`, or `retry` with `4.3.0 address resolver failure`.
   */
  readonly problem?: 'syntax' | 'failure' | undefined;
  /** The local part still holds `@`, `!` or `%` before the last domain: a relay must not be talked into it. */
  readonly isRouted?: boolean | undefined;
}

/** What the queue manager, smtpd and explain are handed. A value when no asynchronous table was asked. */
export interface AddressResolver {
  resolve(recipient: string, sender: string, recorder?: Recorder): Resolution | Promise<Resolution>;
}

interface ClassRoute extends Route {
  readonly addressClass: AddressClass;
}

/** The class lists in the order they are asked; the first that has the domain wins. */
const CLASS_LISTS = ['virtual_alias_domains', 'virtual_mailbox_domains', 'relay_domains'] as const;

export class Resolver implements AddressResolver {
  readonly #supplies: AddressSupplies;
  readonly #log: Log | undefined;
  readonly #domains: DomainResolver;
  readonly #find: FindRules;
  readonly #lists: readonly NamedList[];
  readonly #warnsHelpfully: boolean;
  readonly #maps: Readonly<Record<'transports' | 'relocated' | 'senderTransports' | 'senderRelays', AddressMaps>>;
  readonly #parentsWithoutDot: boolean;

  constructor(supplies: AddressSupplies) {
    const {config} = supplies;
    const own = new OwnDomains(supplies);
    this.#supplies = supplies;
    this.#log = supplies.log;
    this.#domains = new DomainResolver(config, own);
    this.#find = {extension: extensionRules(config), isOurs: domain => own.isOurs(domain)};
    this.#lists = CLASS_LISTS.map(name => new NamedList(name, supplies));
    this.#warnsHelpfully = config.get('helpful_warnings');
    this.#maps = {
      transports: new AddressMaps('transport_maps', supplies),
      relocated: new AddressMaps('relocated_maps', supplies),
      senderTransports: new AddressMaps('sender_dependent_default_transport_maps', supplies),
      senderRelays: new AddressMaps('sender_dependent_relayhost_maps', supplies),
    };
    this.#parentsWithoutDot = config.list('parent_domain_matches_subdomains').includes('transport_maps');
  }

  resolve(recipient: string, sender: string, recorder?: Recorder): Resolution | Promise<Resolution> {
    return run(this.steps(recipient, sender, recorder));
  }

  *steps(recipient: string, sender: string, recorder?: Recorder): Steps<Resolution> {
    try {
      const located = yield* this.#domains.locate(recipient, recorder);
      if (!located.isValid) return this.#problem('syntax', located.address, recorder);
      return yield* this.#route(located, sender, recorder);
    } catch (fault) {
      if (!(fault instanceof TableError)) throw fault;
      if (fault.table !== 'mydestination') this.#log?.warning(`${fault.table} lookup failure`);
      return this.#problem('failure', recipient, recorder);
    }
  }

  *#route(located: LocatedAddress, sender: string, recorder: Recorder | undefined): Steps<Resolution> {
    const {address, domain} = located;
    if (located.isLocal) yield* this.#warnOfOthers(domain, 'mydestination');
    let route = located.isLocal
      ? this.#fromParameter('local', 'local_transport', domain, recorder)
      : yield* this.#foreignRoute(domain, sender, recorder);
    if (route === undefined) return this.#problem('failure', address, recorder);
    if (route.addressClass !== 'virtual-alias')
      route = yield* this.#applyTransportMaps(route, address, domain, recorder);
    route = yield* this.#applyRelocated(route, address, recorder);
    if (address.startsWith('-') && !this.#supplies.config.get('allow_min_user'))
      return this.#problem('syntax', address, recorder);
    const {addressClass, transport, nexthop} = route;
    return {addressClass, transport, nexthop, recipient: address, isRouted: located.isRouted};
  }

  *#foreignRoute(domain: string, sender: string, recorder: Recorder | undefined): Steps<ClassRoute | undefined> {
    const list = yield* this.#classList(domain);
    const origin = list === undefined ? undefined : this.#supplies.config.origin(list);
    recorder?.decided({step: 'address class', subject: domain, result: className(list), source: list, ...origin});
    if (list === 'virtual_alias_domains') return this.#unknownAlias();
    if (list === 'virtual_mailbox_domains')
      return this.#fromParameter('virtual-mailbox', 'virtual_transport', domain, recorder);
    const nexthop = yield* this.#relayHost(domain, sender, recorder);
    if (list === 'relay_domains') return this.#fromParameter('relay', 'relay_transport', nexthop, recorder);
    const chosen = yield* this.#senderTransport(sender, recorder);
    if (chosen === undefined) return this.#fromParameter('default', 'default_transport', nexthop, recorder);
    return this.#split('default', chosen, nexthop);
  }

  *#classList(domain: string): Steps<ParameterName | undefined> {
    for (const list of this.#lists) {
      if (!(yield* list.has(domain))) continue;
      yield* this.#warnOfOthers(domain, list.name);
      return list.name;
    }
    return undefined;
  }

  /** A domain is in one class; the operator who lists it in two is told with each message (helpful_warnings). */
  *#warnOfOthers(domain: string, chosen: ParameterName): Steps<void> {
    if (!this.#warnsHelpfully) return;
    const others = this.#lists.slice(this.#lists.findIndex(list => list.name === chosen) + 1);
    for (const list of chosen === 'mydestination' ? others.slice(0, -1) : others) {
      const isListed = yield* hasOrFails(list, domain);
      if (isListed) this.#log?.warning(`do not list domain ${domain} in BOTH ${chosen} and ${list.name}`);
    }
  }

  /** An address of a virtual alias domain that is still there when it is resolved has no alias. */
  #unknownAlias(): ClassRoute {
    const table = this.#supplies.config.get('show_user_unknown_table_name') ? ' in virtual alias table' : '';
    return {addressClass: 'virtual-alias', transport: 'error', nexthop: `5.1.1 User unknown${table}`};
  }

  #fromParameter(
    addressClass: AddressClass,
    name: 'local_transport' | 'virtual_transport' | 'relay_transport' | 'default_transport',
    nexthop: string,
    recorder: Recorder | undefined,
  ): ClassRoute | undefined {
    const value = this.#supplies.config.get(name);
    const route = this.#split(addressClass, value, nexthop);
    if (route.transport !== '') {
      const origin = this.#supplies.config.origin(name);
      recorder?.decided({step: 'transport', subject: nexthop, result: value, source: name, ...origin});
      return route;
    }
    const file = `${this.#supplies.config.directory}/main.cf`;
    this.#log?.warning(`file ${file}: parameter ${name}: null transport is not allowed`);
    return undefined;
  }

  /** `transport:nexthop` of main.cf overrides the next hop. */
  #split(addressClass: AddressClass, value: string, nexthop: string): ClassRoute {
    const colon = value.indexOf(':');
    if (colon < 0) return {addressClass, transport: value, nexthop};
    return {addressClass, transport: value.slice(0, colon), nexthop: value.slice(colon + 1) || nexthop};
  }

  *#senderTransport(sender: string, recorder: Recorder | undefined): Steps<string | undefined> {
    const emptyKey = 'empty_address_default_transport_maps_lookup_key';
    return yield* this.#bySender(this.#maps.senderTransports, sender, emptyKey, recorder);
  }

  *#relayHost(domain: string, sender: string, recorder: Recorder | undefined): Steps<string> {
    const emptyKey = 'empty_address_relayhost_maps_lookup_key';
    const maps = this.#maps.senderRelays;
    const key = sender === '' ? this.#supplies.config.get(emptyKey) : sender;
    const found = yield* findAddress(maps, key, this.#find);
    if (found !== undefined) {
      maps.record(recorder, key, found.value, found);
      if (!isDunno(found.value)) return found.value;
    }
    const relayhost = this.#supplies.config.get('relayhost');
    if (relayhost === '') return domain;
    const origin = this.#supplies.config.origin('relayhost');
    recorder?.decided({step: 'relayhost', subject: domain, result: relayhost, source: 'relayhost', ...origin});
    return relayhost;
  }

  *#bySender(
    maps: AddressMaps,
    sender: string,
    emptyKey: 'empty_address_default_transport_maps_lookup_key',
    recorder: Recorder | undefined,
  ): Steps<string | undefined> {
    const key = sender === '' ? this.#supplies.config.get(emptyKey) : sender;
    const found = yield* findAddress(maps, key, this.#find);
    if (found === undefined) return undefined;
    maps.record(recorder, key, found.value, found);
    return isDunno(found.value) ? undefined : found.value;
  }

  *#applyTransportMaps(
    route: ClassRoute,
    address: string,
    domain: string,
    recorder: Recorder | undefined,
  ): Steps<ClassRoute> {
    const maps = this.#maps.transports;
    const found =
      (yield* findAddressOrDomain(maps, address, this.#find, this.#parentsWithoutDot)) ??
      (yield* maps.lookup('*', false));
    if (found === undefined) return route;
    maps.record(recorder, address, found.value, found);
    return {...route, ...applyTransportEntry(found.value, domain, route)};
  }

  *#applyRelocated(route: ClassRoute, address: string, recorder: Recorder | undefined): Steps<ClassRoute> {
    const found = yield* findAddress(this.#maps.relocated, address, this.#find);
    if (found === undefined) return route;
    const nexthop = `5.1.6 User has moved to ${found.value}`;
    this.#maps.relocated.record(recorder, address, nexthop, found);
    return {...route, transport: 'error', nexthop};
  }

  #problem(problem: 'syntax' | 'failure', recipient: string, recorder: Recorder | undefined): Resolution {
    const [transport, nexthop] =
      problem === 'syntax' ? ['error', '5.1.3 bad address syntax'] : ['retry', '4.3.0 address resolver failure'];
    recorder?.decided({step: 'resolve', subject: recipient, result: nexthop});
    return {addressClass: 'default', transport, nexthop, recipient, problem};
  }
}

/** A table that can't be asked for a warning's sake keeps nothing from its way. */
function* hasOrFails(list: NamedList, domain: string): Steps<boolean> {
  try {
    return yield* list.has(domain);
  } catch (fault) {
    if (fault instanceof TableError) return false;
    throw fault;
  }
}

function isDunno(value: string): boolean {
  return value.toUpperCase() === 'DUNNO';
}

function className(list: ParameterName | undefined): AddressClass {
  if (list === undefined) return 'default';
  if (list === 'virtual_alias_domains') return 'virtual-alias';
  return list === 'virtual_mailbox_domains' ? 'virtual-mailbox' : 'relay';
}
