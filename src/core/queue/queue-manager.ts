/**
 * qmgr(8): takes queued messages into the active queue, hands their recipients to delivery agents, and sees to what is
 * left: a report to the sender, another try later, or the end of the file.
 *
 * The folders are the truth. Whatever happens to this process, the next one finds each unfinished message in `active`,
 * `incoming` or `deferred`; a recipient is marked done only after it is done, a failed one only after its failure is on
 * disk. A message that cleanup has just written comes in memory and is not read again.
 */
import type {AddressResolver, Resolution} from '../address/resolve.ts';
import type {Clock} from '../base/clock.ts';
import {describe, systemCode} from '../base/errors.ts';
import {nameCalls} from '../base/name-calls.ts';
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import {quoteAddress, splitAddress} from '../message/address-syntax.ts';
import {ActiveMessage, type RoutedRecipient} from './active-message.ts';
import type {Agent, Envelope, Outcome, Recipient, Report} from './agent.ts';
import type {BounceService} from './bounce-service.ts';
import type {Suspension} from './destination.ts';
import {Cohorts} from './cohorts.ts';
import {FateBook, recipientFields} from './fate-book.ts';
import {FlushLogs, type FlushAnswer} from './flush-logs.ts';
import {contentOf, readMoreRecipients, type RecipientPlace} from './queue-file-reader.ts';
import {appendEntries, readEntries, type LogEntry} from './queue-log.ts';
import {QueueScan} from './queue-scan.ts';
import type {QueueStore} from './queue-store.ts';
import {RetryPolicy} from './retry.ts';
import {RoundEnd} from './round-end.ts';
import {Scheduler, type Batch, type Breakdown} from './scheduler.ts';
import {transportLimits} from './transport-limits.ts';
import type {Verifier} from './verifier.ts';
import {verpSender} from './verp.ts';

export interface QueueManagerSupplies {
  readonly config: Config;
  readonly log: Log;
  readonly store: QueueStore;
  readonly clock: Clock;
  readonly resolver: AddressResolver;
  agent(transport: string): Agent | undefined;
  /** master.cf's process limit of a transport; undefined when it has none of its own. */
  processLimit(transport: string): number | undefined;
  /** The queue manager is oqmgr(8): destinations take turns. */
  readonly isOld?: boolean | undefined;
  readonly bounce: BounceService;
  /** For probes (verify(8)): their routes, where those differ, and who hears of their results. */
  readonly probeResolver?: AddressResolver | undefined;
  readonly verifier?: Pick<Verifier, 'learn'> | undefined;
}

/** Content handed over in memory is kept for this many messages at the most; the others are read again. */
const KEEP_CONTENT_OF = 500;

