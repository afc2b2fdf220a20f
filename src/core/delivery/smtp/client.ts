/**
 * What the deliveries of one smtp(8) or lmtp(8) service share: settings, tables, kept sessions, and which next hops are
 * busy enough for sessions to be kept.
 */
import type {AddressSupplies} from '../../address/address-maps.ts';
import {openDns} from '../../address/open-dns.ts';
import type {Log} from '../../log/log.ts';
import type {Agent, DeliveryRequest} from '../../queue/agent.ts';
import {TLS_NOT_REQUIRED, TLS_REQUIRED} from '../../queue/send-options.ts';
import {openParameterList} from '../../table/parameter-list.ts';
import type {AgentService, DeliveryContext} from '../context.ts';
import {formatHead} from '../message-head.ts';
import {readClientSettings, type ClientProtocol, type ClientSettings} from './client-settings.ts';
import {ClientTls} from './client-tls.ts';
import {type DestinationRules, splitNexthop} from './destination.ts';
import {findHosts} from './find-hosts.ts';
import type {Destination, HostSearch, HostSearchContext, HostSettings, InetDestination} from './host-search.ts';
import {clientDns, readDestinationRules, readHostSettings} from './host-settings.ts';
import {KeptSessions} from './kept-sessions.ts';
import {openMtaSts} from './open-mta-sts.ts';
import {ContentMaker} from './outgoing-content.ts';
import {ServerTables} from './server-tables.ts';
import type {Complaint} from './reply-parser.ts';
import {SaslLogin} from './sasl-login.ts';
import type {Peer, Session} from './session.ts';
import {TlsDemands} from './tls-demand.ts';
import type {TlsPlan, TlsStep} from './tls-step.ts';
import {Traffic} from './traffic.ts';

export class Client {
  readonly settings: ClientSettings;
  readonly log: Log;
  readonly destinationRules: DestinationRules;
  readonly hostSettings: HostSettings;
  readonly fallbacks: readonly Destination[];
  readonly tables: ServerTables;
  readonly pixDelaySeconds: number;
  readonly content: ContentMaker;
  readonly login: SaslLogin;
  readonly tls: TlsStep;
  readonly demands: TlsDemands;
  /** `flags=` of master.cf: D Delivered-To, O X-Original-To, R Return-Path, X final delivery (smtp(8)). */
  readonly flags: ReadonlySet<string>;
  readonly relayHost: string;
  readonly kept: KeptSessions;
  readonly traffic: Traffic;
  readonly #context: DeliveryContext;
  readonly #hostContext: HostSearchContext;

