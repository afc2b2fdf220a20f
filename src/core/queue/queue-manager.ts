/**
 * qmgr(8): takes queued messages into the active queue, hands their recipients to delivery agents, and sees to what is
 * left: a report to the sender, another try later, or the end of the file.
 *
 * The folders are the truth. Whatever happens to this process, the next one finds each unfinished message in `active`,
 * `incoming` or `deferred`; a recipient is marked done only after it is done, a failed one only after the report about
 * it is queued. A message that cleanup has just written comes in memory and is not read again.
 */
import {open, stat} from 'node:fs/promises';
import type {AddressResolver, Resolution} from '../address/resolve.ts';
import type {Clock} from '../base/clock.ts';
import {describe, ParseError, systemCode} from '../base/errors.ts';
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import {quoteAddress} from '../message/address-syntax.ts';
import {ActiveMessage} from './active-message.ts';
import {
  NOTIFY_NEVER,
  NOTIFY_SUCCESS,
  type Agent,
  type Envelope,
  type QueueName,
  type Recipient,
  type Report,
} from './agent.ts';
import type {BounceService} from './bounce-service.ts';
import {contentOf, readQueueFile} from './queue-file-reader.ts';
import {appendEntry, readEntries, removeLog, type LogEntry} from './queue-log.ts';
import type {QueueStore} from './queue-store.ts';
import {RetryPolicy} from './retry.ts';
import {Scheduler, type TransportLimits} from './scheduler.ts';

export interface QueueManagerSupplies {
  readonly config: Config;
  readonly log: Log;
  readonly store: QueueStore;
  readonly clock: Clock;
  readonly resolver: AddressResolver;
  agent(transport: string): Agent | undefined;
  /** master.cf's process limit of a transport; undefined when it has none of its own. */
  processLimit(transport: string): number | undefined;
  readonly bounce: BounceService;
}

/** Content handed over in memory is kept for this many messages at the most; the others are read again. */
const KEEP_CONTENT_OF = 500;
/** How many messages are read from disk at a time. */
const READ_AT_ONCE = 20;

export class QueueManager {
  readonly #supplies: QueueManagerSupplies;
  readonly #log: Log;
  readonly #store: QueueStore;
  readonly #retry: RetryPolicy;
  readonly #scheduler: Scheduler;
  readonly #active = new Map<string, ActiveMessage | undefined>();
  readonly #activeLimit: number;
  readonly #deferTransports: ReadonlySet<string>;
  #isStopping = false;
  #timer: NodeJS.Timeout | undefined;
  /** Something was left in `incoming` for want of room. */
  #hasMoreIncoming = false;
  #scanning: Promise<void> = Promise.resolve();
  readonly #idle = new Set<() => void>();

  constructor(supplies: QueueManagerSupplies) {
    const {config, log, store} = supplies;
    this.#supplies = supplies;
    this.#log = log.as('qmgr');
    this.#store = store;
    this.#retry = new RetryPolicy(config);
    this.#scheduler = new Scheduler(transport => this.#limitsOf(transport));
    this.#activeLimit = config.get('qmgr_message_active_limit');
    this.#deferTransports = new Set(config.list('defer_transports'));
  }

