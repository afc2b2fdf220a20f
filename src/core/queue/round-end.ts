/**
 * The end of a message's round: reports to the sender, another try later, or the end of the file. The order is what keeps
 * mail safe: a report is queued before what it is about is forgotten, and a message that can't be finished is put off.
 */
import {unlink} from 'node:fs';
import {describe, systemCode} from '../base/errors.ts';
import type {Log} from '../log/log.ts';
import {quoteAddress} from '../message/address-syntax.ts';
import type {ActiveMessage} from './active-message.ts';
import type {BounceService} from './bounce-service.ts';
import type {FateBook} from './fate-book.ts';
import {markTraced, markWarned} from './file-marks.ts';
import {removeLog, replaceEntries} from './queue-log.ts';
import type {QueueStore} from './queue-store.ts';
import type {RetryPolicy} from './retry.ts';

export interface RoundEndSupplies {
  readonly log: Log;
  readonly store: QueueStore;
  readonly bounce: BounceService;
  readonly fates: FateBook;
  readonly retry: RetryPolicy;
  now(): number;
}

export class RoundEnd {
  readonly #supplies: RoundEndSupplies;

  constructor(supplies: RoundEndSupplies) {
    this.#supplies = supplies;
  }

  /** False when the message could not even be moved away from `active`. Never rejects. */
  async finish(message: ActiveMessage): Promise<boolean> {
    try {
      await this.#report(message);
      if (message.deferred.length > 0 && !(await this.#giveUp(message))) await this.#putOff(message);
      else await this.#remove(message);
      return true;
    } catch (fault) {
      this.#complain(message, fault);
      return this.#salvage(message);
    }
  }

  async #report(message: ActiveMessage): Promise<void> {
    const {bounce, store} = this.#supplies;
    const {envelope, content} = message;
    if (message.failed.length > 0) {
      await bounce.notify('failed', envelope, message.failed, content);
      message.failed.length = 0;
      if (message.failedOnDisk > 0) await removeLog(store, 'bounce', envelope.id);
      message.failedOnDisk = 0;
    }
    if (message.told.length === 0) return;
    const kind = message.isVerifyOnly || message.isTraced ? 'verify' : 'success';
    await bounce.notify(kind, envelope, message.told, content);
    message.told.length = 0;
    if (message.toldOnDisk > 0) await removeLog(store, 'trace', envelope.id);
    message.toldOnDisk = 0;
    if (message.isTraced && message.deferred.length > 0)
      await markTraced(store.path('active', envelope.id), envelope.dataOffset);
  }

  async #remove({envelope, isRead}: ActiveMessage): Promise<void> {
    const {store, log} = this.#supplies;
    await remove(store.path('active', envelope.id));
    if (isRead) await removeLog(store, 'defer', envelope.id);
    log.event('removed', {queueId: envelope.id});
  }

  /** Returns what is too old to be tried again. */
  async #giveUp(message: ActiveMessage): Promise<boolean> {
    const {retry, log, bounce, now} = this.#supplies;
    const {envelope, isForceExpired} = message;
    if (!isForceExpired && !retry.isExpired(message.ageSeconds(now()), envelope.sender)) return false;
    log.event('expired', {queueId: envelope.id, sender: quoteAddress(envelope.sender), forced: isForceExpired});
    const entries = message.deferred.map(entry => ({...entry, action: 'failed'}));
    await bounce.notify('failed', envelope, entries, message.content);
    return true;
  }

  async #putOff(message: ActiveMessage): Promise<void> {
    const {store, fates} = this.#supplies;
    const {id} = message.envelope;
    if (message.done.length > 0) await fates.keep(message);
    await replaceEntries(store, 'defer', id, message.deferred);
    await this.#warn(message);
    await this.#moveToDeferred(message);
  }

  /** postconf(5) delay_warning_time: once, by the record that cleanup made. */
  async #warn(message: ActiveMessage): Promise<void> {
    const {store, bounce, now} = this.#supplies;
    const {envelope} = message;
    const {warning} = envelope;
    // Seen: a second early.
    if (warning === undefined || warning.seconds - 1 > now() / 1000 || message.deferred.length === 0) return;
    await bounce.notify('delayed', envelope, message.deferred, message.content);
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
  }

  /** What can be kept is kept, and the message is tried later. */
  async #salvage(message: ActiveMessage): Promise<boolean> {
    const {store, fates} = this.#supplies;
    await fates.keep(message).catch((fault: unknown) => this.#complain(message, fault));
    await replaceEntries(store, 'defer', message.envelope.id, message.deferred).catch(() => undefined); // only reasons
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

function remove(path: string): Promise<void> {
  return new Promise((resolve, reject) =>
    unlink(path, fault => (fault === null || fault.code === 'ENOENT' ? resolve() : reject(fault))),
  );
}
