/**
 * Only one mail system works on a queue directory: the lock of whoever does, held by a live process and void when that
 * process is gone, however it went (Node has no flock(2)).
 *
 * Each candidate puts a ticket into `pid/`, named after its process id and its start time, so that no ticket is ever
 * mistaken for another process's. Then it looks at the others' tickets:
 *
 *   a ticket of a dead process   is removed
 *   a ticket that is held        we withdraw
 *   a ticket being tried         the later one (by name) withdraws; the earlier one waits until it is held or gone
 *
 * Of two candidates the one that put its ticket second sees the first one's; so never do both hold.
 */
import {existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';

export interface InstanceLock {
  release(): void;
}

/** The owner of a lock that is not to be had. */
export interface LockOwner {
  readonly pid: number;
}

/**
 * `master` is whoever answers for the instance, `queue` the process that moves and delivers its messages: a worker that
 * outlives its master for a moment, or a sendmail(1) that delivers by itself, still has the latter.
 */
export type LockKind = 'master' | 'queue';

const TICKET = /^(master|queue)-lock\.(\d+)\.(\d+)$/;
const PATIENCE_MILLISECONDS = 5;

interface Ticket {
  readonly name: string;
  readonly pid: number;
  readonly startTime: string;
}

/** The tickets of this process. */
const ours = new Set<string>();

/** Takes a lock of a queue directory, or answers who has it. */
export async function acquireInstanceLock(queueDirectory: string, kind: LockKind): Promise<InstanceLock | LockOwner> {
  const folder = `${queueDirectory}/pid`;
  const own = `${kind}-lock.${process.pid}.${startTimeOf(process.pid) ?? '0'}`;
  const path = `${folder}/${own}`;
  if (ours.has(path)) return {pid: process.pid};
  ours.add(path);
  const release = (): void => {
    ours.delete(path);
    for (const name of [own, heldName(own)]) rmSync(`${folder}/${name}`, {force: true});
  };
  try {
    writeFileSync(path, '');
    const rival = await findRival(folder, kind, own);
    if (rival === undefined) {
      writeFileSync(`${folder}/${heldName(own)}`, '');
      return {release};
    }
    release();
    return {pid: rival.pid};
  } catch (fault) {
    release();
    throw fault;
  }
}

/** Undefined once every other ticket is gone. */
async function findRival(folder: string, kind: LockKind, own: string): Promise<Ticket | undefined> {
  for (;;) {
    const others = liveTickets(folder, kind).filter(ticket => ticket.name !== own);
    const rival = others.find(ticket => ticket.name < own || isHeld(folder, ticket));
    if (rival !== undefined || others.length === 0) return rival;
    await pause(PATIENCE_MILLISECONDS);
  }
}

export function isLock(answer: InstanceLock | LockOwner): answer is InstanceLock {
  return 'release' in answer;
}

/** Who works on the queue directory now; undefined when nobody does. */
export function lockOwner(queueDirectory: string, kind: LockKind): LockOwner | undefined {
  const folder = `${queueDirectory}/pid`;
  return liveTickets(folder, kind).find(ticket => isHeld(folder, ticket));
}

/** The mark is a second file: a name that is changed may be missed by one who reads the folder. */
function heldName(ticket: string): string {
  return `${ticket}.held`;
}

function isHeld(folder: string, ticket: Ticket): boolean {
  return existsSync(`${folder}/${heldName(ticket.name)}`);
}

function liveTickets(folder: string, kind: LockKind): Ticket[] {
  const tickets: Ticket[] = [];
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const [, itsKind, pid, startTime = ''] = TICKET.exec(name) ?? [];
    if (itsKind !== kind) continue;
    const ticket = {name, pid: Number(pid), startTime};
    if (isAlive(ticket)) tickets.push(ticket);
    else for (const dead of [heldName(name), name]) rmSync(`${folder}/${dead}`, {force: true});
  }
  return tickets;
}

function isAlive(ticket: Ticket): boolean {
  const startTime = startTimeOf(ticket.pid);
  if (startTime !== undefined) return startTime === ticket.startTime;
  return ticket.startTime === '0' && answersSignals(ticket.pid);
}

/** When a process started (proc(5) stat field 22, clock ticks since boot); undefined where the system does not tell. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]; // ended, and not yet waited for
  } catch {
    return undefined; // no such process, or no /proc here
  }
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return fault instanceof Error && 'code' in fault && fault.code === 'EPERM';
  }
}
