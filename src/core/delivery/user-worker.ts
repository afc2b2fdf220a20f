/**
 * A delivery child: gives up root for the user it was made for before it takes its first task, touches that user's files,
 * and ends with its parent. Everything it needs is loaded while it still may read the program.
 */
import {FolderFlusher} from '../base/flusher.ts';
import type {MessageContent} from '../mailbox/message-content.ts';
import {OwnFiles, type MessageToStore, type Rights} from './user-files.ts';
import type {FromWorker, SentMessage, ToWorker, WorkerAnswer, WorkerTask} from './user-worker-protocol.ts';

interface PieceWaiter {
  readonly resolve: (bytes: Uint8Array | undefined) => void;
  readonly reject: (fault: Error) => void;
}

export function runUserWorker(rights: Rights): void {
  becomeUser(rights);
  const files = new OwnFiles(new FolderFlusher());
  const waiting = new Map<number, PieceWaiter>();
  const send = (message: FromWorker): void => void process.send?.(message);
  const nextPiece = (id: number): Promise<Uint8Array | undefined> =>
    new Promise((resolve, reject) => {
      waiting.set(id, {resolve, reject});
      send({kind: 'want-piece', id});
    });
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'task') {
      perform(files, message.task, () => nextPiece(message.id)).then(
        answer => send({kind: 'answer', id: message.id, answer}),
        (fault: unknown) => send({kind: 'fault', id: message.id, reason: String(fault)}),
      );
      return;
    }
    const waiter = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === 'piece') waiter?.resolve(message.bytes);
    else waiter?.reject(new Error(message.reason));
  });
  process.on('disconnect', () => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined); // the parent's to say
}

/** For good: no saved ids stay (setuid(2) by root). */
function becomeUser({uid, gid}: Rights): void {
  process.chdir('/');
  process.umask(0o077);
  if (process.getuid?.() === uid) return;
  process.setgroups?.([gid]); // secondary groups are not enabled, as in the original
  process.setgid?.(gid);
  process.setuid?.(uid);
}

async function perform(
  files: OwnFiles,
  task: WorkerTask,
  nextPiece: () => Promise<Uint8Array | undefined>,
): Promise<WorkerAnswer> {
  switch (task.kind) {
    case 'maildir':
      return await files.maildir(task.job, received(task.message, nextPiece));
    case 'mbox':
      return await files.mbox(task.job, received(task.message, nextPiece));
    case 'status':
      return await files.status(task.path, task.follow);
    case 'read':
      return await files.read(task.path);
  }
}

function received(message: SentMessage, nextPiece: () => Promise<Uint8Array | undefined>): MessageToStore {
  const whole = message.whole === undefined ? undefined : asBuffer(message.whole);
  const content: MessageContent = {
    wholeIfSmall: () => Promise.resolve(whole),
    async *chunks() {
      for (let piece = await nextPiece(); piece !== undefined; piece = await nextPiece()) yield asBuffer(piece);
    },
  };
  return {head: message.head, rules: message.rules, endsWithBlank: message.endsWithBlank, content};
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
