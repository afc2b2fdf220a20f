/**
 * The end of a message's round: reports to the sender, another try later, or the end of the file. The order is what keeps
 * mail safe: a report is queued before what it is about is forgotten, and a message that can't be finished is put off.
 */
import {unlink} from 'node:fs';
import {describe, systemCode} from '../base/errors.ts';
import type {Log} from '../log/log.ts';
import {quoteAddress} from '../message/address-syntax.ts';
import type {ActiveMessage} from './active-message.ts';
import type {BounceService, NotificationKind} from './bounce-service.ts';
import type {FateBook} from './fate-book.ts';
import {markTraced, markWarned} from './file-marks.ts';
import {appendEntries, readEntriesInParts, removeLog, replaceEntries, type LogEntry} from './queue-log.ts';
import type {QueueStore} from './queue-store.ts';
import type {RetryPolicy} from './retry.ts';

export interface RoundEndSupplies {
  readonly log: Log;
  readonly store: QueueStore;
  readonly bounce: BounceService;
  readonly fates: FateBook;
  readonly retry: RetryPolicy;
  /** Told of what waits in `deferred` now, and when it must be tried at the latest (milliseconds). */
  waits?(message: ActiveMessage, mustTryAt: number): void;
  now(): number;
}

/** A report has no more recipients than this, or little more. */
const MANY_ENTRIES = 5000;

export class RoundEnd {
  readonly #supplies: RoundEndSupplies;

  constructor(supplies: RoundEndSupplies) {
    this.#supplies = supplies;
  }

