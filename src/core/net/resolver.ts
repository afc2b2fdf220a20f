/**
 * The `Dns` of the running engine: asks the servers of resolv.conf, or those that are set, and reads /etc/hosts. Both
 * files are followed: a change counts at once. Nothing is remembered between questions, as in Postfix; the resolver
 * on the other side has the cache.
 *
 * Which no is which follows res_query(3) and what Postfix makes of it: a server that fails or refuses is a reason to
 * try again, a reply that makes no sense is not.
 */
import {isIP} from 'node:net';
import {domainToASCII} from 'node:url';
import {isAscii} from '../base/bytes.ts';
import type {Dns, DnsAnswer, DnsQueryOptions, DnsRecord, DnsType, HostAnswer, HostNameAnswer} from './dns.ts';
import {type AskedReply, DnsAsker} from './dns-asker.ts';
import {FORMAT_ERROR, NO_SUCH_NAME, type Reply} from './dns-message.ts';
import {FollowedText} from './followed-text.ts';
import {parseHosts, type HostsFile} from './hosts-file.ts';
import {plainAddress, reverseName} from './ip-address.ts';
import {ENDLESS_ALIASES, INVALID_NAME, MALFORMED_REPLY} from './name-service-error.ts';
import {parseResolvConf, parseServerList, type ResolverSettings} from './resolv-conf.ts';

export interface ResolverOptions {
  /** Servers and options that come before those of resolv.conf (postconf(5) posthorn_dns_servers); may be empty. */
  readonly servers: readonly string[];
  /** valid_hostname of Postfix: what may be asked for, and what is believed when it comes back. */
  readonly isValidName: (name: string) => boolean;
  readonly warn: (text: string) => void;
  readonly resolvConf?: string | undefined;
  readonly hostsFile?: string | undefined;
}

/** h_errno in the words of Postfix. */
const NOT_FOUND = 'Host not found';
const NO_DATA = 'Host found but no data record of requested type';
const TRY_AGAIN = 'Host not found, try again';
const NO_RECOVERY = 'Non-recoverable error';
/** gai_strerror(3). */
const UNKNOWN_HOST = 'Name or service not known';
const NO_ADDRESS = 'No address associated with hostname';
const TRY_HOST_AGAIN = 'Temporary failure in name resolution';

/** How many CNAMEs are followed. */
const MAX_ALIASES = 10;

export class Resolver implements Dns {
  readonly #settings: FollowedText<ResolverSettings>;
  readonly #hosts: FollowedText<HostsFile>;
  readonly #asker: DnsAsker;
  readonly #options: ResolverOptions;

  constructor(options: ResolverOptions) {
    this.#options = options;
    const settingsOf = (text: string): ResolverSettings => parseServerList(options.servers, parseResolvConf(text));
    this.#settings = new FollowedText(options.resolvConf ?? '/etc/resolv.conf', settingsOf);
    this.#hosts = new FollowedText(options.hostsFile ?? '/etc/hosts', parseHosts);
    this.#asker = new DnsAsker(() => this.#settings.current);
  }

  async query(name: string, type: DnsType, options: DnsQueryOptions = {}): Promise<DnsAnswer> {
    const asked = isAscii(name) ? name : domainToASCII(Buffer.from(name, 'latin1').toString('utf8'));
    if (!this.#mayAsk(asked)) return {kind: 'no-name', text: INVALID_NAME, isSecure: false};
    let answer: DnsAnswer | undefined;
    for (const candidate of this.#candidates(asked, options)) {
      const next = await this.#queryName(candidate, type, options.wantsSecure === true);
      if (answer === undefined || next.kind === 'found' || answer.kind === 'no-name') answer = next;
      if (next.kind !== 'no-name' && next.kind !== 'no-record') break;
    }
    return answer ?? {kind: 'no-name', text: NOT_FOUND, isSecure: false};
  }

  hostAddresses(name: string, families: readonly (4 | 6)[]): HostAnswer | Promise<HostAnswer> {
    const ofFamilies = (addresses: readonly string[]): string[] =>
      addresses.filter(address => families.some(family => family === isIP(address)));
    const known = isIP(name) === 0 ? this.#hosts.current.addresses.get(name.toLowerCase()) : [plainAddress(name)];
    const addresses = ofFamilies(known ?? []);
    if (addresses.length > 0) return {kind: 'found', addresses};
    if (isIP(name) !== 0) return {kind: 'none', text: 'Address family for hostname not supported'};
    return this.#askForAddresses(name, families);
  }

  hostName(address: string): HostNameAnswer | Promise<HostNameAnswer> {
    const plain = plainAddress(address);
    const known = this.#hosts.current.names.get(plain);
    if (known !== undefined) return this.#believedName(known);
    return this.#askForName(plain);
  }

  async #askForAddresses(name: string, families: readonly (4 | 6)[]): Promise<HostAnswer> {
    const types = families.map(family => (family === 4 ? 'A' : 'AAAA'));
    const answers = await Promise.all(types.map(type => this.query(name, type, {searches: 'parents'})));
    const addresses = answers.flatMap(answer => (answer.kind === 'found' ? answer.records.map(r => r.value) : []));
    if (addresses.length > 0) return {kind: 'found', addresses};
    if (answers.some(({kind}) => kind === 'temporary')) return {kind: 'temporary', text: TRY_HOST_AGAIN};
    return {kind: 'none', text: answers.some(({kind}) => kind === 'no-record') ? NO_ADDRESS : UNKNOWN_HOST};
  }

