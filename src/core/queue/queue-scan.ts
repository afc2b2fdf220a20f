/**
 * Finds messages on disk and makes them active: at the start what an earlier process left in `active`, then `incoming`, and
 * again and again what is due in `deferred`. Two scans may be under way, so that new mail does not wait behind a long
 * deferred queue; each stops where the active queue is full, and goes on when there is room. A folder is read a few names
 * at a time, and of a message that is not due only its time is looked at: nothing is remembered of it.
 */
import {stat} from 'node:fs/promises';
import {describe, ParseError, systemCode} from '../base/errors.ts';
import type {Log} from '../log/log.ts';
import {ActiveMessage} from './active-message.ts';
import type {QueueName} from './agent.ts';
import {contentOf, readQueueFile} from './queue-file-reader.ts';
import {readEntries} from './queue-log.ts';
import type {QueueStore} from './queue-store.ts';

export interface QueueScanSupplies {
  readonly log: Log;
  readonly store: QueueStore;
  now(): number;
  isActive(id: string): boolean;
  /** Is there room in the active queue, for a message from this one. */
  admits(queue: QueueName): boolean;
  /** False: what is known of its destination says that a message is not to be tried yet. */
  mayTry(id: string): boolean;
  /** It is being tried; and it is not, after all. */
  tries(id: string): void;
  triedInVain(id: string): void;
  /** Nobody else takes the message from now on, until `begin` or `release`. */
  reserve(id: string): void;
  release(id: string): void;
  begin(message: ActiveMessage): void;
  /** How many recipients of the next message may be held in memory. */
  portion(): number;
}

/** How many messages are looked at, or read, at a time. */
const AT_ONCE = 16;
const COMPLETE_BIT = 0o100;
const EXPIRED_BIT = 0o010;
/** Whoever writes a file tells of it well within this time. */
const HAND_OFF_MILLISECONDS = 5000;

export class QueueScan {
  readonly #supplies: QueueScanSupplies;
  /** Files in `active` that are younger are this process's own, and handed over in memory. */
  readonly #bornAt: number;
  #isStopped = false;
  #incoming: Promise<void> = Promise.resolve();
  #deferred: Promise<void> = Promise.resolve();
  /** A scan is to begin; whether it is one that flushes. */
  #wantsIncoming: boolean | undefined;
  #wantsDeferred: 'due' | 'all' | undefined;
  readonly #waiting = new Set<() => void>();
  /** Messages that could not be moved out of `active`: tried with the next scan. */
  readonly #stranded = new Set<string>();
  /** New files are told of by who wrote them: they are left alone for a moment, and looked for again. */
  sparesYoung = false;
  readonly #spared = new Set<string>();
  #sparedTimer: NodeJS.Timeout | undefined;

  constructor(supplies: QueueScanSupplies) {
    this.#supplies = supplies;
    this.#bornAt = supplies.now();
  }

  /** What an earlier process left in `active`. */
  recover(): void {
    this.#incoming = this.#incoming.then(() => this.#scan('active', id => this.#isLeft(id))).catch(this.#complain);
  }

