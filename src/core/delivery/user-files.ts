/**
 * Files touched on behalf of a recipient: mailboxes written, `.forward` and `:include:` files read. Behind one interface
 * stand this process, when it has the recipient's rights already, and a child that has them (user-workers.ts): the
 * daemon itself never changes its user.
 */
import {lstat, stat} from 'node:fs';
import {open} from 'node:fs/promises';
import {toPath} from '../base/bytes.ts';
import {describe, systemCode} from '../base/errors.ts';
import type {FolderFlusher} from '../base/flusher.ts';
import {type CopyRules, LineCopier} from '../mailbox/copy-rules.ts';
import {type MaildirJob, storeInMaildir} from '../mailbox/maildir-writer.ts';
import {appendToMbox, type MboxJob} from '../mailbox/mbox-writer.ts';
import {type MessageContent, SMALL_MESSAGE_BYTES} from '../mailbox/message-content.ts';
import {type StoreResult, systemError} from '../mailbox/store-result.ts';
import type {Pieces} from '../mailbox/write-pieces.ts';

export interface Rights {
  readonly uid: number;
  readonly gid: number;
}

/** Whose files come out: only root can make another's. */
export function effectiveUid(rights: Rights): number {
  const own = process.getuid?.() ?? 0;
  return own === 0 ? rights.uid : own;
}

/** What stat(2) tells about a file. */
export interface FileStatus {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly isFile: boolean;
}

export interface LookFailure {
  readonly code: string;
  /** The system's words: `Permission denied`. */
  readonly text: string;
}

export type Looked<T> = {readonly found: T} | {readonly failure: LookFailure};

/** A message with what goes above and below it. */
export interface MessageToStore {
  readonly head: string;
  readonly content: MessageContent;
  readonly rules: CopyRules;
  /** mbox(5): a blank line at the end. */
  readonly endsWithBlank: boolean;
}

export interface UserFiles {
  maildir(job: MaildirJob, message: MessageToStore): Promise<StoreResult>;
  mbox(job: MboxJob, message: MessageToStore): Promise<StoreResult>;
  status(path: string, follow: boolean): Promise<Looked<FileStatus>>;
  read(path: string): Promise<Looked<string>>;
}

/** Gives the files as a user may touch them. */
export interface UserFilesPool {
  as(rights: Rights): UserFiles;
  /** Ends the children, when there are any. */
  close(): Promise<void>;
}

/** `.forward` and `:include:` files larger than this are no such files; the original has no limit. */
const MAX_LIST_BYTES = 16 * 1024 * 1024;

export class OwnFiles implements UserFiles {
  readonly #flusher: FolderFlusher;

  constructor(flusher: FolderFlusher) {
    this.#flusher = flusher;
  }

  async maildir(job: MaildirJob, message: MessageToStore): Promise<StoreResult> {
    return await storeInMaildir(job, await messagePieces(message), this.#flusher);
  }

  async mbox(job: MboxJob, message: MessageToStore): Promise<StoreResult> {
    return await appendToMbox(job, await messagePieces(message), this.#flusher);
  }

  /** Asked for each message (.forward): by callback, which costs half of what fs/promises does. */
  status(path: string, follow: boolean): Promise<Looked<FileStatus>> {
    return new Promise((resolve, reject) => {
      (follow ? stat : lstat)(toPath(path), (fault, found) => {
        if (fault === null)
          return resolve({found: {uid: found.uid, gid: found.gid, mode: found.mode, isFile: found.isFile()}});
        const failure = lookFailure(fault);
        if (failure === undefined) reject(fault);
        else resolve({failure});
      });
    });
  }

  async read(path: string): Promise<Looked<string>> {
    return await look(async () => {
      const file = await open(toPath(path));
      try {
        if ((await file.stat()).size > MAX_LIST_BYTES) throw systemError('EFBIG');
        return await file.readFile('latin1');
      } finally {
        await file.close();
      }
    });
  }
}

/** An instance without root has one user: everything is done by this process. */
export class OwnFilesPool implements UserFilesPool {
  readonly #files: OwnFiles;

  constructor(flusher: FolderFlusher) {
    this.#files = new OwnFiles(flusher);
  }

  as(): UserFiles {
    return this.#files;
  }

  async close(): Promise<void> {
    // There are no children.
  }
}

/** All of a small message at once, a large one as a stream. */
export async function messagePieces(message: MessageToStore): Promise<Pieces> {
  const whole = await message.content.wholeIfSmall(SMALL_MESSAGE_BYTES);
  if (whole === undefined) return streamPieces(message);
  const copier = new LineCopier(message.rules);
  const pieces = [Buffer.from(message.head, 'latin1'), ...copier.push(whole), ...copier.end()];
  if (message.endsWithBlank) pieces.push(blankLine(message));
  return pieces;
}

async function* streamPieces(message: MessageToStore): AsyncGenerator<Buffer> {
  const copier = new LineCopier(message.rules);
  yield Buffer.from(message.head, 'latin1');
  for await (const chunk of message.content.chunks()) yield* copier.push(chunk);
  yield* copier.end();
  if (message.endsWithBlank) yield blankLine(message);
}

function blankLine(message: MessageToStore): Buffer {
  return Buffer.from(message.rules.lineEnd ?? '\n', 'latin1');
}

async function look<T>(find: () => Promise<T>): Promise<Looked<T>> {
  try {
    return {found: await find()};
  } catch (fault) {
    const failure = lookFailure(fault);
    if (failure === undefined) throw fault;
    return {failure};
  }
}

function lookFailure(fault: unknown): LookFailure | undefined {
  const code = systemCode(fault);
  return code === undefined ? undefined : {code, text: describe(fault)};
}
