/**
 * One request of the queue manager: a kept session if there is one, then the hosts of the next hop in order, then those of
 * smtp_fallback_relay, until every recipient has its fate (smtp(8)).
 */
import {describe} from '../../base/errors.ts';
import type {DeliveryRequest, Recipient, Report} from '../../queue/agent.ts';
import {TableError} from '../../table/table.ts';
import {Attempt, type AttemptContext, outcomeOf} from './attempt.ts';
import type {Client} from './client.ts';
import {splitNexthop} from './destination.ts';
import type {Destination, InetDestination} from './host-search.ts';
import type {Progress} from './hello.ts';
import {brokenOff, openSession} from './open-session.ts';
import {ConnectionFault} from './server-connection.ts';
import {type Failure, type Peer, peerOf, type Session, unixPeer} from './session.ts';
import type {TlsDemand, TlsPlan, TlsTarget} from './tls-step.ts';
import {type Addresses, ProbeRefused, Transaction, type TransactionContext} from './transaction.ts';

export class Delivery {
  readonly #client: Client;
  readonly #request: DeliveryRequest;
  readonly #tell: (report: Report) => void;
  readonly #startedAt: number;
  #left: readonly Recipient[];
  #failure: Failure | undefined;
  /** Over all destinations. */
  #sessions = 0;
  #addresses = 0;
  #isLoop = false;
  /** At the server of a kept session, before the hosts of the next hop were asked for. */
  #first: Attempt | undefined;
  #bestPreference: number | undefined;
  #session: Session | undefined;
  /** Of the message at the present destination. */
  #demand: TlsDemand = 'none';
  #connectedAt: number | undefined;

  constructor(client: Client, request: DeliveryRequest, tell: (report: Report) => void) {
    this.#client = client;
    this.#request = request;
    this.#tell = tell;
    this.#startedAt = client.now();
    this.#left = request.recipients;
  }

