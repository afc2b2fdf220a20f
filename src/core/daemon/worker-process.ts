/**
 * The master's view of one of its worker processes: started, and started again with a growing pause when it dies. A dead
 * worker loses nothing: the queue folders are the only truth, and the next one begins by looking through them.
 */
import type {ChildProcess} from 'node:child_process';
import {constants} from 'node:os';
import {forkRole} from '../base/role-process.ts';
import type {Log} from '../log/log.ts';
import type {ProcessStatus} from './control-client.ts';

/** The pause before a restart: doubled with each death, back to none after a life this long. */
const FIRST_PAUSE_MILLISECONDS = 100;
const LONGEST_PAUSE_MILLISECONDS = 60_000;
const GOOD_LIFE_MILLISECONDS = 60_000;

/** What every worker says of itself. */
export type WorkerReport =
  | {readonly op: 'ready' | 'stopped'; readonly listening?: readonly string[]}
  | {readonly op: 'failed'; readonly text: string};

/** What every worker is told. */
export type WorkerOrder = {readonly op: 'reload' | 'reopen-log'} | {readonly op: 'stop'; readonly drain: boolean};

export abstract class WorkerProcess<Order, Report extends {readonly op: string}> {
  readonly #role: string;
  readonly #program: string;
  readonly #arguments: object;
  readonly #log: Log;
  #child: ChildProcess | undefined;
  #bornAt = 0;
  #pause = 0;
  #restarts = 0;
  #isStopping = false;
  #timer: NodeJS.Timeout | undefined;
  #onReady: (() => void) | undefined;
  #onFailed: ((fault: Error) => void) | undefined;
  /** What the worker says that it listens on. */
  listening: readonly string[] = [];

  /** `program`: what the log calls it; `place`: what it is told of the instance, as JSON. */
  constructor(role: string, program: string, place: object, log: Log) {
    this.#role = role;
    this.#program = program;
    this.#arguments = place;
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
    if (drain) this.send({op: 'stop', drain});
    else child.kill('SIGKILL');
    await ended;
  }

  reload(): void {
    this.send({op: 'reload'});
  }

  reopenLog(): void {
    this.send({op: 'reopen-log'});
  }

  status(): ProcessStatus | undefined {
    const pid = this.#child?.pid;
    return pid === undefined ? undefined : {role: this.#role, pid, startedAt: this.#bornAt, restarts: this.#restarts};
  }

  /** Reports of its own kind. */
  protected abstract receive(report: Exclude<Report, WorkerReport>): void;

  /** The worker is dead. */
  protected abstract bury(): void;

  /** False when there is no worker just now: the next one looks at everything anyway. */
  protected send(message: Order | WorkerOrder): boolean {
    const child = this.#child;
    if (child === undefined || !child.connected) return false;
    child.send(message as object, () => undefined); // its death is told by `exit`
    return true;
  }

  #spawn(): void {
    this.#bornAt = Date.now();
    const child = forkRole(this.#role, [JSON.stringify(this.#arguments)]);
    this.#child = child;
    child.on('message', message => this.#receive(message as Report | WorkerReport)); // it is our own program
    child.once('error', fault => this.#log.error(`cannot start the ${this.#role} process: ${fault.message}`));
    child.once('exit', (status, signal) => this.#bury(child, status, signal));
  }

  #receive(report: Report | WorkerReport): void {
    switch (report.op) {
      case 'ready':
        this.listening = ('listening' in report && (report.listening as readonly string[] | undefined)) || [];
        return this.#onReady?.();
      case 'failed':
        return this.#onFailed?.(new Error('text' in report ? String(report.text) : ''));
      case 'stopped':
        return; // its exit follows
      default:
        return this.receive(report as Exclude<Report, WorkerReport>); // all others are the subclass's
    }
  }

  #bury(child: ChildProcess, status: number | null, signal: string | null): void {
    this.#child = undefined;
    this.bury();
    if (this.#isStopping) return;
    const end = signal === null ? `exit status ${status}` : `killed by signal ${signalNumber(signal)}`;
    this.#log.warning(`process ${this.#program} pid ${child.pid} ${end}`);
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
