/**
 * The smtpd services of master.cf, made from one configuration: each with its own `-o` settings, and what all of them
 * share: the way into the queue, the resolver, the limits of clients.
 */
import {statfs} from 'node:fs/promises';
import type {SaslServer} from '../account/sasl/sasl.ts';
import {openSaslServer} from '../account/sasl/open-sasl-server.ts';
import {AddressMaps, type AddressSupplies} from '../address/address-maps.ts';
import {filterDns} from '../address/filtered-dns.ts';
import {RecipientList} from '../address/listed-recipient.ts';
import {openSupplies} from '../address/open-supplies.ts';
import {Resolver} from '../address/resolve.ts';
import type {Clock} from '../base/clock.ts';
import {describe} from '../base/errors.ts';
import {FolderFlusher} from '../base/flusher.ts';
import type {Config} from '../config/config.ts';
import {readMasterCf, type ServiceEntry} from '../config/master-cf.ts';
import {serviceOverrides} from '../config/service-overrides.ts';
import type {Log} from '../log/log.ts';
import {PostmasterNotices} from '../delivery/postmaster-notice.ts';
import type {Dns} from '../net/dns.ts';
import {listenAddresses, type ListenAddress} from '../net/listen-addresses.ts';
import type {Envelope, Recipient} from '../queue/agent.ts';
import {Cleanup} from '../queue/cleanup.ts';
import {openCleanupTables} from '../queue/cleanup-tables.ts';
import {createQueueFile} from '../queue/disk-queue-file.ts';
import {QueueStore} from '../queue/queue-store.ts';
import type {ClientLimits} from '../smtpd/client-limits.ts';
import {rewritesLocally} from '../smtpd/local-clients.ts';
import {Restrictions} from '../smtpd/restrictions/restrictions.ts';
import type {MessageDoor} from '../smtpd/incoming-message.ts';
import {smtpdSettings} from '../smtpd/smtpd-settings.ts';
import type {SmtpdLists, SmtpdService} from '../smtpd/smtpd-service.ts';
import {SmtpdTls} from '../smtpd/smtpd-tls.ts';
import {openParameterList} from '../table/parameter-list.ts';
import {openTables} from '../table/open-table.ts';
import {MailAccess} from './access/mail-access.ts';
import type {QueueLink} from './queue-link.ts';

export interface SmtpdServicesOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly link: QueueLink;
  readonly limits: ClientLimits;
  readonly dns: Dns;
  readonly services?: readonly ServiceEntry[] | undefined;
}

export interface OpenService {
  readonly service: SmtpdService;
  readonly addresses: readonly ListenAddress[];
}

/** In the order of master.cf. Throws `ConfigError` when a row can't be served as it is written. */
export function openSmtpdServices(options: SmtpdServicesOptions): OpenService[] {
  const {config} = options;
  const rows = options.services ?? readMasterCf(config.directory);
  const door = openDoor(options);
  // Rewriting is a service of its own in the original: what `-o` of smtpd says does not reach it.
  const resolver = new Resolver(openSupplies(config, options.log));
  const accounts = openAccounts(config, options.log);
  return rows
    .filter(({type, command}) => type === 'inet' && command === 'smtpd')
    .flatMap(row => {
      const service = openService(options, row, {door, resolver, accounts});
      return service === undefined ? [] : [{service, addresses: listenAddresses(row.name, config)}];
    });
}

/** Cleanup, in this process: what it queues is told over the link. */
function openDoor({config, log, clock, link}: SmtpdServicesOptions): MessageDoor {
  const store = new QueueStore(config, new FolderFlusher());
  const supplies = openSupplies(config, log);
  const expanded = new Map<string, readonly Recipient[]>();
  return new Cleanup({
    config,
    log,
    clock,
    ...openCleanupTables(supplies),
    createFile: () =>
      createQueueFile(
        store,
        () => clock.now(),
        () => false, // into `incoming`: the queue manager takes it from there
      ),
    onExpanded: ({id}, aliases) => void expanded.set(id, aliases),
    onQueued(envelope: Envelope, records: Buffer | undefined) {
      const aliases = expanded.get(envelope.id) ?? [];
      expanded.delete(envelope.id);
      link.queued(envelope, records, aliases);
    },
  });
}

