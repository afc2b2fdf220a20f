/**
 * Opens what the restriction lists of a service need: tables, lists, policy services. What can't be opened for now is
 * open all the same and fails when it is asked; a policy service that is named wrongly throws `ConfigError`.
 */
import {AddressMaps, type AddressSupplies} from '../../address/address-maps.ts';
import {NamedList} from '../../address/domain-list.ts';
import {extensionRules} from '../../address/extension.ts';
import {findAddress, type FindRules} from '../../address/find-address.ts';
import type {RecipientList} from '../../address/listed-recipient.ts';
import {OwnDomains} from '../../address/own-domains.ts';
import type {Resolution, Resolver} from '../../address/resolve.ts';
import {rewriteInternal, rewriteRules} from '../../address/rewrite.ts';
import type {Steps} from '../../address/steps.ts';
import type {Clock} from '../../base/clock.ts';
import type {Config} from '../../config/config.ts';
import type {Log} from '../../log/log.ts';
import type {Dns} from '../../net/dns.ts';
import {foldKey, isUtf8Text} from '../../table/fold.ts';
import {AccessTable, type AccessRules} from './access-table.ts';
import type {Check, Status} from './check.ts';
import {ClientList} from './client-list.ts';
import {DnsLists} from './dns-lists.ts';
import {LookupFault} from './lookup-fault.ts';
import {PolicyService} from './policy-service.ts';
import {parseTableSearch} from './table-search.ts';
import type {CertificateSearch, Tools, Verify} from './tools.ts';

export interface RestrictionSupplies {
  /** The service's own, with its `-o`. */
  readonly config: Config;
  readonly log: Log;
  readonly supplies: AddressSupplies;
  readonly resolver: Resolver;
  readonly listing: RecipientList;
  readonly dns: Dns;
  readonly clock: Clock;
  /** Undefined: there is no verify(8) service. */
  readonly verify?: Verify | undefined;
  /** Default: a timer. */
  readonly pause?: ((seconds: number) => Promise<void>) | undefined;
  readonly usesProxyFilter?: boolean | undefined;
}

export class RestrictionTools implements Tools {
  readonly config: Config;
  readonly log: Log;
  readonly dns: Dns;
  readonly own: OwnDomains;
  readonly listing: RecipientList;
  readonly verify: Verify | undefined;
  readonly dnsLists: DnsLists;
  readonly mynetworks: ClientList;
  readonly backupNetworks: ClientList;
  readonly relayDomains: NamedList;
  readonly loggedPermits: Tools['loggedPermits'];
  readonly certificateMaps: AddressMaps;
  readonly replyMaps: AddressMaps;
  readonly expansionFilter: string;
  readonly families: readonly (4 | 6)[];
  readonly usesProxyFilter: boolean;
  readonly pause: (seconds: number) => Promise<void>;
  readonly evaluate: (check: Check, names: string) => Steps<Status>;
  readonly #supplies: AddressSupplies;
  readonly #resolver: Resolver;
  readonly #clock: Clock;
  readonly #rewrite: ReturnType<typeof rewriteRules>;
  readonly #accessRules: AccessRules;
  readonly #logins: AddressMaps;
  readonly #findRules: FindRules;
  readonly #tables = new Map<string, AccessTable>();
  readonly #searches = new Map<string, CertificateSearch | undefined>();
  readonly #services = new Map<string, PolicyService>();
  readonly #warned = new Set<string>();

