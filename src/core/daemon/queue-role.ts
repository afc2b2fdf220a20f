/** What the master asks of the process part that works the queue, whether it runs in the same process or in a worker. */
import type {Config} from '../config/config.ts';

export interface QueueRole {
  /** Resolves once mail is taken and delivered. */
  start(): Promise<void>;
  /** With `drain`, deliveries under way are finished first. Without, they are dropped; nothing accepted is lost. */
  stop(drain: boolean): Promise<void>;
  /** Goes on with another configuration. */
  reload(config: Config): Promise<void> | void;
  /** There is mail in maildrop. */
  wakePickup(): void;
  /** Tries all deferred mail now. */
  flush(): void;
  /** Tries one message now; false when there is none of that id. */
  flushMessage(id: string): Promise<boolean> | boolean;
  /** Tries the mail for a site now. */
  flushSite(site: string): Promise<unknown> | void;
}

/** What goes from the master to its queue worker. */
export type ToWorker =
  | {readonly op: 'wake' | 'flush' | 'reload' | 'reopen-log'}
  | {readonly op: 'stop'; readonly drain: boolean}
  | {readonly op: 'flush-message'; readonly id: string; readonly call: number}
  | {readonly op: 'flush-site'; readonly site: string};

/** What comes back. */
export type FromWorker =
  | {readonly op: 'ready' | 'stopped'}
  | {readonly op: 'failed'; readonly text: string}
  | {readonly op: 'answer'; readonly call: number; readonly isDone: boolean};

/** How a worker finds its configuration. */
export interface WorkerArguments {
  readonly root: string;
  readonly directory: string;
}
