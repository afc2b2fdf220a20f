/**
 * Comparing passwords that are kept in slow schemes, in threads: a few milliseconds each at least, seconds where the
 * operator chose many rounds. Threads start when they are needed and end when they are idle.
 *
 * Rejects with `ConfigError` as the scheme does; with other errors when the machine can't (too much waits, a thread died).
 */
import {availableParallelism} from 'node:os';
import type {Worker} from 'node:worker_threads';
import {ConfigError} from '../../base/errors.ts';
import {startRoleThread} from '../../base/role-process.ts';

/** What goes to a thread; bytes arrive there as plain Uint8Arrays. */
export interface SlowTask {
  readonly scheme: string;
  readonly stored: Uint8Array;
  readonly plain: Uint8Array;
}

export type SlowAnswer =
  | {readonly kind: 'compared'; readonly isRight: boolean}
  | {readonly kind: 'failed'; readonly message: string; readonly isConfig: boolean};

interface Waiting {
  readonly task: SlowTask;
  readonly resolve: (isRight: boolean) => void;
  readonly reject: (fault: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  work: Waiting | undefined;
  idle: NodeJS.Timeout | undefined;
}

const MAX_THREADS = Math.min(4, availableParallelism());
/** Logins beyond these are refused for now: each waits longer than any client does. */
const MAX_WAITING = 1000;
const IDLE_MILLISECONDS = 30_000;

const threads = new Set<Thread>();
const waiting: Waiting[] = [];

export function verifyElsewhere(scheme: string, stored: Buffer, plain: Buffer): Promise<boolean> {
  if (waiting.length >= MAX_WAITING) return Promise.reject(new Error('too many passwords wait to be compared'));
  return new Promise((resolve, reject) => {
    waiting.push({task: {scheme, stored, plain}, resolve, reject});
    const free = [...threads].find(thread => thread.work === undefined);
    if (free !== undefined) giveWork(free);
    else if (threads.size < MAX_THREADS) giveWork(startThread());
  });
}

function startThread(): Thread {
  const thread: Thread = {worker: startRoleThread('passwords'), work: undefined, idle: undefined};
  threads.add(thread);
  thread.worker.on('message', (answer: SlowAnswer) => finish(thread, answer)); // sent by password-thread.ts
  thread.worker.on('error', fault => lose(thread, fault));
  thread.worker.on('exit', () => lose(thread, new Error('the thread that compares passwords has ended')));
  return thread;
}

function giveWork(thread: Thread): void {
  clearTimeout(thread.idle);
  thread.work = waiting.shift();
  if (thread.work !== undefined) {
    thread.worker.ref();
    thread.worker.postMessage(thread.work.task);
    return;
  }
  thread.worker.unref(); // an idle one keeps nobody from ending
  thread.idle = setTimeout(() => void thread.worker.terminate(), IDLE_MILLISECONDS).unref();
}

function finish(thread: Thread, answer: SlowAnswer): void {
  const {work} = thread;
  thread.work = undefined;
  if (answer.kind === 'compared') work?.resolve(answer.isRight);
  else work?.reject(answer.isConfig ? new ConfigError(answer.message) : new Error(answer.message));
  giveWork(thread);
}

/** What it was at fails; what waits goes to another thread. */
function lose(thread: Thread, fault: Error): void {
  clearTimeout(thread.idle);
  if (!threads.delete(thread)) return; // `error` comes before `exit`
  thread.work?.reject(fault);
  if (waiting.length > 0) giveWork(startThread());
}