  /** False when the message could not even be moved away from `active`. Never rejects. */
  async finish(message: ActiveMessage): Promise<boolean> {
    try {
      await this.#report(message);
      if (message.hasDeferred && (message.isCut || !(await this.#giveUp(message)))) await this.#putOff(message);
      else await this.#remove(message);
      return true;
    } catch (fault) {
      this.#complain(message, fault);
      return this.#salvage(message);
    }
  }

  async #report(message: ActiveMessage): Promise<void> {
    const {store} = this.#supplies;
    const {envelope} = message;
    if (message.failed.length > 0) {
      message.failed = await this.#tell('failed', message, message.failed);
      if (message.failedOnDisk > 0) await removeLog(store, 'bounce', envelope.id);
      message.failedOnDisk = 0;
    }
    if (message.told.length === 0) return;
    const kind = message.isVerifyOnly || message.isTraced ? 'verify' : 'success';
    message.told = await this.#tell(kind, message, message.told);
    if (message.toldOnDisk > 0) await removeLog(store, 'trace', envelope.id);
    message.toldOnDisk = 0;
    if (message.isTraced && message.hasDeferred)
      await markTraced(store.path('active', envelope.id), envelope.dataOffset);
  }

  /** Answers what came in meanwhile. */
  async #tell(kind: NotificationKind, {envelope, content}: ActiveMessage, entries: LogEntry[]): Promise<LogEntry[]> {
    const count = entries.length;
    await this.#supplies.bounce.notify(kind, envelope, entries.slice(), content);
    return entries.slice(count);
  }

  async #remove({envelope, isRead, deferredOnDisk}: ActiveMessage): Promise<void> {
    const {store, log} = this.#supplies;
    await this.#removeFile(
      store.path('active', envelope.id),
      isRead ? undefined : envelope.dataOffset + envelope.sizeBytes,
    );
    if (isRead || deferredOnDisk > 0) await removeLog(store, 'defer', envelope.id);
    log.event('removed', {queueId: envelope.id});
  }

  /** `sizeBytes`: of a file that has been in `incoming` and `active` only, and may be used again. */
  #removeFile(path: string, sizeBytes: number | undefined): Promise<void> {
    const {spares} = this.#supplies.store;
    return new Promise((resolve, reject) => {
      const done = (fault: NodeJS.ErrnoException | null): void =>
        fault === null || fault.code === 'ENOENT' ? resolve() : reject(fault);
      if (sizeBytes === undefined || spares === undefined) unlink(path, done);
      else spares.retire(path, sizeBytes, done);
    });
  }

  /** Returns what is too old to be tried again. */
  async #giveUp(message: ActiveMessage): Promise<boolean> {
    const {retry, log, bounce, now} = this.#supplies;
    const {envelope, isForceExpired} = message;
    if (!isForceExpired && !retry.isExpired(message.ageSeconds(now()), envelope.sender)) return false;
    log.event('expired', {queueId: envelope.id, sender: quoteAddress(envelope.sender), forced: isForceExpired});
    for await (const reasons of this.#reasons(message)) {
      const entries = reasons.map(entry => ({...entry, action: 'failed'}));
      await bounce.notify('failed', envelope, entries, message.content);
    }
    return true;
  }

  /** Why recipients wait: what is on disk already, a part at a time, then the others. */
  async *#reasons(message: ActiveMessage): AsyncGenerator<readonly LogEntry[]> {
    if (message.deferredOnDisk > 0)
      yield* readEntriesInParts(this.#supplies.store, 'defer', message.envelope.id, MANY_ENTRIES);
    if (message.deferred.length > 0) yield message.deferred;
  }

  /**
   * Between two portions of a message with very many recipients: what is known of them goes to disk or to the sender, in a
   * report of its own, so that memory holds no more than a part.
   */
  async unload(message: ActiveMessage): Promise<void> {
    if (message.failed.length >= MANY_ENTRIES || message.told.length >= MANY_ENTRIES)
      await message.inTurn(() => this.#report(message));
    if (message.deferred.length >= MANY_ENTRIES) await this.#writeReasons(message);
  }

  async #writeReasons(message: ActiveMessage): Promise<void> {
    const {store} = this.#supplies;
    const {id} = message.envelope;
    const entries = message.deferred.splice(0);
    if (message.deferredOnDisk > 0) await appendEntries(store, 'defer', id, entries);
    else await replaceEntries(store, 'defer', id, entries);
    message.deferredOnDisk += entries.length;
  }

  async #putOff(message: ActiveMessage): Promise<void> {
    if (message.done.length > 0) await this.#supplies.fates.keep(message);
    await this.#warn(message);
    if (message.deferred.length > 0) await this.#writeReasons(message);
    await this.#moveToDeferred(message);
  }

  /** postconf(5) delay_warning_time: once, by the record that cleanup made. */
  async #warn(message: ActiveMessage): Promise<void> {
    const {store, bounce, now} = this.#supplies;
    const {envelope} = message;
    const {warning} = envelope;
    // Seen: a second early.
    if (warning === undefined || warning.seconds - 1 > now() / 1000 || !message.hasDeferred) return;
    for await (const reasons of this.#reasons(message))
      await bounce.notify('delayed', envelope, reasons, message.content);
    await markWarned(store.path('active', envelope.id), warning.offset);
  }

  async #moveToDeferred(message: ActiveMessage): Promise<void> {
    const {store, retry, now} = this.#supplies;
    const {id} = message.envelope;
    const next = Math.floor(now() / 1000 + retry.pauseSeconds(message.ageSeconds(now())));
    try {
      await store.setTime('active', id, next);
    } catch (fault) {
      if (systemCode(fault) === 'ENOENT') return; // deleted, held or requeued under our feet
      throw fault;
    }
    await store.move(id, 'active', 'deferred');
    this.#supplies.waits?.(message, this.#mustTryAt(message));
  }

  #mustTryAt({envelope}: ActiveMessage): number {
    const made = envelope.createdSeconds ?? envelope.arrivalSeconds;
    const end = made + this.#supplies.retry.lifetimeSeconds(envelope.sender);
    const warning = envelope.warning?.seconds ?? Infinity;
    return Math.min(end, warning * 1000 > this.#supplies.now() ? warning : Infinity) * 1000;
  }

  /** What can be kept is kept, and the message is tried later. */
  async #salvage(message: ActiveMessage): Promise<boolean> {
    await this.#supplies.fates.keep(message).catch((fault: unknown) => this.#complain(message, fault));
    await this.#writeReasons(message).catch(() => undefined); // only reasons
    try {
      await this.#moveToDeferred(message);
      return true;
    } catch (fault) {
      this.#complain(message, fault);
      return false;
    }
  }

  #complain({envelope}: ActiveMessage, fault: unknown): void {
    this.#supplies.log.warning(`${envelope.id}: ${describe(fault)}`);
  }
}