/** What the services of one configuration have in common. */
interface Shared {
  readonly door: MessageDoor;
  readonly resolver: Resolver;
  /** Who may log in, as dovecot.conf says. */
  readonly accounts: SaslServer | undefined;
}

/** undefined: dovecot.conf can't be read, which is told; the instance's own file of accounts counts then. */
function openAccounts(config: Config, log: Log): SaslServer | undefined {
  if (config.root === '/') return undefined; // the system's Dovecot is asked by its socket
  try {
    const access = new MailAccess({root: config.root, file: undefined, overrides: []}, log);
    return access.accounts.sasl;
  } catch (fault) {
    log.warning(`the accounts of dovecot.conf are not used: ${describe(fault)}`);
    return undefined;
  }
}

function openService(options: SmtpdServicesOptions, row: ServiceEntry, shared: Shared): SmtpdService | undefined {
  const config = options.config.withOverrides(serviceOverrides(row.args));
  const log = options.log.as(programName(config, options.config));
  const {clock, link, limits} = options;
  const supplies = openSupplies(config, log);
  const dns = filterDns(options.dns, new AddressMaps('smtpd_dns_reply_filter', supplies), log);
  const {door, resolver} = shared;
  const listing = new RecipientList(supplies);
  const settings = smtpdSettings(config);
  const access = new Restrictions({
    config,
    log,
    supplies,
    resolver,
    listing,
    dns,
    clock,
    verify: address => link.verify(address),
  });
  if (access.startFault !== undefined) {
    log.fatal(access.startFault); // the other services go on
    return undefined;
  }
  return {
    name: row.name,
    config,
    settings,
    log,
    clock,
    access,
    resolver,
    dns,
    limits,
    door,
    families: families(config),
    notices: new PostmasterNotices({config, log, clock, submitter: door}),
    tls: new SmtpdTls({config, log}),
    sasl: settings.isSaslEnabled
      ? openSaslServer(config, log, {root: config.root, accounts: shared.accounts})
      : undefined,
    lists: openLists(config, log, supplies),
    flushSite: site => link.flushSite(site),
    freeBytes: () => freeBytes(config.get('queue_directory')),
  };
}

function openLists(config: Config, log: Log, supplies: AddressSupplies): SmtpdLists {
  const context = {config, log, opensLater: true};
  return {
    xclientHosts: openParameterList('smtpd_authorized_xclient_hosts', config, context),
    xforwardHosts: openParameterList('smtpd_authorized_xforward_hosts', config, context),
    limitExceptions: openParameterList('smtpd_client_event_limit_exceptions', config, context),
    saslExceptions: openParameterList('smtpd_sasl_exceptions_networks', config, context),
    verpClients: openParameterList('smtpd_authorized_verp_clients', config, context),
    forbiddenCommands: openParameterList('smtpd_forbidden_commands', config, context),
    noopCommands:
      config.get('smtpd_noop_commands') === '' ? undefined : openParameterList('smtpd_noop_commands', config, context),
    bareNewlineExclusions: openParameterList('smtpd_forbid_bare_newline_exclusions', config, context),
    rewritesLocally: rewritesLocally(config, supplies),
    commandFilter: openTables(config.get('smtpd_command_filter'), context),
    ehloKeywordMaps: openTables(config.get('smtpd_discard_ehlo_keyword_address_maps'), context),
    rejectFooterMaps: openTables(config.get('smtpd_reject_footer_maps'), context),
  };
}

/** `-o syslog_name=postfix/submission` makes `submission/smtpd` of the program, whose tag begins with the log's own name. */
function programName(config: Config, whole: Config): string {
  const name = config.get('syslog_name');
  const common = whole.get('syslog_name');
  return name !== common && name.startsWith(`${common}/`) ? `${name.slice(common.length + 1)}/smtpd` : 'smtpd';
}

function families(config: Config): (4 | 6)[] {
  const protocols = config.list('inet_protocols');
  const has = (name: string): boolean => protocols.includes('all') || protocols.includes(name);
  return [...(has('ipv4') ? [4 as const] : []), ...(has('ipv6') ? [6 as const] : [])];
}

async function freeBytes(directory: string): Promise<number | undefined> {
  try {
    const {bavail, bsize} = await statfs(directory);
    return bavail * bsize;
  } catch {
    return undefined; // what can't be asked refuses nobody
  }
}