export class QueueManager {
  readonly #supplies: QueueManagerSupplies;
  readonly #log: Log;
  readonly #store: QueueStore;
  readonly #scheduler: Scheduler<ActiveMessage>;
  readonly #scan: QueueScan;
  readonly #fates: FateBook;
  readonly #end: RoundEnd;
  readonly #flushLogs: FlushLogs;
  #refreshTimer: NodeJS.Timeout | undefined;
  /** By queue id; undefined while a message is being read. */
  readonly #active = new Map<string, ActiveMessage | undefined>();
  readonly #messageLimit: number;
  readonly #recipientLimit: number;
  readonly #recipientMinimum: number;
  #recipients = 0;
  readonly #cohorts: Cohorts;
  /** Active messages that came from `deferred`: they leave half of the room to new mail. */
  #fromDeferred = 0;
  readonly #probeLimit: number;
  #probes = 0;
  readonly #deferTransports: ReadonlySet<string>;
  readonly #doubleBounce: string;
  readonly #isAdaptive: boolean;
  readonly #ending = new Set<Promise<void>>();
  readonly #idle = new Set<() => void>();
  /** Reports of success that cleanup made, by queue id, until the message itself comes. */
  readonly #expanded = new Map<string, readonly LogEntry[]>();
  #isStopping = false;
  /** Something was left in `incoming` for want of room. */
  #hasMoreIncoming = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(supplies: QueueManagerSupplies) {
    const {config, store, clock, bounce} = supplies;
    const log = supplies.log.as('qmgr');
    const now = (): number => clock.now();
    this.#supplies = supplies;
    this.#log = log;
    this.#store = store;
    this.#messageLimit = config.get('qmgr_message_active_limit');
    this.#recipientLimit = config.get('qmgr_message_recipient_limit');
    this.#recipientMinimum = config.get('qmgr_message_recipient_minimum');
    this.#deferTransports = new Set(config.list('defer_transports'));
    this.#isAdaptive = config.get('posthorn_adaptive_rate_delay');
    this.#doubleBounce = config.get('double_bounce_sender').toLowerCase();
    this.#scheduler = new Scheduler({
      limitsOf: transport => transportLimits(config, transport, supplies.processLimit(transport)),
      deliver: (batch, release) => this.#deliver(batch, release),
      slowed: (transport, destination, {status, text}) =>
        log.info(`${transport}/${destination}: slowing down deliveries: ${status} ${text}`),
      suspended: (batch, reason) => this.#retryLater(batch, reason),
      now,
      deadDestinationSeconds: config.get('minimal_backoff_time'),
      deadTransportSeconds: config.get('transport_retry_time'),
      isOld: supplies.isOld,
      unread: message => message.unread,
    });
    this.#flushLogs = new FlushLogs({config, log, store, now});
    this.#probeLimit = config.get('address_verify_pending_request_limit');
    this.#fates = new FateBook({
      log,
      store,
      bounce,
      isSoftBounce: config.get('soft_bounce'),
      putOff: (domain, id) => this.#flushLogs.add(domain, id),
      learn: (recipient, outcome) => supplies.verifier?.learn(recipient, outcome) ?? 'undeliverable',
      now,
    });
    this.#end = new RoundEnd({
      log,
      store,
      bounce,
      fates: this.#fates,
      retry: new RetryPolicy(config, log),
      waits: (message, mustTryAt) => this.#waits(message, mustTryAt),
      now,
    });
    this.#cohorts = new Cohorts({
      isDead: (transport, destination) => this.#scheduler.isDead(transport, destination),
      now,
    });
    this.#scan = new QueueScan({
      log,
      store,
      now,
      isActive: id => this.#active.has(id),
      admits: queue => this.admits() && (queue !== 'deferred' || this.#fromDeferred < this.#messageLimit / 2),
      mayTry: id => this.#cohorts.mayTry(id),
      tries: id => this.#cohorts.begun(id),
      triedInVain: id => this.#cohorts.ended(id),
      reserve: id => void this.#active.set(id, undefined),
      release: id => this.#forget(id),
      begin: message => this.#begin(message),
      portion: () => this.#portion(),
    });
  }

  /** Looks through what an earlier process left, and from then on at the deferred queue every queue_run_delay. */
  start(): void {
    this.#scan.recover();
    this.#scan.incoming();
    this.#scan.deferred('due');
    const pause = this.#supplies.config.get('queue_run_delay') * 1000;
    this.#timer = setInterval(() => {
      this.#scheduler.sweep();
      this.#scan.incoming();
      this.#scan.deferred('due');
    }, pause);
    this.#timer.unref();
    this.#refreshTimer = setInterval(() => void this.#refreshSites(), SITE_REFRESH_MILLISECONDS).unref();
  }

  /** Deliveries under way end first; nothing further begins. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    clearInterval(this.#refreshTimer);
    this.#scan.stop();
    await this.#scheduler.stop();
    await this.#scan.settled();
    await Promise.all(this.#ending);
    await this.#flushLogs.settled();
  }

  /** May the next message go straight into `active`? */
  admits(): boolean {
    return !this.#isStopping && this.#active.size < this.#messageLimit && this.#recipients < this.#recipientLimit;
  }

  /** Resolves when nothing is active and no scan is under way. */
  async whenIdle(): Promise<void> {
    for (;;) {
      await this.#scan.settled();
      if (this.#active.size === 0) return;
      await new Promise<void>(resolve => this.#idle.add(resolve));
    }
  }

  /** A message that was just queued. */
  enqueue(envelope: Envelope, records: Buffer | undefined): void {
    const {id} = envelope;
    const told = this.#expanded.get(id);
    this.#expanded.delete(id);
    if (envelope.queue === 'hold' || this.#active.has(id)) return;
    if (envelope.path !== this.#store.path('active', id)) {
      this.#hasMoreIncoming = true;
      if (this.admits()) void this.#scan.take(id, 'incoming');
    } else if (this.#isStopping) void this.#putBack(id);
    else if (this.#isForScan(envelope)) void this.#scan.take(id, 'active');
    else this.#beginNew(envelope, records, told);
  }

  /**
   * A message that another process put into `incoming`. The rename to `active` is the claim: a scan, another manager or
   * postsuper may have been first, and then there is nothing to do. Where there is no room, a scan finds it later.
   */
  takeOver(envelope: Envelope, records: Buffer | undefined): void {
    const {id} = envelope;
    const told = this.#expanded.get(id);
    this.#expanded.delete(id);
    if (envelope.queue !== 'incoming' || this.#isStopping || this.#active.has(id)) return;
    if (!this.admits()) {
      this.#hasMoreIncoming = true;
      return;
    }
    if (this.#isForScan(envelope)) return void this.#scan.take(id, 'incoming');
    this.#active.set(id, undefined);
    nameCalls.rename(this.#store.path('incoming', id), this.#store.path('active', id), fault => {
      if (fault === null) this.#claimed(envelope, records, told);
      else if (fault.code === 'ENOENT') void this.#claimSlowly(envelope, records, told);
      else this.#unclaimed(id, fault);
    });
  }

  /**
   * Do other processes hand over what they put into `incoming`? Then a scan leaves young files to them, and comes back
   * for those that nobody handed over.
   */
  expectHandOffs(areExpected: boolean): void {
    this.#scan.sparesYoung = areExpected;
  }

  /** Aliases with several members whose sender asked to hear of success: told before the message itself. */
  expanded({id}: Envelope, aliases: readonly Recipient[]): void {
    const entries = aliases.map(alias => ({
      recipient: alias.address,
      ...recipientFields(alias),
      status: '2.0.0',
      action: 'expanded',
      reason: 'alias expanded',
    }));
    this.#expanded.set(id, entries);
    appendEntries(this.#store, 'trace', id, entries).catch((fault: unknown) =>
      this.#log.warning(`${id}: trace log: ${describe(fault)}`),
    );
  }

  /** Looks for new mail that nobody told of. */
  scanIncoming(): void {
    this.#scan.incoming();
  }

  /** Tries all deferred mail now (`postqueue -f`), wherever it goes. */
  flush(): void {
    this.#scheduler.reviveAll();
    this.#scan.incoming(true);
    this.#scan.deferred('all');
  }

  async flushMessage(id: string): Promise<boolean> {
    return this.#active.has(id) || this.#scan.take(id, 'deferred', true);
  }

  /** Tries the mail that waits for a site (ETRN, `postqueue -s`), as flush(8) does: those messages, all of their recipients. */
  async flushSite(site: string): Promise<FlushAnswer> {
    const found = await this.#flushLogs.take(site);
    if (typeof found === 'string') return found;
    void this.#takeAll(found);
    return 'started';
  }

  async #refreshSites(): Promise<void> {
    for await (const ids of this.#flushLogs.refresh()) await this.#takeAll(ids);
  }

  async #takeAll(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      if (this.#isStopping) return;
      await this.#scan.takeWhenAdmitted(id, 'deferred');
    }
  }

  #now(): number {
    return this.#supplies.clock.now();
  }

  #beginNew(envelope: Envelope, records: Buffer | undefined, told: readonly LogEntry[] | undefined): void {
    const kept = this.#active.size < KEEP_CONTENT_OF ? records : undefined;
    const content = contentOf(envelope, () => this.#store.path('active', envelope.id), kept);
    this.#begin(new ActiveMessage({envelope, content, activeAt: this.#now(), told}));
  }

  /** The file is ours. A manager that is stopping leaves it to the next one's scan. */
  #claimed(envelope: Envelope, records: Buffer | undefined, told: readonly LogEntry[] | undefined): void {
    if (!this.#isStopping) return this.#beginNew(envelope, records, told);
    void this.#putBack(envelope.id);
    this.#forget(envelope.id);
  }

  /** The file was taken already, or it is only the hash folder that is missing. */
  async #claimSlowly(
    envelope: Envelope,
    records: Buffer | undefined,
    told: readonly LogEntry[] | undefined,
  ): Promise<void> {
    try {
      if (await this.#store.move(envelope.id, 'incoming', 'active')) this.#claimed(envelope, records, told);
      else this.#forget(envelope.id);
    } catch (fault) {
      this.#unclaimed(envelope.id, fault);
    }
  }

  #unclaimed(id: string, fault: unknown): void {
    this.#log.warning(`rename incoming ${id}: ${describe(fault)}`);
    this.#forget(id);
  }

  async #putBack(id: string): Promise<void> {
    await this.#store
      .move(id, 'active', 'incoming')
      .catch((fault: unknown) => this.#log.warning(`rename active ${id}: ${describe(fault)}`));
  }

  #begin(message: ActiveMessage): void {
    const {envelope} = message;
    this.#active.set(envelope.id, message);
    this.#count(message, envelope.recipients.length);
    if (message.isProbe) this.#probes++;
    if (message.isFromDeferred) {
      this.#fromDeferred++;
      this.#cohorts.begun(envelope.id);
    }
    this.#log.event('active', {
      queueId: envelope.id,
      sender: quoteAddress(envelope.sender),
      sizeBytes: envelope.sizeBytes,
      recipientCount: envelope.recipientCount ?? envelope.recipients.length,
    });
    if (message.isForceExpired && message.rest === undefined) void this.#expire(message);
    else this.#assign(message);
  }

  /** `postsuper -e`: the reasons of earlier tries go back with it; without any it is said to be expired. */
  async #expire(message: ActiveMessage): Promise<void> {
    const {envelope} = message;
    const earlier = await readEntries(this.#store, 'defer', envelope.id).catch(() => []); // as if there were none
    message.deferred.push(...earlier);
    if (earlier.length === 0) for (const recipient of envelope.recipients) this.#retryOne(message, recipient, FORCED);
    this.#scheduler.run();
    this.#release(message, 1);
  }

  #assign(message: ActiveMessage): void {
    const {isProbe} = message;
    const {resolver, probeResolver} = this.#supplies;
    if (isProbe && this.#probes > this.#probeLimit) return this.#refuseProbe(message);
    this.#resolveAll(message, recipientsOf(message.envelope), isProbe ? (probeResolver ?? resolver) : resolver);
  }

  /** postconf(5) address_verify_pending_request_limit. */
  #refuseProbe(message: ActiveMessage): void {
    const reason = {status: '4.3.2', text: 'Too many address verification requests'};
    for (const recipient of recipientsOf(message.envelope)) this.#retryOne(message, recipient, reason);
    this.#scheduler.run();
    this.#release(message, 1);
  }

  /** A message whose end is forced is not tried: the retry service gives the reason. */
  #resolveAll(message: ActiveMessage, recipients: readonly Recipient[], resolver: AddressResolver): void {
    const {envelope} = message;
    message.unresolved = 1;
    for (const recipient of recipients) {
      if (message.isForceExpired) {
        this.#retryOne(message, recipient, FORCED);
        continue;
      }
      message.unresolved++;
      const answer = resolver.resolve(recipient.address, envelope.sender);
      if (answer instanceof Promise)
        answer.then(
          resolution => this.#resolved(message, recipient, resolution),
          (fault: unknown) => this.#unresolvable(message, recipient, fault),
        );
      else this.#resolved(message, recipient, answer);
    }
    this.#assigned(message);
  }

  #unresolvable(message: ActiveMessage, recipient: Recipient, fault: unknown): void {
    this.#log.warning(`${message.envelope.id}: resolve ${recipient.address}: ${describe(fault)}`);
    this.#retryOne(message, recipient, {status: '4.3.0', text: 'address resolver failure'});
    this.#assigned(message);
  }

  /** Recipients begin together, in the original's order, so that those for one destination go together. */
  #assigned(message: ActiveMessage): void {
    if (--message.unresolved > 0) return;
    const routed = message.routed.splice(0);
    if (routed.length > 1) routed.sort(compareRoutes);
    message.soleRoute = this.#soleRoute(message, routed);
    for (const {recipient, transport, nexthop} of routed) this.#add(message, recipient, transport, nexthop);
    this.#scheduler.run();
    this.#release(message, 1);
  }

  #resolved(message: ActiveMessage, recipient: Recipient, resolution: Resolution): void {
    const {transport, nexthop} = this.#routeOf(message, resolution);
    const resolved =
      resolution.recipient === recipient.address ? recipient : {...recipient, address: resolution.recipient};
    if (this.#isOwnNotice(resolution)) this.#discardNotice(message, resolved);
    else if (this.#deferTransports.has(transport) && !message.isFlushed)
      this.#retryOne(message, resolved, {status: '4.3.2', text: 'deferred transport'});
    else message.routed.push({recipient: resolved, transport, nexthop});
    this.#assigned(message);
  }

  #add(message: ActiveMessage, recipient: Recipient, transport: string, nexthop: string): void {
    const destination = this.#destinationOf(message, recipient, transport, nexthop);
    message.pending++;
    if (message.isFlushed) this.#scheduler.revive(transport, destination);
    this.#scheduler.add(message, {transport, nexthop, destination}, recipient);
  }

  #destinationOf(message: ActiveMessage, recipient: Recipient, transport: string, nexthop: string): string {
    const isSingle = message.envelope.verp !== undefined || this.#scheduler.limitsOf(transport).recipients === 1;
    // Where each recipient is delivered alone, it is its own destination (postconf(5) local_destination_recipient_limit).
    return isSingle ? recipient.address.toLowerCase() : nexthop.toLowerCase();
  }

  /** The one destination of all recipients; undefined when there are several, or when some are on disk. */
  #soleRoute(message: ActiveMessage, routed: readonly RoutedRecipient[]): ActiveMessage['soleRoute'] {
    const [first] = routed;
    if (first === undefined || message.rest !== undefined || routed.length !== message.envelope.recipients.length)
      return;
    if (routed.length === 1) return first;
    const {transport, nexthop} = first;
    if (this.#scheduler.limitsOf(transport).recipients === 1 || message.envelope.verp !== undefined) return;
    return routed.every(other => other.transport === transport && other.nexthop === nexthop) ? first : undefined;
  }

  #routeOf({envelope, isVerifyOnly}: ActiveMessage, resolution: Resolution): {transport: string; nexthop: string} {
    const {contentFilter} = envelope;
    if (contentFilter === undefined || isVerifyOnly) return resolution;
    const colon = contentFilter.indexOf(':');
    const transport = colon < 0 ? contentFilter : contentFilter.slice(0, colon);
    const given = colon < 0 ? '' : contentFilter.slice(colon + 1);
    const otherwise = this.#supplies.config.get('default_filter_nexthop') || splitAddress(resolution.recipient).domain;
    return {transport, nexthop: given || otherwise || this.#supplies.config.get('myhostname')};
  }

  /** Mail to the sender of postmaster notices goes nowhere: it is never a reason for more mail. */
  #isOwnNotice({addressClass, recipient}: Resolution): boolean {
    if (addressClass !== 'local') return false;
    return splitAddress(recipient).localPart.toLowerCase() === this.#doubleBounce;
  }

  #discardNotice(message: ActiveMessage, recipient: Recipient): void {
    const outcome = {kind: 'sent', status: '2.0.0', text: 'undeliverable postmaster notification discarded'} as const;
    this.#fates.receive(message, {recipient, outcome, relay: 'none', program: 'qmgr', startedAt: this.#now()});
  }

  #retryLater({message, recipients}: Batch<ActiveMessage>, {status, text}: Suspension): void {
    for (const recipient of recipients) this.#retryOne(message, recipient, {status, text});
    message.pending -= recipients.length;
    this.#scheduler.run();
  }

  /** The retry service defers it for the reason given, as everything that is not tried at all. */
  #retryOne(message: ActiveMessage, recipient: Recipient, {status, text}: Suspension): void {
    this.#add(message, recipient, RETRY, `${status} ${text}`);
  }

  async #deliver(batch: Batch<ActiveMessage>, release: () => void): Promise<Breakdown | undefined> {
    const {message, recipients} = batch;
    const undone = new Set(recipients);
    let breakdown: Breakdown | undefined;
    let pace: Pace = {};
    const receive = (report: Report): void => {
      if (report.partial !== true) strike(undone, report.recipient);
      const {outcome} = report;
      if (report.breakdown !== undefined)
        breakdown ??= {of: report.breakdown, status: outcome.status, text: suspensionText(report)};
      if (this.#isAdaptive) pace = paceAfter(pace, outcome);
      this.#fates.receive(message, report);
    };
    const agent = this.#supplies.agent(batch.transport);
    if (agent !== undefined) await this.#attempt(batch, agent, receive, release);
    else breakdown = this.#missing(batch.transport);
    this.#giveBack(undone, agent === undefined ? UNAVAILABLE : BROKEN, receive);
    await this.#fates.settle(message);
    this.#answered(batch, breakdown);
    this.#release(message, recipients.length);
    if (pace.isGood === true || pace.wish === undefined) return breakdown;
    return {...(breakdown ?? {of: 'pace', ...pace.wish}), isPaced: true};
  }

  /** A destination that was dead and answers: what waits for it is tried at once. */
  #answered({message, transport, nexthop, recipients}: Batch<ActiveMessage>, breakdown: Breakdown | undefined): void {
    const [recipient] = recipients;
    if (breakdown !== undefined || recipient === undefined || this.#cohorts.isEmpty) return;
    const destination = this.#destinationOf(message, recipient, transport, nexthop);
    if (this.#cohorts.answered(transport, destination)) this.#scan.deferred('due');
  }

  #waits(message: ActiveMessage, mustTryAt: number): void {
    const {envelope, soleRoute} = message;
    this.#cohorts.ended(envelope.id);
    if (soleRoute === undefined) return;
    const {recipient, transport, nexthop} = soleRoute;
    const destination = this.#destinationOf(message, recipient, transport, nexthop);
    if (this.#scheduler.isDead(transport, destination))
      this.#cohorts.join(envelope.id, transport, destination, mustTryAt);
  }

  /** Without even the retry service, mail is put off by us. */
  #missing(transport: string): Breakdown | undefined {
    this.#log.warning(`connect to transport private/${transport}: No such file or directory`);
    return transport === RETRY ? undefined : {of: 'transport', ...UNAVAILABLE};
  }

  async #attempt(
    batch: Batch<ActiveMessage>,
    agent: Agent,
    receive: (report: Report) => void,
    release: () => void,
  ): Promise<void> {
    const {message, recipients, transport, nexthop} = batch;
    const {content, isVerifyOnly, isTraced} = message;
    const envelope = deliveryEnvelope(message.envelope, recipients);
    try {
      await agent.deliver(
        {envelope, content, transport, nexthop, recipients, verifyOnly: isVerifyOnly, trace: isTraced, release},
        receive,
      );
    } catch (fault) {
      this.#log.warning(`${envelope.id}: ${transport}: ${describe(fault)}`);
    }
  }

  /** Recipients that no agent spoke for. */
  #giveBack(undone: ReadonlySet<Recipient>, reason: Suspension, receive: (report: Report) => void): void {
    for (const recipient of undone)
      receive({
        recipient,
        outcome: {kind: 'deferred', ...reason},
        relay: 'none',
        program: 'error',
        startedAt: this.#now(),
      });
  }

  #release(message: ActiveMessage, count: number): void {
    message.pending -= count;
    if (message.rest !== undefined) return this.#considerRefill(message, message.rest);
    if (message.pending > 0 || message.isRefilling) return;
    if (message.refilledAt !== message.activeAt) this.#scheduler.forget(message);
    const ending: Promise<void> = this.#end.finish(message).then(isMoved => {
      this.#ending.delete(ending);
      this.#count(message, 0);
      this.#cohorts.ended(message.envelope.id);
      if (message.isProbe) this.#probes--;
      if (message.isFromDeferred) this.#fromDeferred--;
      if (!isMoved) this.#scan.strand(message.envelope.id);
      this.#forget(message.envelope.id);
    });
    this.#ending.add(ending);
  }

  /** Its recipients are read from the file, as far as there is room: they are too many, or not all here. */
  #isForScan({recipients, recipientCount = 0}: Envelope): boolean {
    return recipientCount > recipients.length || recipients.length > this.#portion();
  }

  /** How many recipients of the next message may be read at first. */
  #portion(): number {
    return Math.max(this.#recipientMinimum, this.#recipientLimit - this.#recipients);
  }

  /** So many of a message's recipients are in memory now. */
  #count(message: ActiveMessage, recipients: number): void {
    this.#recipients += recipients - message.inMemory;
    message.inMemory = recipients;
  }

  /** More of a message's recipients are read when the others are done, or when its transports have room for them. */
  #considerRefill(message: ActiveMessage, rest: RecipientPlace): void {
    if (message.isRefilling) return;
    const room = this.#scheduler.roomFor(message, (this.#now() - message.refilledAt) / 1000);
    if (message.pending > 0 && room === 0) return;
    message.isRefilling = true;
    void this.#refill(message, rest, Math.max(room, this.#recipientMinimum));
  }

  async #refill(message: ActiveMessage, rest: RecipientPlace, count: number): Promise<void> {
    let recipients: readonly Recipient[] = [];
    message.pending++;
    try {
      await this.#end.unload(message);
      const read = await readMoreRecipients(this.#store.path('active', message.envelope.id), rest, count);
      recipients = read.recipients;
      message.rest = read.rest;
    } catch (fault) {
      message.isCut = systemCode(fault) !== 'ENOENT'; // else it was deleted under our feet
      if (message.isCut) this.#log.warning(`${message.envelope.id}: ${describe(fault)}`);
      message.rest = undefined;
    }
    message.unread = message.rest === undefined ? 0 : Math.max(message.unread - recipients.length, 1);
    message.refilledAt = this.#now();
    message.isRefilling = false;
    this.#count(message, message.pending - 1 + recipients.length);
    this.#resolveAll(message, recipients, this.#supplies.resolver);
  }

  #forget(id: string): void {
    this.#active.delete(id);
    if (this.admits()) {
      if (this.#hasMoreIncoming) this.#scan.incoming();
      this.#hasMoreIncoming = false;
      this.#scan.wake();
    }
    if (this.#active.size > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }
}

/** Did the destination take something, or only ask for less; the first reply that did. */
interface Pace {
  readonly isGood?: boolean | undefined;
  readonly wish?: Suspension | undefined;
}

/** A reply of 421, or one about policy (4.7.x), without any recipient that was taken. */
function paceAfter(pace: Pace, {kind, status, text, remote}: Outcome): Pace {
  if (kind === 'sent') return {isGood: true};
  if (pace.isGood === true || pace.wish !== undefined || remote === undefined || kind !== 'deferred') return pace;
  return remote.reply.startsWith('421') || status.startsWith('4.7.') ? {wish: {status, text}} : pace;
}

/** An agent may have changed what is known of a recipient (a list with an owner): its place in the file stays. */
function strike(undone: Set<Recipient>, done: Recipient): void {
  if (undone.delete(done)) return;
  for (const recipient of undone) if (recipient.offset === done.offset) undone.delete(recipient);
}

/** master.cf: flush's wake-up time. */
const SITE_REFRESH_MILLISECONDS = 1_000_000;
const RETRY = 'retry';
const FORCED: Suspension = {status: '4.7.0', text: 'message is administratively expired'};
const UNAVAILABLE: Suspension = {status: '4.3.0', text: 'mail transport unavailable'};
const BROKEN: Suspension = {status: '4.3.0', text: 'unknown mail transport error'};

function suspensionText({outcome, breakdown}: Report): string {
  return breakdown === 'destination' ? `delivery temporarily suspended: ${outcome.text}` : outcome.text;
}

/** Seen: by transport, next hop, domain and address. */
function compareRoutes(a: RoutedRecipient, b: RoutedRecipient): number {
  return (
    compareText(a.transport, b.transport) ||
    compareText(a.nexthop, b.nexthop) ||
    compareText(domainOf(a.recipient.address), domainOf(b.recipient.address)) ||
    compareText(a.recipient.address.toLowerCase(), b.recipient.address.toLowerCase())
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

/** REDIRECT overrides all recipients. */
function recipientsOf({recipients, redirect}: Envelope): readonly Recipient[] {
  const [first] = recipients;
  return redirect === undefined || first === undefined ? recipients : [{...first, address: redirect}];
}

/** As the agent sees it: with VERP the sender names the recipient. */
function deliveryEnvelope(envelope: Envelope, [first]: readonly Recipient[]): Envelope {
  if (envelope.verp === undefined || envelope.sender === '' || first === undefined) return envelope;
  return {...envelope, sender: verpSender(envelope.sender, envelope.verp, first.original || first.address)};
}
