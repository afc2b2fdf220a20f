/**
 * What the daemon and its delivery children say to each other. A large message is asked for piece by piece by the child,
 * so that neither side holds more than one.
 */
import type {CopyRules} from '../mailbox/copy-rules.ts';
import type {MaildirJob} from '../mailbox/maildir-writer.ts';
import type {MboxJob} from '../mailbox/mbox-writer.ts';
import type {StoreResult} from '../mailbox/store-result.ts';
import type {FileStatus, Looked} from './user-files.ts';

/** A message to store; `whole` when it is small. */
export interface SentMessage {
  readonly head: string;
  readonly rules: CopyRules;
  readonly endsWithBlank: boolean;
  readonly whole: Uint8Array | undefined;
}

export type WorkerTask =
  | {readonly kind: 'maildir'; readonly job: MaildirJob; readonly message: SentMessage}
  | {readonly kind: 'mbox'; readonly job: MboxJob; readonly message: SentMessage}
  | {readonly kind: 'status'; readonly path: string; readonly follow: boolean}
  | {readonly kind: 'read'; readonly path: string};

export type WorkerAnswer = StoreResult | Looked<FileStatus> | Looked<string>;

export type ToWorker =
  | {readonly kind: 'task'; readonly id: number; readonly task: WorkerTask}
  /** The next piece; undefined at the end. */
  | {readonly kind: 'piece'; readonly id: number; readonly bytes: Uint8Array | undefined}
  | {readonly kind: 'no-piece'; readonly id: number; readonly reason: string};

export type FromWorker =
  | {readonly kind: 'want-piece'; readonly id: number}
  | {readonly kind: 'answer'; readonly id: number; readonly answer: WorkerAnswer}
  | {readonly kind: 'fault'; readonly id: number; readonly reason: string};
