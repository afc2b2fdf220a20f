/**
 * The delivery children of a daemon that runs as root: one for each user there is mail for, kept while it is used and
 * ended when it has been idle. Root's own files, and mail spools that only root may write to, are the daemon's.
 */
import type {ChildProcess} from 'node:child_process';
import {forkRole} from '../base/role-process.ts';
import type {FolderFlusher} from '../base/flusher.ts';
import type {MaildirJob} from '../mailbox/maildir-writer.ts';
import type {MboxJob} from '../mailbox/mbox-writer.ts';
import {type MessageContent, SMALL_MESSAGE_BYTES} from '../mailbox/message-content.ts';
import type {StoreResult} from '../mailbox/store-result.ts';
import {
  type FileStatus,
  type Looked,
  type MessageToStore,
  OwnFiles,
  type Rights,
  type UserFiles,
  type UserFilesPool,
} from './user-files.ts';
import type {FromWorker, SentMessage, ToWorker, WorkerAnswer, WorkerTask} from './user-worker-protocol.ts';

export class UserWorkers implements UserFilesPool {
  readonly #own: OwnFiles;
  readonly #idleSeconds: number;
  readonly #workers = new Map<string, UserWorker>();

  /** `idleSeconds`: postconf(5) max_idle. */
  constructor(flusher: FolderFlusher, idleSeconds: number) {
    this.#own = new OwnFiles(flusher);
    this.#idleSeconds = idleSeconds;
  }

  as(rights: Rights): UserFiles {
    if (process.getuid?.() !== 0 || rights.uid === 0) return this.#own;
    const key = `${rights.uid}:${rights.gid}`;
    const running = this.#workers.get(key);
    if (running !== undefined) return running;
    const worker = new UserWorker(rights, this.#idleSeconds, () => {
      if (this.#workers.get(key) === worker) this.#workers.delete(key);
    });
    this.#workers.set(key, worker);
    return worker;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers.values()].map(worker => worker.close()));
  }
}

interface Pending {
  readonly resolve: (answer: WorkerAnswer) => void;
  readonly reject: (fault: Error) => void;
  readonly pieces: AsyncIterator<Buffer> | undefined;
}

class UserWorker implements UserFiles {
  readonly #child: ChildProcess;
  readonly #idleSeconds: number;
  readonly #gone: () => void;
  readonly #ended: Promise<void>;
  readonly #pending = new Map<number, Pending>();
  #serial = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(rights: Rights, idleSeconds: number, gone: () => void) {
    this.#idleSeconds = idleSeconds;
    this.#gone = gone;
    const options = {serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc']} as const;
    this.#child = forkRole('delivery-worker', [JSON.stringify(rights)], {...options, stdio: [...options.stdio]});
    this.#child.on('message', (message: FromWorker) => this.#hear(message));
    this.#child.on('error', fault => this.#end(fault.message));
    this.#ended = new Promise(resolve => {
      this.#child.once('exit', (status, signal) => {
        this.#end(`delivery process ended: ${signal ?? `exit status ${status}`}`);
        resolve();
      });
    });
  }

  async maildir(job: MaildirJob, message: MessageToStore): Promise<StoreResult> {
    const {sent, pieces} = await packed(message);
    return (await this.#ask({kind: 'maildir', job, message: sent}, pieces)) as StoreResult; // what this task answers
  }

  async mbox(job: MboxJob, message: MessageToStore): Promise<StoreResult> {
    const {sent, pieces} = await packed(message);
    return (await this.#ask({kind: 'mbox', job, message: sent}, pieces)) as StoreResult; // what this task answers
  }

  async status(path: string, follow: boolean): Promise<Looked<FileStatus>> {
    return (await this.#ask({kind: 'status', path, follow})) as Looked<FileStatus>; // what this task answers
  }

  async read(path: string): Promise<Looked<string>> {
    return (await this.#ask({kind: 'read', path})) as Looked<string>; // what this task answers
  }

  async close(): Promise<void> {
    this.#gone();
    if (this.#child.connected) this.#child.disconnect();
    if (this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null)
      await this.#ended;
  }

  #ask(task: WorkerTask, pieces?: AsyncIterator<Buffer>): Promise<WorkerAnswer> {
    clearTimeout(this.#idle);
    const id = ++this.#serial;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, {resolve, reject, pieces});
      this.#send({kind: 'task', id, task});
    });
  }

  #send(message: ToWorker): void {
    if (!this.#child.connected) return this.#end('delivery process ended');
    this.#child.send(message, fault => {
      if (fault !== null) this.#end(fault.message);
    });
  }

  #hear(message: FromWorker): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    if (message.kind === 'want-piece') return this.#sendPiece(message.id, pending);
    this.#pending.delete(message.id);
    if (message.kind === 'answer') pending.resolve(message.answer);
    else pending.reject(new Error(message.reason));
    if (this.#pending.size === 0) this.#waitIdle();
  }

  #sendPiece(id: number, pending: Pending): void {
    const next = pending.pieces?.next() ?? Promise.resolve({done: true, value: undefined} as const);
    next.then(
      piece => this.#send({kind: 'piece', id, bytes: piece.done === true ? undefined : piece.value}),
      (fault: unknown) => this.#send({kind: 'no-piece', id, reason: String(fault)}),
    );
  }

  #waitIdle(): void {
    this.#idle = setTimeout(() => void this.close(), this.#idleSeconds * 1000);
    this.#idle.unref();
  }

  /** Tasks under way have failed: their mail is tried again, in a new child. */
  #end(reason: string): void {
    this.#gone();
    clearTimeout(this.#idle);
    for (const pending of this.#pending.values()) pending.reject(new Error(reason));
    this.#pending.clear();
  }
}

async function packed(
  message: MessageToStore,
): Promise<{sent: SentMessage; pieces: AsyncIterator<Buffer> | undefined}> {
  const {head, rules, endsWithBlank, content} = message;
  const whole = await content.wholeIfSmall(SMALL_MESSAGE_BYTES);
  const pieces = whole === undefined ? iterate(content) : undefined;
  return {sent: {head, rules, endsWithBlank, whole}, pieces};
}

function iterate(content: MessageContent): AsyncIterator<Buffer> {
  return content.chunks()[Symbol.asyncIterator]();
}
