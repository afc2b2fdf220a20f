/** What postsuper(1) does to messages: folders are the truth, so a rename or an unlink is all of it. Synchronous: for tools. */
import {chmodSync, renameSync, rmSync, statSync, unlinkSync, utimesSync} from 'node:fs';
import {systemCode} from '../base/errors.ts';
import type {Config} from '../config/config.ts';
import {QueueStore} from './queue-store.ts';

/** The option letters: delete, expire, expire and release, hold, release, requeue. */
export type Operation = 'd' | 'e' | 'f' | 'h' | 'H' | 'r';
type Counted = 'd' | 'e' | 'h' | 'H' | 'r';

const FOUND_IN: Readonly<Record<Counted, readonly string[]>> = {
  d: ['maildrop', 'hold', 'incoming', 'active', 'deferred'],
  e: ['hold', 'incoming', 'active', 'deferred'],
  h: ['incoming', 'active', 'deferred'],
  H: ['hold'],
  r: ['hold', 'incoming', 'active', 'deferred'],
};
const DONE: Readonly<Record<Counted, string>> = {
  d: 'removed',
  e: 'expired',
  h: 'placed on hold',
  H: 'released from hold',
  r: 'requeued',
};
const LOGS = ['bounce', 'defer', 'trace'];
const EXPIRED_BIT = 0o010;

export class MessageSurgery {
  readonly totals: Record<Counted, number> = {d: 0, e: 0, h: 0, H: 0, r: 0};
  readonly #store: QueueStore;
  readonly #queues: readonly string[];

  /** `queues`: only these are looked into; none means all. */
  constructor(config: Config, queues: readonly string[]) {
    this.#store = new QueueStore(config);
    this.#queues = queues;
  }

  /** Answers what was done, in the original's words. */
  onOne(operation: Operation, id: string): readonly string[] {
    const steps: readonly Counted[] = operation === 'f' ? ['e', 'H'] : [operation];
    return steps.filter(step => this.#perform(step, id)).map(step => DONE[step]);
  }

  onAll(operation: Operation): void {
    const steps: readonly Counted[] = operation === 'f' ? ['e', 'H'] : [operation];
    for (const step of steps)
      for (const queue of this.#searched(step))
        for (const [id] of [...this.#store.idsSync(queue)]) this.#performIn(step, id, queue, true);
  }

  #searched(step: Counted): readonly string[] {
    const all = FOUND_IN[step];
    return this.#queues.length === 0 ? all : all.filter(queue => this.#queues.includes(queue));
  }

  #perform(step: Counted, id: string): boolean {
    return this.#searched(step).some(queue => this.#performIn(step, id, queue));
  }

  #performIn(step: Counted, id: string, queue: string, isAmongAll = false): boolean {
    try {
      if (!this.#act(step, id, queue)) return false;
      if (step === 'd' && !(isAmongAll && this.#queues.length > 0)) this.#removeLogs(id); // seen: ALL of a queue leaves them
      this.totals[step]++;
      return true;
    } catch (fault) {
      if (systemCode(fault) === 'ENOENT') return false; // not in this queue, or gone while we looked
      throw fault;
    }
  }

  #act(step: Counted, id: string, queue: string): boolean {
    const path = this.#store.path(queue, id);
    switch (step) {
      case 'd':
        unlinkSync(path);
        return true;
      case 'e': {
        const {mode} = statSync(path);
        if ((mode & EXPIRED_BIT) !== 0) return false;
        chmodSync(path, (mode & 0o777) | EXPIRED_BIT);
        return true;
      }
      case 'h':
        this.#move(path, 'hold', id);
        return true;
      case 'H': {
        const now = Date.now() / 1000;
        utimesSync(path, now, now); // due at once
        this.#move(path, 'deferred', id);
        return true;
      }
      case 'r':
        this.#move(path, 'maildrop', id);
        return true;
    }
  }

  #removeLogs(id: string): void {
    for (const log of LOGS) rmSync(this.#store.path(log, id), {force: true});
  }

  #move(path: string, queue: string, id: string): void {
    this.#store.makeFolderSync(queue, id);
    renameSync(path, this.#store.path(queue, id));
  }
}