  async run(): Promise<void> {
    const {nexthop} = this.#request;
    const rules = this.#client.destinationRules;
    const primary = splitNexthop(nexthop, rules);
    const destinations = [...primary, ...this.#client.fallbacks];
    if (primary.length === 0) return this.#giveUpFatally(`null destination: "${nexthop}"`);
    await this.#useKept();
    for (const [index, destination] of destinations.entries()) {
      if (this.#left.length === 0) return;
      const isOver = await this.#tryDestination(destination, index === destinations.length - 1);
      if (isOver) break;
    }
    if (this.#left.length > 0 && this.#isLoop && (await this.#passOn())) return;
    if (this.#first !== undefined) return this.#reportFirst(this.#first);
    if (this.#left.length > 0) this.#giveUp(this.#softened(this.#failure ?? UNAVAILABLE));
  }

  /** A session that was opened for the same next hop saves asking for hosts. */
  async #useKept(): Promise<void> {
    for (;;) {
      const session = this.#client.takeNexthop(this.#request);
      if (session === undefined) return;
      this.#sessions++;
      if (await this.#converse(session, 'unknown')) return;
    }
  }

  /** There is another host for what the first one deferred. */
  #noteFirst(): void {
    const reasons = new Set([...(this.#first?.failures.values() ?? [])].map(({text}) => text));
    for (const text of reasons) this.#client.log.info(`${this.#request.envelope.id}: ${text}`);
    this.#first = undefined;
  }

  /** Answers true when no further destination is to be tried. */
  async #tryDestination(destination: Destination, isLast: boolean): Promise<boolean> {
    if (!(await this.#takeDemand(destination))) return false;
    switch (destination.kind) {
      case 'bad':
        this.#giveUpFatally(destination.fatal);
        return true;
      case 'unix':
        if (destination.path !== this.#first?.session?.peer.endpoint)
          await this.#tryPeer(unixPeer(destination.path, this.#client.settings.myHostName), destination, isLast);
        return false;
      case 'inet':
        return await this.#tryInet(destination, isLast);
    }
  }

  /** False: what the message asks of TLS can't be told now. */
  async #takeDemand(destination: Destination): Promise<boolean> {
    if (destination.kind === 'bad') return true;
    const domain = destination.kind === 'inet' ? destination.host : destination.text;
    try {
      this.#demand = await this.#client.demands.of(this.#request.envelope, domain);
      return true;
    } catch (fault) {
      if (!(fault instanceof TableError)) throw fault;
      this.#failure = {status: '4.7.5', text: 'client TLS configuration problem', isOfServer: false};
      return false;
    }
  }

  async #tryInet(destination: InetDestination, isLast: boolean): Promise<boolean> {
    const search = await this.#client.findHosts(destination, this.#demand !== 'waived');
    if (search.kind === 'failed') {
      const {status, text} = search.outcome;
      this.#failure = {status, text, isOfServer: true};
      this.#isLoop = search.isLoop;
      return search.isLoop;
    }
    const {addressLimit, sessionLimit} = this.#client.hostSettings;
    const isMxSecure = search.isFromMx ? search.isMxSecure : undefined;
    this.#bestPreference = search.hosts[0]?.preference;
    const hosts = search.hosts.filter(host => peerOf(host).endpoint !== this.#first?.session?.peer.endpoint);
    for (const [index, host] of hosts.entries()) {
      if (this.#left.length === 0) return true;
      this.#addresses++;
      const isOver = addressLimit > 0 && this.#addresses >= addressLimit;
      const isLastHost = isOver || index === hosts.length - 1;
      const wouldBeOver = sessionLimit > 0 && this.#sessions + 1 >= sessionLimit;
      const found = {isMxSecure, isStsEnforced: search.sts === 'enforce'};
      await this.#tryPeer(peerOf(host), destination, isLast && (isLastHost || wouldBeOver), found);
      if (isOver || (sessionLimit > 0 && this.#sessions >= sessionLimit)) break;
    }
    return search.isBackup;
  }

  async #tryPeer(peer: Peer, destination: Destination, isLast: boolean, found: Found = NOT_FOUND): Promise<void> {
    this.#noteFirst();
    const planning = await this.#client.tls.plan({...tlsTarget(peer, destination, found), demand: this.#demand});
    if (planning.kind === 'failed') {
      this.#failure = {...planning.failure, isOfServer: true};
      this.#client.log.info(`${this.#request.envelope.id}: ${planning.failure.text}`);
      return;
    }
    const {plan} = planning;
    const kept = this.#client.takeEndpoint(peer, plan, this.#request);
    if (kept !== undefined) {
      this.#sessions++;
      if (await this.#converse(kept, isLast)) return;
    }
    if (await this.#open(peer, destination, isLast, plan)) await this.#open(peer, destination, isLast, PLAIN);
  }

  /** Answers whether TLS broke down, and the server is to be tried without. */
  async #open(peer: Peer, destination: Destination, isLast: boolean, plan: TlsPlan): Promise<boolean> {
    const opened = await openSession(this.#client, {
      peer,
      request: this.#request,
      destination,
      plan,
      isBestMx: peer.host?.preference === this.#bestPreference,
    });
    if (opened.kind === 'unreachable') {
      if (peer.host !== undefined) this.#client.log.info(opened.failure.text);
      this.#failure = opened.failure;
      return false;
    }
    this.#sessions++;
    if (opened.kind === 'open') return !(await this.#converse(opened.session, isLast));
    if (opened.mayGoPlain) return true;
    const attempt = this.#attempt(isLast, peer, undefined);
    attempt.failRest(opened.failure);
    this.#close(attempt);
    return false;
  }

  /** Answers false when the session, a kept one, turned out to be no good before any mail went over it. */
  async #converse(session: Session, isLast: boolean | 'unknown'): Promise<boolean> {
    session.uses++;
    this.#session = session;
    this.#connectedAt = this.#client.now();
    const attempt = this.#attempt(isLast, session.peer, session);
    const progress: Progress = {where: ''};
    try {
      const context = await this.#transactionContext(session);
      await new Transaction(session, attempt, context, progress).run();
      this.#client.finish(session, this.#request.nexthop, this.#demand === 'none');
    } catch (fault) {
      session.isSpent = true;
      session.connection.destroy();
      if (fault instanceof ProbeRefused) return false;
      if (!(fault instanceof ConnectionFault))
        this.#client.log.warning(`${this.#request.envelope.id}: ${describe(fault)}`);
      const broken = fault instanceof ConnectionFault ? fault : new ConnectionFault('local');
      if (session.isReused && progress.where === 'sending RSET probe') return false;
      attempt.failRest(brokenOff(session.peer, broken, progress));
    }
    this.#close(attempt);
    if (isLast === 'unknown' && attempt.left.length > 0) this.#first = attempt;
    return true;
  }

  async #transactionContext(session: Session): Promise<TransactionContext> {
    const {settings, log, content, pixDelaySeconds} = this.#client;
    return {
      settings,
      log,
      pixDelaySeconds,
      request: this.#request,
      demand: this.#demand,
      addresses: await this.#outgoingAddresses(),
      content: content.of(this.#request, this.#client.headFor(this.#request)),
      mayKeep: () => this.#client.mayKeep(session, this.#request.nexthop),
    };
  }

  async #outgoingAddresses(): Promise<Addresses> {
    const {sender} = this.#request.envelope;
    const {generic} = this.#client.content;
    if (generic.isEmpty) return {sender, recipients: this.#left.map(({address}) => address)};
    const recipients: string[] = [];
    for (const {address} of this.#left) recipients.push(await generic.headerAddress(address));
    return {sender: await generic.headerAddress(sender), recipients};
  }

  #attempt(isLast: boolean | 'unknown', peer: Peer, session: Session | undefined): Attempt {
    const {settings, log} = this.#client;
    const context: AttemptContext = {
      id: this.#request.envelope.id,
      log,
      isSoftBounce: settings.isSoftBounce,
      assumesFinal: settings.assumesFinal || this.#client.flags.has('X'),
      isLast,
      report: (recipient, outcome, breaksDown) =>
        this.#tell({
          recipient,
          outcome,
          relay: peer.relay,
          program: settings.protocol,
          startedAt: this.#startedAt,
          connectedAt: session === undefined ? this.#client.now() : this.#connectedAt,
          connectionUse: session?.uses,
          breakdown: breaksDown ? 'destination' : undefined,
        }),
    };
    const attempt = new Attempt(this.#left, context);
    attempt.session = session;
    return attempt;
  }

  #close(attempt: Attempt): void {
    this.#left = attempt.left;
    this.#failure = attempt.failure ?? this.#failure;
  }

  /** The best mail exchanger is this machine: another transport may know what to do with the mail. */
  async #passOn(): Promise<boolean> {
    const best = this.#client.bestMxAgent();
    if (best === undefined) return false;
    const {agent, transport, nexthop} = best;
    const recipients = this.#left;
    this.#left = [];
    const request = {...this.#request, transport, nexthop: nexthop || this.#request.nexthop, recipients};
    await agent.deliver(request, this.#tell);
    return true;
  }

  /** There was no other host: what the first one said is the end of it. */
  #reportFirst({session, failures}: Attempt): void {
    if (session === undefined) return;
    const last = this.#attempt(true, session.peer, session);
    this.#left = [];
    for (const [recipient, failure] of failures) last.fail(recipient, failure);
  }

  /** What may be a slip in main.cf is no reason to return mail. */
  #softened(failure: Failure): Failure {
    if (!failure.status.startsWith('5') || failure.isUnmetDemand === true) return failure;
    const {relayHost, fallbacks, settings, log} = this.#client;
    const name =
      fallbacks.length > 0 && !this.#isLoop
        ? `${settings.protocol}_fallback_relay`
        : this.#request.nexthop === relayHost
          ? 'relayhost'
          : undefined;
    if (name === undefined) return failure;
    log.warning(`${name} configuration problem`);
    return {...failure, status: '4.3.5'};
  }

  /** The original's client ends with these words, and the queue manager puts the mail off. */
  #giveUpFatally(words: string): void {
    this.#client.log.fatal(words);
    this.#giveUp({status: '4.3.0', text: 'unknown mail transport error', isOfServer: false});
  }

  /** No server is left. */
  #giveUp(failure: Failure): void {
    const {settings} = this.#client;
    const outcome = outcomeOf(failure);
    for (const recipient of this.#left)
      this.#tell({
        recipient,
        outcome,
        relay: 'none',
        program: settings.protocol,
        startedAt: this.#startedAt,
        connectedAt: this.#client.now(),
        breakdown: outcome.kind === 'deferred' && failure.isOfServer ? 'destination' : undefined,
      });
    this.#left = [];
  }
}

/** The server as TLS policies see it. */
function tlsTarget({name, host}: Peer, destination: Destination, found: Found): TlsTarget {
  const nexthop = destination.kind === 'bad' ? '' : destination.text;
  const domain = destination.kind === 'inet' ? destination.host : nexthop;
  return {
    nexthop,
    domain,
    name,
    canonicalName: host?.canonicalName ?? name,
    isSecure: host?.isSecure === true,
    port: host?.port ?? 0,
    ...found,
  };
}

type Found = Pick<TlsTarget, 'isMxSecure' | 'isStsEnforced'>;

/** A server that was not searched for. */
const NOT_FOUND: Found = {isMxSecure: undefined};

const PLAIN: TlsPlan = {level: 'none', demand: 'none', isWrapped: false, identity: 'plain', mayReuse: true};

const UNAVAILABLE: Failure = {
  status: '4.3.0',
  text: 'server unavailable or unable to receive mail',
  isOfServer: true,
};
