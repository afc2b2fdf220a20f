/** What delivery agents are made from: the daemon's parts, once per configuration. */
import type {Accounts} from '../account/accounts.ts';
import type {Later} from '../address/address-rewriter.ts';
import type {AddressResolver} from '../address/resolve.ts';
import type {FolderFlusher} from '../base/flusher.ts';
import type {Clock} from '../base/clock.ts';
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import type {Dns} from '../net/dns.ts';
import type {Agent, Submitter} from '../queue/agent.ts';
import type {Table} from '../table/table.ts';
import type {UserFilesPool} from './user-files.ts';

export interface DeliveryContext {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  /** gethostname(2) as it is, for Maildir names. */
  readonly hostName: string;
  readonly accounts: Accounts;
  /** Where forwarded mail goes. */
  readonly submitter: Submitter;
  readonly flusher: FolderFlusher;
  readonly files: UserFilesPool;
  /** Opens the tables a list names, in order. */
  openTables(list: string): readonly Table[];
  /** An address to its standard form, as cleanup does for local mail; internal form in and out. */
  rewrite(address: string): Later<string>;
  readonly resolver: AddressResolver;
  /** undefined: an agent that needs one asks the servers of resolv.conf itself. */
  readonly dns?: Dns | undefined;
  /** The agent of another transport, for mailbox_transport and fallback_transport; undefined when there is none. */
  agent(transport: string): Agent | undefined;
}

/** An entry of master.cf that names a delivery agent. `config` of its context has the entry's `-o` on top. */
export interface AgentService {
  /** The transport: first column. */
  readonly name: string;
  /** The program: `local`, `pipe`. */
  readonly command: string;
  /** Its arguments, the `-o` and other daemon options included, `{ ... }` already one word. */
  readonly args: readonly string[];
}