  constructor(context: DeliveryContext, service: AgentService) {
    const protocol: ClientProtocol = service.command === 'lmtp' ? 'lmtp' : 'smtp';
    const {config} = context;
    this.#context = context;
    this.flags = new Set(flagsOf(service));
    this.log = context.log.as(protocol);
    this.relayHost = config.get('relayhost');
    this.settings = readClientSettings(config, protocol);
    if (this.settings.assumesFinal)
      this.log.warning('lmtp_assume_final is obsolete; instead, specify "flags=X" in master.cf');
    const isSmtp = protocol === 'smtp';
    this.hostSettings = readHostSettings(config, protocol);
    this.destinationRules = readDestinationRules(config, protocol);
    this.fallbacks = splitNexthop(
      config.get(isSmtp ? 'smtp_fallback_relay' : 'lmtp_fallback_relay'),
      this.destinationRules,
    );
    const supplies: AddressSupplies = {
      config,
      log: this.log,
      openTables: list => context.openTables(list),
      openList: name => openParameterList(name, config, {config, log: this.log}),
    };
    const plainDns = context.dns ?? openDns(config, text => this.log.warning(text));
    const dns = clientDns(plainDns, protocol, supplies, this.log);
    this.#hostContext = {
      settings: this.hostSettings,
      dns,
      log: this.log,
      random: () => Math.random(),
      sts: isSmtp ? openMtaSts(config, dns, this.log) : undefined,
    };
    this.tables = new ServerTables(supplies, this.log, protocol);
    this.login = new SaslLogin(supplies, this.log, protocol);
    const {openTables} = supplies;
    this.tls = new ClientTls({config, protocol, log: this.log, dns, openTables, now: () => this.now()});
    this.demands = new TlsDemands({config, protocol, log: this.log, openTables});
    this.content = new ContentMaker(supplies, this.log, protocol);
    this.pixDelaySeconds = config.get(isSmtp ? 'smtp_pix_workaround_delay_time' : 'lmtp_pix_workaround_delay_time');
    const always = isSmtp ? 'smtp_connection_cache_destinations' : 'lmtp_connection_cache_destinations';
    const list = config.get(always) === '' ? undefined : openParameterList(always, config, {config, log: this.log});
    this.traffic = new Traffic(() => this.now(), {
      onDemand: config.get(isSmtp ? 'smtp_connection_cache_on_demand' : 'lmtp_connection_cache_on_demand'),
      always: list,
    });
    const rules = {
      idleSeconds: config.get(isSmtp ? 'smtp_connection_cache_time_limit' : 'lmtp_connection_cache_time_limit'),
      ageSeconds: config.get(isSmtp ? 'smtp_connection_reuse_time_limit' : 'lmtp_connection_reuse_time_limit'),
      useLimit: config.get(isSmtp ? 'smtp_connection_reuse_count_limit' : 'lmtp_connection_reuse_count_limit'),
    };
    this.kept = new KeptSessions(
      rules,
      () => this.now(),
      session => this.#leave(session),
    );
  }

  now(): number {
    return this.#context.clock.now();
  }

  /** `heedsSts` false: whatever the domain's MTA-STS policy says. */
  findHosts(destination: InetDestination, heedsSts: boolean): Promise<HostSearch> {
    return findHosts(destination, heedsSts ? this.#hostContext : {...this.#hostContext, sts: undefined});
  }

  socketPath(path: string): string {
    return path.startsWith('/') ? path : `${this.#context.config.get('queue_directory')}/${path}`;
  }

  /** What goes on top of the message. */
  headFor({envelope, recipients}: DeliveryRequest): string {
    if (this.flags.size === 0) return '';
    const [recipient] = recipients;
    return formatHead({
      sender: envelope.sender,
      fromLine: false,
      returnPath: this.flags.has('R'),
      originalTo: this.flags.has('O') ? recipient?.original : undefined,
      deliveredTo: this.flags.has('D') ? recipient?.address : undefined,
      seconds: this.now() / 1000,
    });
  }

  /** best_mx_transport: who takes mail for domains whose best mail exchanger is this machine. */
  bestMxAgent(): {readonly agent: Agent; readonly transport: string; readonly nexthop: string} | undefined {
    const [transport = '', nexthop = ''] = this.#context.config.get('best_mx_transport').split(/:(.*)/s);
    const agent = transport === '' ? undefined : this.#context.agent(transport);
    return agent === undefined ? undefined : {agent, transport, nexthop};
  }

  /** Sessions are shared by who logs in in the same way. */
  loginIdentity({envelope}: DeliveryRequest): string {
    return this.login.isEnabled && this.login.isBySender ? envelope.sender : '';
  }

  takeEndpoint(peer: Peer, plan: TlsPlan, request: DeliveryRequest): Session | undefined {
    if (!this.traffic.mayReuse(request.nexthop)) return undefined;
    return this.kept.take(endpointKey(peer, plan.identity), this.loginIdentity(request));
  }

  /** The policy of a next hop is one: TLS need not be asked about, unless the message asks for more or less than that. */
  takeNexthop(request: DeliveryRequest): Session | undefined {
    if (((request.envelope.sendOptions ?? 0) & TLS_OPTIONS) !== 0 || !this.traffic.mayReuse(request.nexthop))
      return undefined;
    return this.kept.take(nexthopKey(request.nexthop), this.loginIdentity(request));
  }

  mayKeep(session: Session, nexthop: string): boolean {
    return this.traffic.mayKeep(nexthop) && this.kept.admits(session);
  }

  /** The message is through with the session: it waits for the next one (of any kind, or `isForAll` not), or is over. */
  finish(session: Session, nexthop: string, isForAll: boolean): void {
    if (session.isSpent) return this.#leave(session);
    const keys = [endpointKey(session.peer, session.tlsIdentity)];
    if (isForAll) keys.push(nexthopKey(nexthop));
    this.kept.keep(session, keys);
  }

  /** Mail is through: nobody waits for what the server says to QUIT. */
  #leave({connection, isSpent}: Session): void {
    if (!isSpent) connection.add('QUIT\r\n');
    connection.hangUp(this.goodbyeSeconds);
  }

  get goodbyeSeconds(): number {
    return this.settings.skipsQuitReply ? 0 : this.settings.timeouts.quit;
  }

  /** What the operator is told of replies that are none. */
  complain(id: string, {relay, host}: Peer, hasPipelining: boolean, line: string, what: Complaint): void {
    const {settings, log} = this;
    const limit = settings.replyLineLimit;
    const start = `${line.slice(0, 30).replaceAll('\n', '?')}...`;
    if (what === 'long line') return log.warning(`${relay}: response longer than ${limit}: ${start}`);
    if (what === 'long reply') return log.warning(`${relay}: multi-line response longer than ${limit} ${start}`);
    if (!hasPipelining) return;
    const kind = settings.protocol === 'smtp' ? 'ESMTP' : 'LMTP';
    log.warning(`${id}: non-${kind} response from ${relay}: ${line.slice(0, 100)}`);
    if (!settings.warnsHelpfully) return;
    const maps = `${settings.protocol}_discard_${settings.protocol === 'smtp' ? 'ehlo' : 'lhlo'}_keyword_address_maps`;
    const address = host?.address ?? relay;
    log.warning(`to prevent loss of mail, turn off command pipelining for ${address} with the ${maps} parameter`);
  }
}

const TLS_OPTIONS = TLS_REQUIRED | TLS_NOT_REQUIRED;

function flagsOf({args}: AgentService): string {
  return args.find(arg => arg.startsWith('flags='))?.slice('flags='.length) ?? '';
}

function endpointKey({endpoint}: Peer, tlsIdentity: string): string {
  return `at ${endpoint} ${tlsIdentity}`;
}

function nexthopKey(nexthop: string): string {
  return `to ${nexthop.toLowerCase()}`;
}
