/**
 * What the agents report: logged at once, and kept until the end of the round. A message with several recipients has its
 * failures in the bounce log (and successes that are asked for in the trace log) before they are marked done in the file,
 * so that a crash repeats a delivery at worst and forgets none.
 */
import {describe} from '../base/errors.ts';
import type {DeliveryFields} from '../log/events.ts';
import type {Log} from '../log/log.ts';
import {quoteAddress, splitAddress} from '../message/address-syntax.ts';
import type {ActiveMessage} from './active-message.ts';
import {NOTIFY_SUCCESS, type Outcome, type Recipient, type Report} from './agent.ts';
import type {BounceService} from './bounce-service.ts';
import {markDone} from './file-marks.ts';
import {appendEntries, type LogEntry} from './queue-log.ts';
import type {QueueStore} from './queue-store.ts';

export interface FateBookSupplies {
  readonly log: Log;
  readonly store: QueueStore;
  readonly bounce: BounceService;
  readonly isSoftBounce: boolean;
  /** Hears of what was probed (verify(8)), and answers the log line's word. */
  /** Hears of what is put off, and for which domain (flush(8)). */
  putOff?(domain: string, queueId: string): void;
  learn?(recipient: Recipient, outcome: Outcome): DeliveryFields['status'];
  now(): number;
}

export class FateBook {
  readonly #supplies: FateBookSupplies;
  readonly #logs = new Map<string, Log>();

  constructor(supplies: FateBookSupplies) {
    this.#supplies = supplies;
  }

  /** One report of an agent. */
  receive(message: ActiveMessage, given: Report): void {
    const report = given.outcome.kind === 'bounced' && this.#supplies.isSoftBounce ? softened(given) : given;
    const {isProbe} = message;
    const word =
      isProbe && report.partial !== true ? this.#supplies.learn?.(report.recipient, report.outcome) : undefined;
    if (given.unlogged !== true) this.#log(message, report, word ?? statusWord(message, report, report !== given));
    if (isProbe) return;
    if (message.isVerifyOnly) this.#probe(message, report);
    else if (report.outcome.kind === 'sent') this.#sent(message, report);
    else if (report.outcome.kind === 'bounced') this.#failed(message, report);
    else this.#deferred(message, report);
  }

  /** Makes what was received durable, as far as the round's end is not all there is to it. Never rejects. */
  async settle(message: ActiveMessage): Promise<void> {
    if (message.elsewhere.length > 0) await this.#tellOthers(message);
    if (!message.hasOneRecipient) await this.keep(message).catch((fault: unknown) => this.#complain(message, fault));
  }

  /** Writes the logs of what is done, and marks it. */
  keep(message: ActiveMessage): Promise<void> {
    return message.inTurn(() => this.#keep(message));
  }

  /** Further reports may come meanwhile: they are the next one's. */
  async #keep(message: ActiveMessage): Promise<void> {
    const {store} = this.#supplies;
    const {done, envelope} = message;
    const {id} = envelope;
    const [failed, told] = [message.failed.length, message.told.length];
    message.done = [];
    try {
      await appendEntries(store, 'bounce', id, message.failed.slice(message.failedOnDisk, failed));
      message.failedOnDisk = failed;
      await appendEntries(store, 'trace', id, message.told.slice(message.toldOnDisk, told));
      message.toldOnDisk = told;
    } catch (fault) {
      message.done.push(...done);
      throw fault;
    }
    if (done.length > 0) await markDone(store.path('active', id), done);
  }

  #probe(message: ActiveMessage, report: Report): void {
    const action = report.outcome.kind === 'sent' ? 'deliverable' : 'undeliverable';
    message.told.push(tracedEntry(report, action));
  }

