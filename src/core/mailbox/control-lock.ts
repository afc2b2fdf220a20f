/**
 * Lock files beside a mailbox's control files as Dovecot makes them (`dovecot-uidlist.lock`): made exclusively, with
 * `PID:HOST` in them. A lock is void when its process on this host is no more, when nobody signed it in time, or when
 * nothing touched it for two minutes. Throws `MailError` in-use when it can't be had in time.
 *
 * The calls are synchronous: on a small file in a folder that is in use they are done before a thread would have begun.
 */
import {
  accessSync,
  closeSync,
  constants,
  linkSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import {dirname} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {toPath} from '../base/bytes.ts';
import {systemCode} from '../base/errors.ts';
import {nameCalls} from '../base/name-calls.ts';
import {MailError} from './mail-error.ts';

/** As Dovecot has them for its uidlist. */
const TIMEOUT_MS = 120_000;
const STALE_MS = 120_000;
/** Who made a lock and has not signed it in this time was killed in between. */
const UNSIGNED_MS = 5000;
const LONGEST_PAUSE_MS = 20;

export interface ControlLock {
  /** Whether it is still ours: somebody may have thought it stale. */
  isHeld(): boolean;
  release(): void;
}

export async function takeControlLock(
  path: string,
  hostName: string,
  timeoutMs = TIMEOUT_MS,
  mode = 0o600,
): Promise<ControlLock> {
  const end = performance.now() + timeoutMs;
  for (let wait = 1; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    const lock = await tryLock(path, hostName, mode);
    if (lock !== undefined) return lock;
    if (removeIfStale(path, hostName)) continue;
    if (performance.now() > end) throw new MailError('in-use', 'Timeout while waiting for lock');
    await pause(wait * (0.5 + Math.random()));
  }
}

async function tryLock(path: string, hostName: string, mode: number): Promise<ControlLock | undefined> {
  let fd: number;
  try {
    fd = await nameCalls.opened(toPath(path), 'wx', mode);
  } catch (fault) {
    if (systemCode(fault) !== 'EEXIST') throw fault;
    accessSync(toPath(dirname(path)), constants.W_OK); // who may not write here need not wait: throws EACCES
    return undefined;
  }
  try {
    writeSync(fd, `${process.pid}:${hostName}`, null, 'latin1');
  } catch (fault) {
    unlinkSync(toPath(path)); // ENOSPC: nobody else should wait for us
    throw fault;
  } finally {
    closeSync(fd);
  }
  return heldLock(path, statSync(toPath(path), {bigint: true}));
}

/** Inodes are used again at once: the time tells another's lock from ours. */
function heldLock(path: string, ours: LockStatus): ControlLock {
  const isHeld = (): boolean => {
    const now = statIfThere(path);
    return now?.ino === ours.ino && now.mtimeNs === ours.mtimeNs;
  };
  return {
    isHeld,
    release() {
      if (isHeld()) unlinkSync(toPath(path));
    },
  };
}

/** Takes it away by renaming, so that of two who think it stale one finds out that it has got another lock. */
function removeIfStale(path: string, hostName: string): boolean {
  const found = statIfThere(path);
  if (found === undefined) return true;
  if (!isStale(path, found.mtimeMs, hostName)) return false;
  const aside = `${path}.${process.pid}.stale`;
  try {
    if (statIfThere(path)?.mtimeNs !== found.mtimeNs) return true;
    renameSync(toPath(path), toPath(aside));
    if (statIfThere(aside)?.mtimeNs !== found.mtimeNs) linkSync(toPath(aside), toPath(path));
    unlinkSync(toPath(aside));
  } catch (fault) {
    const code = systemCode(fault);
    if (code !== 'ENOENT' && code !== 'EEXIST') throw fault;
  }
  return true;
}

function isStale(path: string, mtimeMs: bigint, hostName: string): boolean {
  const age = Date.now() - Number(mtimeMs);
  if (age > STALE_MS) return true;
  let owner: string;
  try {
    owner = readFileSync(toPath(path), 'latin1').slice(0, 300);
  } catch {
    return false; // gone, or not ours to read: the next attempt says which
  }
  if (owner === '') return age > UNSIGNED_MS;
  const colon = owner.indexOf(':');
  const pid = Number(owner.slice(0, colon));
  if (colon <= 0 || owner.slice(colon + 1) !== hostName || !Number.isInteger(pid) || pid <= 0) return false;
  return pid !== process.pid && !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return systemCode(fault) !== 'ESRCH';
  }
}

interface LockStatus {
  readonly ino: bigint;
  readonly mtimeMs: bigint;
  readonly mtimeNs: bigint;
}

function statIfThere(path: string): LockStatus | undefined {
  return statSync(toPath(path), {bigint: true, throwIfNoEntry: false});
}
