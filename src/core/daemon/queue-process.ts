/**
 * The master's view of its queue worker: started, and started again with a growing pause when it dies. A dead worker
 * loses nothing: the queue folders are the only truth, and the next one begins by looking through them.
 */
import type {ChildProcess} from 'node:child_process';
import {constants} from 'node:os';
import {forkRole} from '../base/role-process.ts';
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import type {ProcessStatus} from './control-client.ts';
import type {FromWorker, QueueRole, ToWorker, WorkerArguments} from './queue-role.ts';

/** The pause before a restart: doubled with each death, back to none after a life this long. */
const FIRST_PAUSE_MILLISECONDS = 100;
const LONGEST_PAUSE_MILLISECONDS = 60_000;
const GOOD_LIFE_MILLISECONDS = 60_000;

export class QueueProcess implements QueueRole {
  readonly #arguments: WorkerArguments;
  readonly #log: Log;
  #child: ChildProcess | undefined;
  #bornAt = 0;
  #pause = 0;
  #restarts = 0;
  #isStopping = false;
  #timer: NodeJS.Timeout | undefined;
  #calls = 0;
  readonly #answers = new Map<number, (isDone: boolean) => void>();
  #onReady: (() => void) | undefined;
  #onFailed: ((fault: Error) => void) | undefined;

  constructor(config: Config, log: Log) {
    this.#arguments = {root: config.root, directory: config.directory};
    this.#log = log;
  }

  /** Resolves when the first worker is ready; rejects when it says that it cannot work at all. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onReady = resolve;
      this.#onFailed = reject;
      this.#spawn();
    });
  }

  async stop(drain: boolean): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise(resolve => child.once('exit', resolve));
    if (drain) this.#send({op: 'stop', drain});
    else child.kill('SIGKILL');
    await ended;
  }

  reload(): void {
    this.#send({op: 'reload'});
  }

  reopenLog(): void {
    this.#send({op: 'reopen-log'});
  }

  wakePickup(): void {
    this.#send({op: 'wake'});
  }

  flush(): void {
    this.#send({op: 'flush'});
  }

  flushSite(site: string): void {
    this.#send({op: 'flush-site', site});
  }

  flushMessage(id: string): Promise<boolean> {
    const call = ++this.#calls;
    return new Promise(resolve => {
      this.#answers.set(call, resolve);
      if (!this.#send({op: 'flush-message', id, call})) this.#answer(call, false);
    });
  }

  status(): ProcessStatus | undefined {
    const pid = this.#child?.pid;
    return pid === undefined ? undefined : {role: 'queue', pid, startedAt: this.#bornAt, restarts: this.#restarts};
  }

  /** False when there is no worker just now: the next one looks at everything anyway. */
  #send(message: ToWorker): boolean {
    const child = this.#child;
    if (child === undefined || !child.connected) return false;
    child.send(message, () => undefined); // its death is told by `exit`
    return true;
  }

  #spawn(): void {
    this.#bornAt = Date.now();
    const child = forkRole('queue', [JSON.stringify(this.#arguments)]);
    this.#child = child;
    child.on('message', message => this.#receive(message as FromWorker)); // it is our own program
    child.once('error', fault => this.#log.error(`cannot start the queue process: ${fault.message}`));
    child.once('exit', (status, signal) => this.#bury(child, status, signal));
  }

  #receive(message: FromWorker): void {
    switch (message.op) {
      case 'ready':
        this.#onReady?.();
        return;
      case 'failed':
        this.#onFailed?.(new Error(message.text));
        return;
      case 'answer':
        this.#answer(message.call, message.isDone);
        return;
      case 'stopped':
        return; // its exit follows
    }
  }

  #answer(call: number, isDone: boolean): void {
    const resolve = this.#answers.get(call);
    this.#answers.delete(call);
    resolve?.(isDone);
  }

  #bury(child: ChildProcess, status: number | null, signal: string | null): void {
    this.#child = undefined;
    for (const call of this.#answers.keys()) this.#answer(call, false);
    if (this.#isStopping) return;
    const end = signal === null ? `exit status ${status}` : `killed by signal ${signalNumber(signal)}`;
    this.#log.warning(`process qmgr pid ${child.pid} ${end}`);
    const hadGoodLife = Date.now() - this.#bornAt > GOOD_LIFE_MILLISECONDS;
    this.#pause = hadGoodLife
      ? 0
      : Math.min(Math.max(this.#pause * 2, FIRST_PAUSE_MILLISECONDS), LONGEST_PAUSE_MILLISECONDS);
    this.#restarts++;
    this.#timer = setTimeout(() => this.#spawn(), this.#pause);
  }
}

function signalNumber(signal: string): number | string {
  return (constants.signals as Readonly<Record<string, number>>)[signal] ?? signal; // indexed by a name the system gave
}