  /** Looks through what an earlier process left, and from then on at the deferred queue every queue_run_delay. */
  start(): void {
    this.#enqueueScan(async () => {
      await this.#scan('active', () => true);
      await this.#scan('incoming', () => true);
      await this.#scanDeferred(false);
    });
    const pause = this.#supplies.config.get('queue_run_delay') * 1000;
    this.#timer = setInterval(() => this.#enqueueScan(() => this.#scanDeferred(false)), pause);
    this.#timer.unref();
  }

  /** Deliveries under way end first; nothing further begins. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    await this.#scheduler.stop();
    await this.#scanning;
  }

  /** May the next message go straight into `active`? */
  admits(): boolean {
    return !this.#isStopping && this.#active.size < this.#activeLimit;
  }

  /** Resolves when nothing is active and no scan is under way. */
  async whenIdle(): Promise<void> {
    for (;;) {
      await this.#scanning;
      if (this.#active.size === 0) return;
      await new Promise<void>(resolve => this.#idle.add(resolve));
    }
  }

  /** A message that was just queued. */
  enqueue(envelope: Envelope, records: Buffer | undefined): void {
    if (envelope.queue === 'hold' || this.#isStopping) return;
    const {id} = envelope;
    if (this.#active.has(id)) return;
    if (envelope.path !== this.#store.path('active', id)) {
      this.#hasMoreIncoming = true;
      if (this.admits()) this.#enqueueScan(() => this.#take(id, 'incoming'));
      return;
    }
    const kept = this.#active.size < KEEP_CONTENT_OF ? records : undefined;
    const content = contentOf(envelope, () => this.#store.path('active', id), kept);
    this.#begin(new ActiveMessage({envelope, content, activeAt: this.#now(), wasDeferred: false}));
  }

  /** Tries all deferred mail now (`postqueue -f`). */
  flush(): void {
    this.#enqueueScan(async () => {
      await this.#scan('incoming', () => true);
      await this.#scanDeferred(true);
    });
  }

  async flushMessage(id: string): Promise<boolean> {
    if (this.#active.has(id)) return true;
    return this.#take(id, 'deferred');
  }

  flushSite(site: string): void {
    const wanted = site.toLowerCase();
    this.#enqueueScan(async () => {
      for await (const id of this.#store.ids('deferred')) {
        const entries = await readEntries(this.#store, 'defer', id);
        if (entries.some(entry => domainOf(entry.recipient) === wanted)) await this.#take(id, 'deferred');
      }
    });
  }

  #now(): number {
    return this.#supplies.clock.now();
  }

  #enqueueScan(scan: () => Promise<unknown>): void {
    this.#scanning = this.#scanning
      .then(async () => {
        if (!this.#isStopping) await scan();
      })
      .catch((fault: unknown) => this.#log.warning(`queue scan: ${describe(fault)}`));
  }

  async #scanDeferred(all: boolean): Promise<void> {
    await this.#scan('deferred', async id => {
      if (all) return true;
      try {
        const {mtimeMs, mode} = await stat(this.#store.path('deferred', id));
        return mtimeMs <= Date.now() || (mode & 0o010) !== 0;
      } catch {
        return false; // it went while we looked
      }
    });
  }

  async #scan(queue: QueueName, isDue: (id: string) => boolean | Promise<boolean>): Promise<void> {
    const working = new Set<Promise<unknown>>();
    for await (const id of this.#store.ids(queue)) {
      if (this.#isStopping) break;
      if (this.#active.has(id) || !(await isDue(id))) continue;
      if (!this.admits()) {
        this.#hasMoreIncoming ||= queue === 'incoming';
        break;
      }
      const work: Promise<unknown> = this.#take(id, queue).finally(() => working.delete(work));
      working.add(work);
      if (working.size >= READ_AT_ONCE) await Promise.race(working);
    }
    await Promise.all(working);
  }

  /** Reads a message from disk and makes it active; false when it is not there, or not whole. */
  async #take(id: string, queue: QueueName): Promise<boolean> {
    if (this.#active.has(id)) return false;
    this.#active.set(id, undefined); // nobody else takes it meanwhile
    try {
      const message = await this.#read(id, queue);
      if (message === undefined) this.#forget(id);
      else this.#begin(message);
      return message !== undefined;
    } catch (fault) {
      this.#forget(id);
      if (fault instanceof ParseError) await this.#saveCorrupt(id, queue, fault);
      else if (systemCode(fault) !== 'ENOENT') this.#log.warning(`open ${queue}/${id}: ${describe(fault)}`);
      return false;
    }
  }

  async #read(id: string, queue: QueueName): Promise<ActiveMessage | undefined> {
    const path = this.#store.path(queue, id);
    const {mode} = await stat(path);
    if ((mode & 0o100) === 0) return undefined; // still being written, or left half-written
    const {envelope, contentFilter, redirect} = await readQueueFile(path, queue, id);
    if (queue !== 'active' && !(await this.#store.move(id, queue, 'active'))) return undefined;
    const content = contentOf(envelope, () => this.#store.path('active', id));
    const wasDeferred = queue !== 'incoming';
    const message = new ActiveMessage({envelope, content, activeAt: this.#now(), wasDeferred, contentFilter, redirect});
    message.isForceExpired = (mode & 0o010) !== 0;
    return message;
  }

  async #saveCorrupt(id: string, queue: QueueName, fault: ParseError): Promise<void> {
    this.#log.warning(`${id}: ${fault.message}`);
    this.#log.warning(`saving corrupt file "${id}" from queue "${queue}" to queue "corrupt"`);
    await this.#store.move(id, queue, 'corrupt').catch((fault: unknown) => {
      this.#log.warning(`rename ${queue}/${id}: ${describe(fault)}`);
    });
  }

  #begin(message: ActiveMessage): void {
    const {envelope} = message;
    this.#active.set(envelope.id, message);
    this.#log.event('active', {
      queueId: envelope.id,
      sender: quoteAddress(envelope.sender),
      sizeBytes: envelope.sizeBytes,
      recipientCount: envelope.recipients.length,
    });
    message.pending = 1; // held until all recipients are assigned
    if (message.isForceExpired) this.#expireAll(message);
    else for (const recipient of this.#recipientsOf(message)) this.#assign(message, recipient);
    this.#release(message);
  }

  /** REDIRECT overrides all recipients. */
  #recipientsOf({envelope, redirect}: ActiveMessage): readonly Recipient[] {
    const [first] = envelope.recipients;
    return redirect === undefined || first === undefined ? envelope.recipients : [{...first, address: redirect}];
  }

  #expireAll(message: ActiveMessage): void {
    for (const recipient of message.envelope.recipients)
      message.deferred.push(entryFor(recipient, recipient.address, '4.7.0', 'delayed', 'message was force-expired'));
  }

  #assign(message: ActiveMessage, recipient: Recipient): void {
    message.pending++;
    const answer = this.#supplies.resolver.resolve(recipient.address, message.envelope.sender);
    if (!(answer instanceof Promise)) return this.#schedule(message, recipient, answer);
    answer.then(
      resolution => this.#schedule(message, recipient, resolution),
      (fault: unknown) => {
        this.#log.warning(`${message.envelope.id}: resolve ${recipient.address}: ${describe(fault)}`);
        this.#schedule(message, recipient, {
          addressClass: 'default',
          transport: 'retry',
          nexthop: '4.3.0 address resolver failure',
          recipient: recipient.address,
        });
      },
    );
  }

  #schedule(message: ActiveMessage, recipient: Recipient, resolution: Resolution): void {
    const {transport, nexthop} = this.#routeOf(message, resolution);
    const resolved =
      resolution.recipient === recipient.address ? recipient : {...recipient, address: resolution.recipient};
    const isSingle = this.#supplies.config.forTransport(transport, 'destination_recipient_limit') === '1';
    // Where each recipient is delivered alone, it is its own destination (postconf(5) local_destination_recipient_limit).
    const destination = isSingle ? resolved.address.toLowerCase() : nexthop.toLowerCase();
    this.#scheduler.add(transport, destination, {
      run: async () => {
        await this.#deliver(message, [resolved], transport, nexthop);
        this.#release(message);
      },
    });
  }

  #routeOf(message: ActiveMessage, {transport, nexthop}: Resolution): {transport: string; nexthop: string} {
    const filter = message.contentFilter;
    if (filter !== undefined && !message.isVerifyOnly) {
      const colon = filter.indexOf(':');
      return {transport: filter.slice(0, colon), nexthop: filter.slice(colon + 1)};
    }
    if (!this.#deferTransports.has(transport)) return {transport, nexthop};
    return {transport: 'retry', nexthop: '4.3.2 deferred transport'};
  }

  async #deliver(
    message: ActiveMessage,
    recipients: readonly Recipient[],
    transport: string,
    nexthop: string,
  ): Promise<void> {
    const startedAt = this.#now();
    const undone = new Set(recipients);
    const after: Promise<void>[] = [];
    const report = (report: Report): void => {
      if (report.partial !== true) undone.delete(report.recipient);
      const work = this.#receive(message, report);
      if (work !== undefined) after.push(work);
    };
    const giveBack = (text: string, status: string): void => {
      for (const recipient of undone)
        report({recipient, outcome: {kind: 'deferred', status, text}, relay: 'none', program: 'error', startedAt});
    };
    const agent = this.#supplies.agent(transport);
    if (agent === undefined) {
      this.#log.warning(`connect to transport private/${transport}: No such file or directory`);
      giveBack('mail transport unavailable', '4.3.0');
    } else {
      const {envelope, content, isVerifyOnly, isTraced} = message;
      try {
        await agent.deliver(
          {envelope, content, transport, nexthop, recipients, verifyOnly: isVerifyOnly, trace: isTraced},
          report,
        );
      } catch (fault) {
        this.#log.warning(`${envelope.id}: ${transport}: ${describe(fault)}`);
      }
      giveBack('unknown mail transport error', '4.3.0');
    }
    if (after.length > 0) await Promise.all(after);
  }

  /** Logs a report and keeps what the end of the round needs; a promise when something has to be written first. */
  #receive(message: ActiveMessage, report: Report): Promise<void> | undefined {
    const {recipient, outcome} = report;
    if (report.unlogged !== true) this.#logDelivery(message, report);
    const address = report.address ?? recipient.address;
    const isFinal = report.partial !== true;
    if (message.isVerifyOnly) {
      message.told.push(
        entryFor(
          recipient,
          address,
          outcome.status,
          outcome.kind === 'sent' ? 'deliverable' : 'undeliverable',
          outcome.text,
        ),
      );
      return undefined;
    }
    if (outcome.kind === 'sent') {
      if (message.isTraced || (recipient.notify & NOTIFY_SUCCESS) !== 0)
        message.told.push(entryFor(recipient, address, outcome.status, outcome.action ?? 'delivered', outcome.text));
      const isOnly = message.envelope.recipients.length === 1;
      return isFinal && !isOnly ? this.#markDone(message, [recipient]) : undefined;
    }
    const isSoft = outcome.kind === 'bounced' && this.#supplies.config.get('soft_bounce');
    const isFailed = outcome.kind === 'bounced' && !isSoft;
    const status = isSoft ? `4${outcome.status.slice(1)}` : outcome.status;
    const entry = entryFor(recipient, address, status, isFailed ? 'failed' : 'delayed', outcome.text, outcome.remote);
    if (!isFailed) {
      message.deferred.push(entry);
      return undefined;
    }
    if ((recipient.notify & NOTIFY_NEVER) === 0) message.failed.push(entry);
    if (isFinal) message.failedRecipients.push(recipient);
    return undefined;
  }

  #logDelivery(
    message: ActiveMessage,
    {recipient, address, outcome, relay, program, startedAt, connectedAt, connectionUse}: Report,
  ): void {
    const now = this.#now();
    const verdict = outcome.kind === 'sent' ? 'deliverable' : 'undeliverable';
    const isSoft = outcome.kind === 'bounced' && this.#supplies.config.get('soft_bounce');
    this.#log.as(program).event('delivery', {
      queueId: message.envelope.id,
      recipient: quoteAddress(address ?? recipient.address),
      originalRecipient: recipient.original,
      relay,
      connectionUse,
      delay: (now - message.arrivedAt) / 1000,
      delays: {
        incoming: (message.activeAt - message.arrivedAt) / 1000,
        active: (startedAt - message.activeAt) / 1000,
        connect: ((connectedAt ?? startedAt) - startedAt) / 1000,
        transmit: (now - (connectedAt ?? startedAt)) / 1000,
      },
      dsn: isSoft ? `4${outcome.status.slice(1)}` : outcome.status,
      status: message.isVerifyOnly ? verdict : isSoft ? 'deferred' : outcome.kind,
      reason: isSoft ? `SOFTBOUNCE - ${outcome.text}` : outcome.text,
    });
  }

  async #markDone(message: ActiveMessage, recipients: readonly Recipient[]): Promise<void> {
    const file = await open(this.#store.path('active', message.envelope.id), 'r+').catch(() => undefined);
    if (file === undefined) return; // deleted under our feet
    try {
      for (const {offset} of recipients) if (offset > 0) await file.write(DONE, 0, 1, offset);
    } finally {
      await file.close();
    }
  }

  #release(message: ActiveMessage): void {
    if (--message.pending > 0) return;
    this.#finish(message)
      .catch(async (fault: unknown) => {
        this.#log.warning(`${message.envelope.id}: ${describe(fault)}`);
        await this.#putOff(message).catch((fault: unknown) => {
          this.#log.warning(`${message.envelope.id}: defer: ${describe(fault)}`);
        });
      })
      .finally(() => this.#forget(message.envelope.id));
  }

  /** The end of a round. */
  async #finish(message: ActiveMessage): Promise<void> {
    const {envelope} = message;
    const {bounce} = this.#supplies;
    if (message.failed.length > 0 || message.failedRecipients.length > 0) {
      if (message.failed.length > 0) await bounce.notify('failed', envelope, message.failed, message.content);
      if (message.deferred.length > 0) await this.#markDone(message, message.failedRecipients);
    }
    if (message.told.length > 0)
      await bounce.notify(
        message.isVerifyOnly || message.isTraced ? 'verify' : 'success',
        envelope,
        message.told,
        message.content,
      );
    if (message.deferred.length > 0 && !(await this.#giveUp(message))) return this.#putOff(message);
    await this.#store.remove('active', envelope.id);
    if (message.wasDeferred) await removeLog(this.#store, 'defer', envelope.id);
    this.#log.event('removed', {queueId: envelope.id});
  }

  /** Returns what is too old to be tried again. */
  async #giveUp(message: ActiveMessage): Promise<boolean> {
    const {envelope} = message;
    const age = (this.#now() - message.arrivedAt) / 1000;
    if (!message.isForceExpired && !this.#retry.isExpired(age, envelope.sender)) return false;
    this.#log.event('expired', {
      queueId: envelope.id,
      sender: quoteAddress(envelope.sender),
      forced: message.isForceExpired,
    });
    const earlier = message.isForceExpired ? await readEntries(this.#store, 'defer', envelope.id) : [];
    const entries = message.deferred.map(entry => ({
      ...(earlier.find(old => old.recipient === entry.recipient) ?? entry),
      action: 'failed',
    }));
    await this.#supplies.bounce.notify('failed', envelope, entries, message.content);
    return true;
  }

  async #putOff(message: ActiveMessage): Promise<void> {
    const {envelope} = message;
    const now = this.#now() / 1000;
    await removeLog(this.#store, 'defer', envelope.id);
    for (const entry of message.deferred) await appendEntry(this.#store, 'defer', envelope.id, entry);
    const {warning} = envelope;
    if (warning !== undefined && warning.seconds <= now && envelope.sender !== '' && message.deferred.length > 0) {
      await this.#supplies.bounce.notify('delayed', envelope, message.deferred, message.content);
      await this.#clearWarning(envelope.id, warning.offset);
    }
    const pause = this.#retry.pauseSeconds(now - message.arrivedAt / 1000);
    await this.#store.setTime('active', envelope.id, now + pause).catch((fault: unknown) => {
      if (systemCode(fault) !== 'ENOENT') throw fault; // deleted under our feet
    });
    await this.#store.move(envelope.id, 'active', 'deferred');
  }

  async #clearWarning(id: string, offset: number): Promise<void> {
    const file = await open(this.#store.path('active', id), 'r+');
    try {
      const record = Buffer.from(`W\x0f${'0'.padStart(15)}`, 'latin1');
      await file.write(record, 0, record.length, offset);
    } finally {
      await file.close();
    }
  }

  #forget(id: string): void {
    this.#active.delete(id);
    if (this.#hasMoreIncoming && this.admits()) {
      this.#hasMoreIncoming = false;
      this.#enqueueScan(() => this.#scan('incoming', () => true));
    }
    if (this.#active.size > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  #limitsOf(transport: string): TransportLimits {
    const {config} = this.#supplies;
    const number = (suffix: string): number => Number(config.forTransport(transport, suffix)) || 0;
    const initial =
      Number(config.lookup(`${transport}_initial_destination_concurrency`)) ||
      config.get('initial_destination_concurrency');
    return {
      processes: this.#supplies.processLimit(transport) ?? config.get('default_process_limit'),
      initialConcurrency: initial,
      concurrency: number('destination_concurrency_limit'),
    };
  }
}

const DONE = Buffer.from('D');

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

function entryFor(
  recipient: Recipient,
  address: string,
  status: string,
  action: string,
  reason: string,
  remote?: {readonly host: string; readonly reply: string},
): LogEntry {
  return {
    recipient: address,
    original: recipient.original,
    offset: recipient.offset,
    dsnOriginal: recipient.dsnOriginal,
    notify: recipient.notify,
    status,
    action,
    reason,
    ...(remote === undefined
      ? {}
      : {diagnosticType: 'smtp', diagnosticText: remote.reply, remoteType: 'dns', remoteName: remote.host}),
  };
}
