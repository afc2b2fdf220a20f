/** What restrictions are answered with: made once per service (make-tools.ts). */
import type {AddressMaps, DomainList} from '../../address/address-maps.ts';
import type {Later} from '../../address/address-rewriter.ts';
import type {NamedList} from '../../address/domain-list.ts';
import type {RecipientList} from '../../address/listed-recipient.ts';
import type {OwnDomains} from '../../address/own-domains.ts';
import type {Resolution} from '../../address/resolve.ts';
import type {Steps} from '../../address/steps.ts';
import type {Config} from '../../config/config.ts';
import type {Log} from '../../log/log.ts';
import type {Dns} from '../../net/dns.ts';
import type {AccessTable} from './access-table.ts';
import type {Check, Status} from './check.ts';
import type {ClientList} from './client-list.ts';
import type {DnsLists} from './dns-lists.ts';
import type {PolicyService} from './policy-service.ts';

/** What a probe found out about an address (ADDRESS_VERIFICATION_README). */
export interface Verification {
  /** `todo`: the probe is still under way. */
  readonly status: 'ok' | 'reject' | 'defer' | 'todo';
  readonly text: string;
}

/** Asks the verify(8) service; undefined: it does not answer. */
export type Verify = (address: string, kind: 'sender' | 'recipient') => Later<Verification | undefined>;

export interface CertificateSearch {
  readonly table: AccessTable;
  readonly order: readonly string[];
}

export interface Tools {
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
  readonly loggedPermits: DomainList;
  readonly certificateMaps: AddressMaps;
  readonly replyMaps: AddressMaps;
  /** Characters that values may bring into a reply (postconf(5) smtpd_expansion_filter). */
  readonly expansionFilter: string;
  /** Of addresses that names are looked up for (inet_protocols). */
  readonly families: readonly (4 | 6)[];
  /** smtpd_proxy_filter is set: what is left to cleanup can't be asked for. */
  readonly usesProxyFilter: boolean;
  /** By its name in lists. */
  table(name: string): AccessTable;
  /** Undefined, after a warning when it was opened: the name is malformed. */
  certificateSearch(name: string): CertificateSearch | undefined;
  policyService(name: string): PolicyService | undefined;
  warnOnce(text: string): void;
  pause(seconds: number): Promise<void>;
  /** An address resolved with another one as its sender; the recipient is in lower case. Throws `LookupFault`. */
  resolve(address: string, sender: string | undefined): Steps<Resolution>;
  /** The entry of smtpd_sender_login_maps for an address. Throws `TableError`. */
  findLogins(address: string): Steps<string | undefined>;
  /** Goes through restrictions that an access table names. */
  evaluate(check: Check, names: string): Steps<Status>;
}
