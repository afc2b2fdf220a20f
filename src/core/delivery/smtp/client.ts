/**
 * What the deliveries of one smtp(8) or lmtp(8) service share: settings, tables, kept sessions, and which next hops are
 * busy enough for sessions to be kept.
 */
import {describe} from '../../base/errors.ts';
import type {Log} from '../../log/log.ts';
import type {DeliveryRequest} from '../../queue/agent.ts';
import type {DeliveryContext} from '../context.ts';
import {readClientSettings, type ClientProtocol, type ClientSettings} from './client-settings.ts';
import {type DestinationRules, splitNexthop} from './destination.ts';
import {literalHosts} from './literal-hosts.ts';
import type {Destination, HostSearch, InetDestination} from './host-search.ts';
import {KeptSessions} from './kept-sessions.ts';
import type {OutgoingContent} from './outgoing-content.ts';
import {parseDiscarded} from './server-features.ts';
import type {Peer, Session} from './session.ts';
import {Traffic} from './traffic.ts';

export class Client {
  readonly settings: ClientSettings;
  readonly log: Log;
  readonly destinationRules: DestinationRules;
  readonly hostSettings = {addressLimit: 5, sessionLimit: 2};
  readonly fallbacks: readonly Destination[];
  readonly discarded: ReadonlySet<string>;
  readonly kept: KeptSessions;
  readonly traffic: Traffic;
  readonly #context: DeliveryContext;

  constructor(context: DeliveryContext, protocol: ClientProtocol) {
    const {config} = context;
    this.#context = context;
    this.log = context.log.as(protocol);
    this.settings = readClientSettings(config, protocol);
    const isSmtp = protocol === 'smtp';
    const defaultService = config.get(isSmtp ? 'smtp_tcp_port' : 'lmtp_tcp_port');
    this.destinationRules = {protocol, defaultService};
    this.fallbacks = splitNexthop(
      config.get(isSmtp ? 'smtp_fallback_relay' : 'lmtp_fallback_relay'),
      this.destinationRules,
    );
    const discardName = isSmtp ? 'smtp_discard_ehlo_keywords' : 'lmtp_discard_lhlo_keywords';
    this.discarded = parseDiscarded(config.get(discardName), word =>
      this.log.warning(`unknown ${discardName} value "${word}" in "${config.get(discardName)}"`),
    );
    this.traffic = new Traffic(() => this.now(), {
      onDemand: config.get(isSmtp ? 'smtp_connection_cache_on_demand' : 'lmtp_connection_cache_on_demand'),
    });
    const rules = {
      idleSeconds: config.get(isSmtp ? 'smtp_connection_cache_time_limit' : 'lmtp_connection_cache_time_limit'),
      ageSeconds: config.get(isSmtp ? 'smtp_connection_reuse_time_limit' : 'lmtp_connection_reuse_time_limit'),
      useLimit: config.get(isSmtp ? 'smtp_connection_reuse_count_limit' : 'lmtp_connection_reuse_count_limit'),
    };
    this.kept = new KeptSessions(rules, () => this.now(), leave);
  }

  now(): number {
    return this.#context.clock.now();
  }

  findHosts(destination: InetDestination): Promise<HostSearch> {
    return literalHosts(destination);
  }

  contentOf({content}: DeliveryRequest): OutgoingContent {
    return {for: () => content, pauseBeforeDot: () => Promise.resolve()};
  }

  socketPath(path: string): string {
    return path.startsWith('/') ? path : `${this.#context.config.get('queue_directory')}/${path}`;
  }

  identityFor(_request: DeliveryRequest): string {
    return '';
  }

  takeEndpoint(peer: Peer, request: DeliveryRequest): Session | undefined {
    if (!this.traffic.mayReuse(request.nexthop)) return undefined;
    return this.kept.take(peer.endpoint, this.identityFor(request));
  }

  takeNexthop(request: DeliveryRequest): Session | undefined {
    if (!this.traffic.mayReuse(request.nexthop)) return undefined;
    return this.kept.take(nexthopKey(request.nexthop), this.identityFor(request));
  }

  mayKeep(session: Session, nexthop: string): boolean {
    return this.traffic.mayKeep(nexthop) && this.kept.admits(session);
  }

  /** The message is through with the session: it waits for the next one, or is over. */
  finish(session: Session, nexthop: string): void {
    if (session.isSpent) return leave(session);
    this.kept.keep(session, [nexthopKey(nexthop), session.peer.endpoint]);
  }

  complain(id: string, {relay, host}: Peer, line: string, isTooLong: boolean): void {
    const {settings, log} = this;
    if (isTooLong)
      return log.warning(`${relay}: response longer than ${settings.replyLineLimit}: ${line.slice(0, 30)}...`);
    const kind = settings.protocol === 'smtp' ? 'ESMTP' : 'LMTP';
    log.warning(`${id}: non-${kind} response from ${relay}: ${line.slice(0, 100)}`);
    if (!settings.warnsHelpfully) return;
    const maps = `${settings.protocol}_discard_${settings.protocol === 'smtp' ? 'ehlo' : 'lhlo'}_keyword_address_maps`;
    log.warning(
      `to prevent loss of mail, turn off command pipelining for ${host?.address ?? relay} with the ${maps} parameter`,
    );
  }

  explain(fault: unknown): void {
    this.log.warning(describe(fault));
  }
}

function nexthopKey(nexthop: string): string {
  return `to ${nexthop.toLowerCase()}`;
}

function leave({connection, isSpent}: Session): void {
  if (!isSpent) connection.add('QUIT\r\n');
  connection.hangUp();
}