  constructor(given: RestrictionSupplies, evaluate: Tools['evaluate']) {
    const {config, log, clock, dns} = given;
    const supplies = {...given.supplies, config, log};
    const maps = (name: 'relay_clientcerts' | 'rbl_reply_maps' | 'smtpd_sender_login_maps'): AddressMaps =>
      new AddressMaps(name, supplies);
    const own = new OwnDomains(supplies);
    this.config = config;
    this.log = log;
    this.dns = dns;
    this.own = own;
    this.listing = given.listing;
    this.verify = given.verify;
    this.dnsLists = new DnsLists(dns, clock, log);
    this.mynetworks = new ClientList('mynetworks', config, log);
    this.backupNetworks = new ClientList('permit_mx_backup_networks', config, log);
    this.relayDomains = new NamedList('relay_domains', supplies);
    this.loggedPermits = given.supplies.openList('smtpd_log_access_permit_actions');
    this.certificateMaps = maps('relay_clientcerts');
    this.replyMaps = maps('rbl_reply_maps');
    this.expansionFilter = unescape(config.raw?.('smtpd_expansion_filter') ?? config.get('smtpd_expansion_filter'));
    this.families = addressFamilies(config.get('inet_protocols'));
    this.usesProxyFilter = given.usesProxyFilter === true;
    this.pause = given.pause ?? (seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000)));
    this.evaluate = evaluate;
    this.#supplies = supplies;
    this.#resolver = given.resolver;
    this.#clock = clock;
    this.#rewrite = rewriteRules(config, 'local');
    const parentsWithoutDot = config.list('parent_domain_matches_subdomains').includes('smtpd_access_maps');
    this.#accessRules = {extension: extensionRules(config), parentsWithoutDot};
    this.#logins = maps('smtpd_sender_login_maps');
    this.#findRules = {extension: extensionRules(config), isOurs: domain => own.isOurs(domain)};
  }

  table(name: string): AccessTable {
    let table = this.#tables.get(name);
    if (table === undefined) this.#tables.set(name, (table = this.#open(name)));
    return table;
  }

  certificateSearch(name: string): CertificateSearch | undefined {
    if (!this.#searches.has(name)) {
      const search = parseTableSearch(name, text => this.log.warning(text));
      this.#searches.set(name, search && {table: this.table(search.table), order: search.order});
    }
    return this.#searches.get(name);
  }

  policyService(name: string): PolicyService {
    let service = this.#services.get(name);
    if (service === undefined) {
      const {config, log, dns, families, pause} = this;
      const supplies = {config, log, dns, families, pause, clock: this.#clock};
      this.#services.set(name, (service = new PolicyService(name, supplies)));
    }
    return service;
  }

  warnOnce(text: string): void {
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    this.log.warning(text);
  }

  /** The way the original asks: completed as local addresses are, then in lower case. */
  *resolve(address: string, sender: string | undefined): Steps<Resolution> {
    const standard = rewriteInternal(address, this.#rewrite);
    const resolution = yield* this.#resolver.steps(standard, sender ?? '');
    if (resolution.problem === 'failure') throw new LookupFault(address);
    const {recipient} = resolution;
    const folded = foldKey(recipient, isUtf8Text(recipient));
    return folded === recipient ? resolution : {...resolution, recipient: folded};
  }

  *findLogins(address: string): Steps<string | undefined> {
    return (yield* findAddress(this.#logins, address, this.#findRules))?.value;
  }

  close(): void {
    for (const table of this.#tables.values()) table.close();
    for (const service of this.#services.values()) service.close();
  }

  #open(name: string): AccessTable {
    const search = name.startsWith('{') ? parseTableSearch(name, text => this.log.warning(text)) : undefined;
    const [table] = this.#supplies.openTables(search?.table ?? name);
    if (table === undefined) throw new Error(`no table in "${name}"`); // its name has a colon
    return new AccessTable(table, this.#accessRules, this.log);
  }
}

function addressFamilies(protocols: string): readonly (4 | 6)[] {
  const words = protocols.toLowerCase();
  const has = (name: string): boolean => words.includes('all') || words.includes(name);
  return [...(has('ipv4') ? [4 as const] : []), ...(has('ipv6') ? [6 as const] : [])];
}

/** `\t`, `\40` and the like, as C has them. */
function unescape(text: string): string {
  return text.replace(/\\(?:([0-7]{1,3})|(.))/gs, (_whole, octal: string | undefined, letter: string | undefined) =>
    octal === undefined ? (CONTROLS.get(letter ?? '') ?? letter ?? '') : String.fromCharCode(parseInt(octal, 8) & 0xff),
  );
}

const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);
