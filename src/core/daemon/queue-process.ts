/** The master's view of its queue worker. */
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import type {FromWorker, QueueRole, ToWorker} from './queue-role.ts';
import {WorkerProcess, type WorkerReport} from './worker-process.ts';

export class QueueProcess extends WorkerProcess<ToWorker, FromWorker> implements QueueRole {
  #calls = 0;
  readonly #answers = new Map<number, (isDone: boolean) => void>();

  constructor(config: Config, log: Log) {
    super('queue', 'qmgr', {root: config.root, directory: config.directory}, log);
  }

  wakePickup(): void {
    this.send({op: 'wake'});
  }

  flush(): void {
    this.send({op: 'flush'});
  }

  flushSite(site: string): void {
    this.send({op: 'flush-site', site});
  }

  flushMessage(id: string): Promise<boolean> {
    const call = ++this.#calls;
    return new Promise(resolve => {
      this.#answers.set(call, resolve);
      if (!this.send({op: 'flush-message', id, call})) this.#answer(call, false);
    });
  }

  protected receive(report: Exclude<FromWorker, WorkerReport>): void {
    if (report.op === 'answer') this.#answer(report.call, report.isDone);
  }

  protected bury(): void {
    for (const call of this.#answers.keys()) this.#answer(call, false);
  }

  #answer(call: number, isDone: boolean): void {
    const resolve = this.#answers.get(call);
    this.#answers.delete(call);
    resolve?.(isDone);
  }
}
