/**
 * The locks of an mbox file in the order of mbox_write_locks: lock file, fcntl(2), flock(2). Kernel locks need koffi, and a
 * descriptor that stays open; where a lock file can't be made (a spool that belongs to another), a kernel lock must do.
 */
import type {FileHandle} from 'node:fs/promises';
import {setTimeout as pause} from 'node:timers/promises';
import {releaseDotLock, takeDotLock} from '../dot-lock.ts';
import {tryFileLock} from '../file-lock.ts';
import {MailError} from '../mail-error.ts';

export interface LockRules {
  readonly styles: readonly string[];
  readonly timeoutSeconds: number;
  /** mbox_dotlock_change_timeout: a lock file that is older is void. */
  readonly staleSeconds: number;
}

const ATTEMPT_SECONDS = 0.05;

/** Answers what releases the lock file; kernel locks end when `file` is closed. */
export async function lockMbox(path: string, file: FileHandle, rules: LockRules): Promise<() => Promise<void>> {
  let release = (): Promise<void> => Promise.resolve();
  let hasLock = false;
  try {
    for (const style of rules.styles) {
      if (style === 'dotlock') {
        if (!(await takeLockFile(path, rules))) continue;
        release = () => releaseDotLock(path);
        hasLock = true;
      } else if (style === 'fcntl' || style === 'flock')
        hasLock = (await takeKernelLock(file, style, rules)) || hasLock;
    }
    if (!hasLock && rules.styles.length > 0) throw new MailError('temporary', `${path} can't be locked`);
    return release;
  } catch (fault) {
    await release();
    throw fault;
  }
}

/** false: it can't be made here. */
async function takeLockFile(path: string, rules: LockRules): Promise<boolean> {
  const attempts = Math.max(1, Math.ceil(rules.timeoutSeconds / ATTEMPT_SECONDS));
  const patience = {attempts, delaySeconds: ATTEMPT_SECONDS, staleSeconds: rules.staleSeconds};
  const failure = await takeDotLock(path, patience);
  if (failure?.code === 'EEXIST') throw new MailError('in-use', 'Timeout while waiting for lock');
  return failure === undefined;
}

/** false: there are no such locks on this machine. */
async function takeKernelLock(file: FileHandle, style: 'fcntl' | 'flock', rules: LockRules): Promise<boolean> {
  const end = performance.now() + rules.timeoutSeconds * 1000;
  for (;;) {
    const isTaken = await tryFileLock(file.fd, style);
    if (isTaken !== false) return isTaken === true;
    if (performance.now() > end) throw new MailError('in-use', 'Timeout while waiting for lock');
    await pause(ATTEMPT_SECONDS * 1000);
  }
}
