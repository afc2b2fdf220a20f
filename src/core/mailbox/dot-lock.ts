/**
 * Lock files beside a mailbox (`F.lock`), as every mail program respects them. Made exclusively; a lock that is older
 * than stale_lock_time, or that names a process which is no more, is taken away.
 */
import {close, open, readFile, stat, unlink, write} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import {promisify} from 'node:util';
import {toPath} from '../base/bytes.ts';
import {describe, systemCode} from '../base/errors.ts';

/** postconf(5) deliver_lock_attempts, deliver_lock_delay, stale_lock_time. */
export interface LockPatience {
  readonly attempts: number;
  readonly delaySeconds: number;
  readonly staleSeconds: number;
}

/** The lock could not be had; `code` is EEXIST when somebody else holds it. */
export interface LockFailure {
  readonly code: string;
  readonly text: string;
}

/** Answers undefined when the lock is ours. */
export async function takeDotLock(path: string, patience: LockPatience): Promise<LockFailure | undefined> {
  const lock = lockPath(path);
  for (let attempt = 1; ; attempt++) {
    const fault = await tryLock(lock);
    if (fault === undefined) return undefined;
    const code = systemCode(fault) ?? 'EIO';
    const text = `unable to create lock file ${path}.lock: ${describe(fault)}`;
    if (code !== 'EEXIST' || attempt >= patience.attempts) return {code, text};
    if (await isStale(lock, patience.staleSeconds)) await removeStale(lock);
    else await pause(patience.delaySeconds * 1000);
  }
}

export async function releaseDotLock(path: string): Promise<void> {
  await promisify(unlink)(lockPath(path)).catch(() => undefined); // somebody thought it stale: nothing left to release
}

function lockPath(path: string): string | Buffer {
  return toPath(`${path}.lock`);
}

/**
 * Tells our locks from others' before the process id is in them: who made one of these and did not sign it in this time
 * was killed in between.
 */
const OUR_MODE = 0o700;
const UNSIGNED_MS = 5000;

async function tryLock(lock: string | Buffer): Promise<unknown> {
  try {
    const fd = await promisify(open)(lock, 'wx', OUR_MODE);
    try {
      await promisify(write)(fd, Buffer.from(`${process.pid}\n`));
    } finally {
      await promisify(close)(fd);
    }
    return undefined;
  } catch (fault) {
    if (systemCode(fault) === 'ENOSPC') await promisify(unlink)(lock).catch(() => undefined);
    return fault;
  }
}

async function isStale(lock: string | Buffer, staleSeconds: number): Promise<boolean> {
  try {
    const {mtimeMs, mode, size} = await promisify(stat)(lock);
    const age = Date.now() - mtimeMs;
    if (age > staleSeconds * 1000) return true;
    if (size === 0 && (mode & 0o777) === OUR_MODE) return age > UNSIGNED_MS;
    // Postfix leaves the file empty, procmail writes 0, liblockfile and we a process id: only that one can be dead.
    const pid = /^\s*([1-9]\d{0,9})\s*$/.exec(await promisify(readFile)(lock, 'latin1'))?.[1];
    return pid !== undefined && Number(pid) !== process.pid && !isAlive(Number(pid));
  } catch {
    return false; // gone, or not ours to read: the next attempt says which
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return systemCode(fault) !== 'ESRCH';
  }
}

async function removeStale(lock: string | Buffer): Promise<void> {
  await promisify(unlink)(lock).catch(() => undefined);
}
