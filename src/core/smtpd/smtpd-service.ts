/** One smtpd service of master.cf: what all its sessions share. Made anew with each reload. */
import type {SaslServer} from '../account/sasl/sasl.ts';
import type {Later} from '../address/address-rewriter.ts';
import type {AddressResolver} from '../address/resolve.ts';
import type {Clock} from '../base/clock.ts';
import type {Config} from '../config/config.ts';
import type {PostmasterNotices} from '../delivery/postmaster-notice.ts';
import type {Dns} from '../net/dns.ts';
import type {Log} from '../log/log.ts';
import type {MatchList} from '../table/match-list.ts';
import type {FlushAnswer} from '../queue/flush-logs.ts';
import type {Table} from '../table/table.ts';
import type {AccessControl} from './access-control.ts';
import type {ClientLimits} from './client-limits.ts';
import type {MessageDoor} from './incoming-message.ts';
import type {SmtpdSettings} from './smtpd-settings.ts';
import type {SmtpdTls} from './smtpd-tls.ts';

export interface SmtpdService {
  /** First column of master.cf. */
  readonly name: string;
  readonly config: Config;
  readonly settings: SmtpdSettings;
  readonly log: Log;
  readonly clock: Clock;
  readonly access: AccessControl;
  /** Judges addresses; undefined where any will do. */
  readonly resolver: AddressResolver | undefined;
  readonly dns: Dns | undefined;
  readonly limits: ClientLimits;
  readonly door: MessageDoor;
  /** Of addresses that clients may have (inet_protocols). */
  readonly families: readonly (4 | 6)[];
  /** Mail to the postmaster about sessions with trouble (notify_classes); undefined: to nobody. */
  readonly notices: PostmasterNotices | undefined;
  readonly tls: SmtpdTls | undefined;
  readonly sasl: SaslServer | undefined;
  readonly lists: SmtpdLists;
  /** ETRN. */
  flushSite(site: string): Promise<FlushAnswer>;
  /** Bytes free on the queue's disk; undefined when that can't be told. */
  freeBytes(): Promise<number | undefined>;
}

/** Lists and tables that are asked per client or command. */
export interface SmtpdLists {
  readonly xclientHosts: MatchList;
  readonly xforwardHosts: MatchList;
  readonly limitExceptions: MatchList;
  readonly saslExceptions: MatchList;
  readonly verpClients: MatchList;
  readonly bareNewlineExclusions: MatchList;
  readonly forbiddenCommands: MatchList;
  /** undefined: none. */
  readonly noopCommands: MatchList | undefined;
  /** local_header_rewrite_clients. */
  rewritesLocally(address: string, isLoggedIn: boolean, hasCertificate: boolean): Later<boolean>;
  readonly commandFilter: readonly Table[];
  readonly ehloKeywordMaps: readonly Table[];
  readonly rejectFooterMaps: readonly Table[];
}