  #sent(message: ActiveMessage, report: Report): void {
    const {recipient, outcome, partial} = report;
    // A list with an owner whose members all failed has nothing to tell but that it was expanded.
    const isTold = report.unlogged !== true || partial === true;
    if (isTold && (message.isTraced || (recipient.notify & NOTIFY_SUCCESS) !== 0))
      message.told.push(tracedEntry(report, outcome.action ?? 'delivered'));
    if (partial !== true) message.done.push(recipient);
  }

  #failed(message: ActiveMessage, report: Report): void {
    const {recipient, partial, returnTo} = report;
    const entry = entryFor(report, 'failed');
    if (message.isTraced) message.told.push(tracedEntry(report, 'failed'));
    if (returnTo !== undefined && returnTo !== message.envelope.sender)
      message.elsewhere.push({returnTo, recipient, entry});
    else message.failed.push(entry);
    if (partial !== true) message.done.push(recipient);
  }

  #deferred(message: ActiveMessage, report: Report): void {
    const entry = entryFor(report, 'delayed');
    if (message.isTraced) message.told.push(tracedEntry(report, 'delayed'));
    message.deferred.push(entry);
    const {domain} = splitAddress(report.recipient.address);
    if (domain !== undefined) this.#supplies.putOff?.(domain, message.envelope.id);
  }

  /** The owner of a list hears of its members' failures; where that can't be done, the recipient is not done. */
  async #tellOthers(message: ActiveMessage): Promise<void> {
    const {envelope, content} = message;
    for (const {returnTo, recipient, entry} of message.elsewhere.splice(0)) {
      try {
        await this.#supplies.bounce.notify('failed', envelope, [entry], content, returnTo);
      } catch (fault) {
        this.#complain(message, fault);
        message.deferred.push({...entry, action: 'delayed'});
        message.done = message.done.filter(done => done.offset !== recipient.offset);
      }
    }
  }

  #complain({envelope}: ActiveMessage, fault: unknown): void {
    this.#supplies.log.warning(`${envelope.id}: ${describe(fault)}`);
  }

  #log(message: ActiveMessage, report: Report, status: DeliveryFields['status']): void {
    const {recipient, address, outcome, relay, program, startedAt, connectionUse} = report;
    const now = this.#supplies.now();
    const connectedAt = report.connectedAt ?? startedAt;
    this.#logOf(program).event('delivery', {
      queueId: message.envelope.id,
      recipient: quoteAddress(address ?? recipient.address),
      originalRecipient: quoteAddress(recipient.original),
      relay,
      connectionUse,
      delay: (now - message.arrivedAt) / 1000,
      delays: {
        incoming: (message.activeAt - message.arrivedAt) / 1000,
        active: (startedAt - message.activeAt) / 1000,
        connect: (connectedAt - startedAt) / 1000,
        transmit: (now - connectedAt) / 1000,
      },
      dsn: outcome.status,
      status,
      reason: outcome.text,
    });
  }

  #logOf(program: string): Log {
    let log = this.#logs.get(program);
    if (log === undefined) this.#logs.set(program, (log = this.#supplies.log.as(program)));
    return log;
  }
}

function statusWord(message: ActiveMessage, {outcome}: Report, isSoft: boolean): DeliveryFields['status'] {
  if (message.isVerifyOnly) return outcome.kind === 'sent' ? 'deliverable' : 'undeliverable';
  return isSoft ? 'SOFTBOUNCE' : outcome.kind;
}

/** postconf(5) soft_bounce. */
function softened(report: Report): Report {
  const {outcome} = report;
  return {...report, outcome: {...outcome, kind: 'deferred', status: `4${outcome.status.slice(1)}`}};
}

function entryFor({recipient, address, outcome}: Report, action: string): LogEntry {
  return {
    recipient: address ?? recipient.address,
    ...recipientFields(recipient),
    status: outcome.status,
    action,
    reason: outcome.text,
    ...diagnosis(outcome),
  };
}

function diagnosis({
  remote,
  diagnostic,
}: Outcome): Pick<LogEntry, 'diagnosticType' | 'diagnosticText' | 'remoteType' | 'remoteName'> {
  if (remote !== undefined)
    return {diagnosticType: 'smtp', diagnosticText: remote.reply, remoteType: 'dns', remoteName: remote.host};
  return diagnostic === undefined ? {} : {diagnosticType: 'x-unix', diagnosticText: diagnostic};
}

/** For the sender who wants to hear of everything: with who delivered. */
function tracedEntry(report: Report, action: string): LogEntry {
  const entry = entryFor(report, action);
  return report.relay === 'none' ? entry : {...entry, reason: `delivery via ${report.relay}: ${entry.reason}`};
}

export function recipientFields(
  recipient: Recipient,
): Pick<LogEntry, 'original' | 'offset' | 'dsnOriginal' | 'notify'> {
  const {original, offset, dsnOriginal, notify} = recipient;
  return {original, offset, dsnOriginal, notify};
}
