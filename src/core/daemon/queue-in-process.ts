/** The queue worked in the master's own process (posthorn_single_process): no worker to supervise, one process less. */
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import type {Engine} from './engine.ts';
import {engineLink} from './engine-link.ts';
import type {InstanceLock} from './instance-lock.ts';
import {makeEngine} from './make-engine.ts';
import type {QueueLink} from './queue-link.ts';
import {holdQueueLock} from './queue-lock.ts';
import type {QueueRole} from './queue-role.ts';

export class QueueInProcess implements QueueRole {
  readonly #config: Config;
  readonly #log: Log;
  readonly #engine: Engine;
  #lock: InstanceLock | undefined;

  constructor(config: Config, log: Log) {
    this.#config = config;
    this.#log = log;
    this.#engine = makeEngine(config, log);
  }

  async start(): Promise<void> {
    this.#lock = await holdQueueLock(this.#config, this.#log);
    await this.#engine.start();
  }

  /** The SMTP server in this process reaches it directly. */
  get link(): QueueLink {
    return engineLink(() => this.#engine.linkTarget);
  }

  async stop(drain: boolean): Promise<void> {
    await this.#engine.stop(drain);
    this.#lock?.release();
  }

  reload(config: Config): Promise<void> | void {
    return this.#engine.reload(config);
  }

  wakePickup(): void {
    this.#engine.wakePickup();
  }

  flush(): void {
    this.#engine.flush();
  }

  flushMessage(id: string): Promise<boolean> | boolean {
    return this.#engine.flushMessage(id);
  }

  flushSite(site: string): Promise<unknown> | void {
    return this.#engine.flushSite(site);
  }
}
