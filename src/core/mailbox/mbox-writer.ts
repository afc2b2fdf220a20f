/**
 * Appends a message to a mailbox file (mbox(5)): lock, open, append, fsync, unlock. When anything fails the file is cut
 * back to its old length, so that nothing half-written stays. The caller brings the message in mbox form.
 */
import {close, fstatSync, fsync, ftruncate, open, read, stat, type Stats} from 'node:fs';
import {dirname} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {promisify} from 'node:util';
import {toPath} from '../base/bytes.ts';
import {describe, systemCode} from '../base/errors.ts';
import type {FolderFlusher} from '../base/flusher.ts';
import {type LockPatience, releaseDotLock, takeDotLock} from './dot-lock.ts';
import {type FileLockStyle, tryFileLock} from './file-lock.ts';
import {type OpenedFile, type Owner, safeOpen} from './safe-open.ts';
import {type StoreFailure, type StoreResult, STORED} from './store-result.ts';
import {type Pieces, writePieces} from './write-pieces.ts';

export interface MboxJob {
  readonly path: string;
  /** mailbox_delivery_lock: `fcntl`, `flock`, `dotlock`. */
  readonly locks: readonly string[];
  readonly patience: LockPatience;
  /** A lock file that can't be made is only warned about (mail to files in folders one may not write to). */
  readonly dotLockMayFail?: boolean | undefined;
  /** Whose the file becomes when it is made by another user (root). */
  readonly newOwner?: Owner | undefined;
  /** strict_mailbox_ownership: the file must be this user's. */
  readonly requiredOwner?: number | undefined;
  /** A device is no mailbox; mail to files takes them (/dev/null). */
  readonly mustBeRegular?: boolean | undefined;
  /** mailbox_size_limit; 0: none. */
  readonly sizeLimit: number;
}

/** Deliveries of this process to the same file take turns: the kernel's locks do not exclude within a process. */
const turns = new Map<string, Promise<unknown>>();

export async function appendToMbox(job: MboxJob, pieces: Pieces, flusher: FolderFlusher): Promise<StoreResult> {
  const before = turns.get(job.path) ?? Promise.resolve();
  const mine = before.then(async () => await appendInTurn(job, pieces, flusher));
  const settled = mine.catch(() => undefined);
  turns.set(job.path, settled);
  try {
    return await mine;
  } finally {
    if (turns.get(job.path) === settled) turns.delete(job.path);
  }
}

async function appendInTurn(job: MboxJob, pieces: Pieces, flusher: FolderFlusher): Promise<StoreResult> {
  const warnings: string[] = [];
  let hasDotLock = false;
  if (job.locks.includes('dotlock') && (await mayBeLocked(job.path))) {
    const refused = await takeDotLock(job.path, job.patience);
    hasDotLock = refused === undefined;
    if (refused !== undefined) {
      const isHeld = refused.code === 'EEXIST';
      if (isHeld || job.dotLockMayFail !== true)
        return {kind: 'failed', text: refused.text, code: isHeld ? 'EAGAIN' : refused.code};
      warnings.push(refused.text);
    }
  }
  try {
    const result = await openAndAppend(job, pieces, flusher);
    return result.kind === 'failed' && warnings.length > 0 ? {...result, warnings} : result;
  } finally {
    if (hasDotLock) await releaseDotLock(job.path);
  }
}

/** What exists and is no plain file (/dev/null, a folder) gets no lock file. */
async function mayBeLocked(path: string): Promise<boolean> {
  const found = await promisify(stat)(toPath(path)).catch(() => undefined);
  return found?.isFile() ?? true;
}

async function openAndAppend(job: MboxJob, pieces: Pieces, flusher: FolderFlusher): Promise<StoreResult> {
  const opened = await safeOpen(job.path, job.newOwner);
  if (opened.kind === 'failed') return opened;
  try {
    const mend = await endOfOpenLine(job.path, opened.status);
    const refused = refuseFile(job, opened.status) ?? (await lockFile(job, opened));
    if (refused !== undefined) return refused;
    const result = await append(job, opened, mend, pieces);
    if (result.kind === 'stored' && opened.isNew) await syncFolder(flusher, dirname(job.path));
    return result;
  } finally {
    await promisify(close)(opened.fd);
  }
}

function refuseFile(job: MboxJob, status: Stats): StoreFailure | undefined {
  if (job.mustBeRegular === true && !status.isFile())
    return {kind: 'failed', status: '5.2.0', text: `destination ${job.path} is not a regular file`};
  if (job.mustBeRegular !== true && status.isFile() && (status.mode & 0o111) !== 0)
    return {kind: 'failed', status: '5.7.1', text: 'file is executable'};
  if (job.requiredOwner === undefined || status.uid === job.requiredOwner) return undefined;
  return {
    kind: 'failed',
    status: '4.2.0',
    text: `destination ${job.path} is not owned by recipient`,
    warnings: ['specify "strict_mailbox_ownership = no" to ignore mailbox ownership mismatch'],
  };
}

async function lockFile(job: MboxJob, file: OpenedFile): Promise<StoreFailure | undefined> {
  if (!file.status.isFile()) return undefined;
  for (const style of job.locks) {
    if (style !== 'fcntl' && style !== 'flock') continue;
    if (await waitForLock(file.fd, style, job.patience)) continue;
    return {
      kind: 'failed',
      code: 'EAGAIN',
      text: 'unable to lock for exclusive access: Resource temporarily unavailable',
    };
  }
  return undefined;
}

async function waitForLock(fd: number, style: FileLockStyle, patience: LockPatience): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    if ((await tryFileLock(fd, style)) !== false) return true; // undefined: no such locks here, the lock file must do
    if (attempt >= patience.attempts) return false;
    await pause(patience.delaySeconds * 1000);
  }
}

async function append(job: MboxJob, file: OpenedFile, mend: readonly Buffer[], pieces: Pieces): Promise<StoreResult> {
  const isRegular = file.status.isFile();
  // Looked at again under the lock; the descriptor is open, so neither call waits for the disk.
  const oldLength = isRegular ? fstatSync(file.fd).size : 0;
  try {
    const room = isRegular && job.sizeLimit > 0 ? job.sizeLimit - oldLength : Infinity;
    await writePieces(file.fd, mend, pieces, room);
    if (isRegular) await promisify(fsync)(file.fd);
    return STORED;
  } catch (fault) {
    const code = systemCode(fault);
    if (code === undefined) throw fault;
    // Where even that fails, the next writer ends the open line (endOfOpenLine), and this message is delivered again.
    if (isRegular) await promisify(ftruncate)(file.fd, oldLength).catch(() => undefined);
    return {kind: 'failed', text: `error writing message: ${describe(fault)}`, code};
  }
}

/**
 * A writer that was killed may have left a line without its end; what follows it would not be seen as a message. Looked
 * at before the kernel's lock is taken: closing this descriptor would end it.
 */
async function endOfOpenLine(path: string, status: Stats): Promise<Buffer[]> {
  if (!status.isFile() || status.size === 0) return [];
  const last = Buffer.alloc(1);
  const fd = await promisify(open)(toPath(path), 'r').catch(() => undefined);
  if (fd === undefined) return []; // may be appended to but not read: then it stays as it is
  try {
    await promisify(read)(fd, last, 0, 1, status.size - 1);
    return last[0] === 0x0a ? [] : [Buffer.from('\n')];
  } finally {
    await promisify(close)(fd);
  }
}

function syncFolder(flusher: FolderFlusher, folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    flusher.sync(folder, fault => {
      if (fault === null) resolve();
      else reject(fault);
    });
  });
}