  async #askForName(address: string): Promise<HostNameAnswer> {
    const name = reverseName(address);
    if (name === undefined) return {kind: 'none', text: UNKNOWN_HOST};
    const answer = await this.#queryName(name, 'PTR', false);
    if (answer.kind === 'temporary') return {kind: 'temporary', text: TRY_HOST_AGAIN};
    const [record] = answer.kind === 'found' ? answer.records : [];
    return record === undefined ? {kind: 'none', text: UNKNOWN_HOST} : this.#believedName(record.value);
  }

  #believedName(name: string): HostNameAnswer {
    if (this.#options.isValidName(name)) return {kind: 'found', name};
    if (isIP(name) !== 0) this.#options.warn(`numeric hostname: ${name}`);
    return {kind: 'none', text: UNKNOWN_HOST};
  }

  #mayAsk(name: string): boolean {
    if (isIP(name) !== 0) return false;
    return this.#options.isValidName(name.startsWith('*.') ? name.slice(2) : name);
  }

  /** The names to ask for: a short one in the search domains too, when that is wanted (resolv.conf(5) ndots). */
  #candidates(name: string, {searches}: DnsQueryOptions): string[] {
    if (searches === undefined) return [name];
    const {search, dots} = this.#settings.current;
    const count = name.split('.').length - 1;
    const completed = search.map(domain => `${name}.${domain}`).filter(full => this.#options.isValidName(full));
    if (searches === 'default') return count === 0 ? [...completed.slice(0, 1), name] : [name];
    return count >= dots ? [name, ...completed] : [...completed, name];
  }

  async #queryName(name: string, type: DnsType, wantsSecure: boolean): Promise<DnsAnswer> {
    let at = name;
    let isSecure = true;
    for (let followed = 0; followed <= MAX_ALIASES; followed++) {
      const reply = await this.#asker.ask(at, type, wantsSecure);
      const no = refusalOf(reply);
      if (no !== undefined) return no;
      if (reply.kind !== 'reply') return {kind: 'failure', text: MALFORMED_REPLY};
      isSecure &&= wantsSecure && reply.isSecure;
      const end = followAliases(reply, at, type);
      if (end === undefined) break;
      const records = reply.records.filter(record => record.type === type && isSameName(record.name, end));
      if (records.length > 0) return this.#found(name, type, records, isSecure, end);
      if (isSameName(end, at)) return noAnswer(reply, isSecure);
      at = end;
    }
    this.#options.warn(`Name server loop for ${name}`);
    return {kind: 'no-name', text: ENDLESS_ALIASES, isSecure: false};
  }

  /** Only names that can be such are passed on; what an operator should see is warned of. */
  #found(
    name: string,
    type: DnsType,
    records: readonly DnsRecord[],
    isSecure: boolean,
    canonicalName: string,
  ): DnsAnswer {
    const good = NAMES.has(type) ? records.filter(record => this.#isGood(name, record)) : records;
    if (good.length === 0) return {kind: 'failure', text: MALFORMED_REPLY};
    return {kind: 'found', records: good, isSecure, canonicalName};
  }

  #isGood(name: string, {type, value}: DnsRecord): boolean {
    if (type === 'MX' && value === '.') return true; // RFC 7505
    const isAddress = isIP(value) !== 0;
    if (!isAddress && this.#options.isValidName(value)) return true;
    const wrong = isAddress ? 'numeric domain name' : 'malformed domain name';
    this.#options.warn(`${wrong} in resource data of ${type} record for ${name}: ${printable(value).slice(0, 100)}`);
    return isAddress;
  }
}

/** Types whose value is a host's name; `hostName` has its own rule for PTR. */
const NAMES: ReadonlySet<DnsType> = new Set<DnsType>(['MX', 'NS', 'SRV', 'CNAME']);

/** A no that says nothing about the name's records, or undefined. */
function refusalOf(reply: AskedReply): DnsAnswer | undefined {
  if (reply.kind === 'silence') return {kind: 'temporary', text: TRY_AGAIN};
  if (reply.kind === 'malformed') return {kind: 'failure', text: MALFORMED_REPLY};
  if (reply.code === 0 || reply.code === NO_SUCH_NAME) return undefined;
  if (reply.code === FORMAT_ERROR) return {kind: 'failure', text: NO_RECOVERY};
  return {kind: 'temporary', text: TRY_AGAIN};
}

function noAnswer(reply: Reply, isSecure: boolean): DnsAnswer {
  if (reply.code === NO_SUCH_NAME) return {kind: 'no-name', text: NOT_FOUND, isSecure};
  return {kind: 'no-record', text: NO_DATA, isSecure};
}

/** The last name that the reply's own CNAMEs lead to; undefined when they lead nowhere. */
function followAliases(reply: Reply, name: string, type: DnsType): string | undefined {
  let at = name;
  if (type === 'CNAME') return at;
  for (let followed = 0; followed < MAX_ALIASES; followed++) {
    const alias = reply.records.find(record => record.type === 'CNAME' && isSameName(record.name, at));
    if (alias === undefined) return at;
    at = alias.value;
  }
  return undefined;
}

function isSameName(one: string, other: string): boolean {
  return one === other || one.toLowerCase() === other.toLowerCase();
}

function printable(text: string): string {
  return text.replace(/[^ -~]/g, '?');
}