  /** `flushes`: what is found is tried whatever is known of its destination. */
  incoming(flushes = false): void {
    const isQueued = this.#wantsIncoming !== undefined;
    this.#wantsIncoming = flushes || this.#wantsIncoming === true;
    if (isQueued) return; // the next one sees it
    this.#incoming = this.#incoming
      .then(() => {
        const isFlush = this.#wantsIncoming === true;
        this.#wantsIncoming = undefined;
        return this.#scan('incoming', id => !this.sparesYoung || this.#isOldEnough(id), isFlush);
      })
      .catch(this.#complain);
  }

  /** `all`: also what is not due yet. */
  deferred(which: 'due' | 'all'): void {
    const isQueued = this.#wantsDeferred !== undefined;
    if (which === 'all' || !isQueued) this.#wantsDeferred = which;
    if (isQueued) return;
    this.#deferred = this.#deferred
      .then(async () => {
        const all = this.#wantsDeferred === 'all';
        this.#wantsDeferred = undefined;
        for (const id of [...this.#stranded]) if (this.#stranded.delete(id)) await this.take(id, 'active');
        if (all) await this.#scan('deferred', () => true, true);
        else await this.#scan('deferred', id => this.#supplies.mayTry(id) && this.#isDue(id));
      })
      .catch(this.#complain);
  }

  /** A message that is to be tried whatever is known of its destination. */
  takeWhenAdmitted(id: string, queue: QueueName): Promise<void> {
    return this.#visit(id, queue, true, true).catch(this.#complain);
  }

  strand(id: string): void {
    this.#stranded.add(id);
  }

  /** There is room again. */
  wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#sparedTimer);
    this.wake();
  }

  /** Resolves when no scan is under way. */
  async settled(): Promise<void> {
    for (;;) {
      const [incoming, deferred] = [this.#incoming, this.#deferred];
      await Promise.all([incoming, deferred]);
      if (incoming === this.#incoming && deferred === this.#deferred) return;
    }
  }

  /** Reads a message from disk and makes it active; false when it is not there, or not whole. */
  async take(id: string, queue: QueueName, isFlushed = false): Promise<boolean> {
    const {isActive, reserve, release, begin, log} = this.#supplies;
    if (this.#isStopped || isActive(id)) return false;
    reserve(id);
    try {
      const message = await this.#read(id, queue, isFlushed);
      if (message === undefined) release(id);
      else begin(message);
      return message !== undefined;
    } catch (fault) {
      release(id);
      if (fault instanceof ParseError) await this.#saveCorrupt(id, queue, fault);
      else if (systemCode(fault) !== 'ENOENT') log.warning(`open ${queue} ${id}: ${describe(fault)}`);
      return false;
    }
  }

  async #scan(queue: QueueName, isDue: (id: string) => boolean | Promise<boolean>, isFlush = false): Promise<void> {
    const working = new Set<Promise<unknown>>();
    for await (const ids of this.#supplies.store.ids(queue))
      for (const id of ids) {
        if (this.#isStopped) break;
        if (this.#supplies.isActive(id)) continue;
        const due = isDue(id);
        if (due === false) continue; // most of a long queue: no promise for it
        const work: Promise<unknown> = this.#visit(id, queue, due, isFlush)
          .catch(this.#complain)
          .finally(() => working.delete(work));
        working.add(work);
        if (working.size >= AT_ONCE) await Promise.race(working);
      }
    await Promise.all(working);
  }

  async #visit(id: string, queue: QueueName, isDue: boolean | Promise<boolean>, isFlush = false): Promise<void> {
    if (!(await isDue)) return;
    while (!this.#isStopped && !this.#supplies.admits(queue))
      await new Promise<void>(resolve => this.#waiting.add(resolve));
    if (!(await this.take(id, queue, isFlush))) this.#supplies.triedInVain(id);
  }

  async #isDue(id: string): Promise<boolean> {
    const info = await this.#look('deferred', id);
    if (info === undefined) return false;
    const isDue = info.mtimeMs <= this.#supplies.now() || (info.mode & EXPIRED_BIT) !== 0;
    if (!isDue || !this.#supplies.mayTry(id)) return false; // others of its kind may have begun meanwhile
    this.#supplies.tries(id);
    return true;
  }

  async #isOldEnough(id: string): Promise<boolean> {
    const info = await this.#look('incoming', id);
    if (info === undefined) return false;
    if (info.ctimeMs <= this.#supplies.now() - HAND_OFF_MILLISECONDS) return true;
    this.#spared.add(id);
    this.#sparedTimer ??= setTimeout(() => this.#takeSpared(), HAND_OFF_MILLISECONDS).unref();
    return false;
  }

  /** Those that are still there: nobody handed them over. */
  #takeSpared(): void {
    this.#sparedTimer = undefined;
    const ids = [...this.#spared];
    this.#spared.clear();
    this.#incoming = this.#incoming
      .then(async () => {
        for (const id of ids) await this.#visit(id, 'incoming', true);
      })
      .catch(this.#complain);
  }

  async #isLeft(id: string): Promise<boolean> {
    const info = await this.#look('active', id);
    return info !== undefined && info.ctimeMs < this.#bornAt;
  }

  async #look(queue: QueueName, id: string): Promise<{mode: number; mtimeMs: number; ctimeMs: number} | undefined> {
    try {
      return await stat(this.#supplies.store.path(queue, id));
    } catch (fault) {
      if (systemCode(fault) === 'ENOENT') return undefined; // it went while we looked
      throw fault;
    }
  }

  async #read(id: string, queue: QueueName, isFlushed: boolean): Promise<ActiveMessage | undefined> {
    const {store, now, portion} = this.#supplies;
    const path = store.path(queue, id);
    const {mode} = await stat(path);
    if ((mode & COMPLETE_BIT) === 0) return undefined; // still being written, or left half-written
    const {envelope, unread, rest} = await readQueueFile(path, queue, id, portion());
    if (queue !== 'active' && !(await store.move(id, queue, 'active'))) return undefined;
    const message = new ActiveMessage({
      envelope,
      content: contentOf(envelope, () => store.path('active', id)),
      activeAt: now(),
      isRead: true,
      isForceExpired: (mode & EXPIRED_BIT) !== 0,
      isFlushed,
      unread,
      rest,
      failed: await readEntries(store, 'bounce', id),
      told: await readEntries(store, 'trace', id),
    });
    message.isFromDeferred = queue === 'deferred';
    return message;
  }

  async #saveCorrupt(id: string, queue: QueueName, {message}: ParseError): Promise<void> {
    const {log, store} = this.#supplies;
    log.warning(`${id}: ${message}`);
    log.warning(`saving corrupt file "${id}" from queue "${queue}" to queue "corrupt"`);
    try {
      await store.move(id, queue, 'corrupt');
    } catch (fault) {
      log.warning(`rename ${queue} ${id}: ${describe(fault)}`);
    }
  }

  readonly #complain = (fault: unknown): void => this.#supplies.log.warning(`queue scan: ${describe(fault)}`);
}
