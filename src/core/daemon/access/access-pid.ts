/** Who answers for mail access: the process in base_dir's `master.pid`, while it lives. */
import {readFileSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import {toPath} from '../../base/bytes.ts';
import {FatalError, systemCode} from '../../base/errors.ts';

export function pidFile(baseDirectory: string): string {
  return `${baseDirectory}/master.pid`;
}

/** undefined: nobody. */
export function runningAccess(baseDirectory: string): number | undefined {
  const pid = pidIn(pidFile(baseDirectory));
  return pid !== undefined && isAlive(pid) ? pid : undefined;
}

/** Throws `FatalError` in the original's words when nobody does. */
export function expectMaster(baseDirectory: string): number {
  const pid = runningAccess(baseDirectory);
  if (pid !== undefined) return pid;
  throw new FatalError(`Dovecot is not running (read from ${pidFile(baseDirectory)})`, TEMPORARY);
}

/** sysexits(3) EX_TEMPFAIL. */
const TEMPORARY = 75;

/** Whether the process is gone in time. */
export async function waitForEnd(pid: number): Promise<boolean> {
  const limit = performance.now() + PATIENCE_MILLISECONDS;
  while (isAlive(pid) && performance.now() < limit) await pause(LOOK_MILLISECONDS);
  return !isAlive(pid);
}

const PATIENCE_MILLISECONDS = 30_000;
const LOOK_MILLISECONDS = 20;

function pidIn(file: string): number | undefined {
  try {
    const text = readFileSync(toPath(file), 'latin1').trim();
    return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
  } catch (fault) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(fault) ?? '')) return undefined;
    throw fault;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isOver(pid);
  } catch (fault) {
    return systemCode(fault) === 'EPERM';
  }
}

/** It has ended, and its parent has not asked for it yet (proc(5) stat, state Z); false where the system does not tell. */
function isOver(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false; // no /proc here
  }
}
