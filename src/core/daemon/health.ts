/**
 * Health of a mail system, seen from outside: how many messages each queue has and how long the oldest one that could be
 * delivered has been waiting. A process that is alive and delivers nothing is not healthy; this says so.
 *
 * Looks at names and time stamps only (a deferred file's is the time of its next try), and at the folders as they are.
 */
import {lstat, opendir} from 'node:fs/promises';
import {systemCode} from '../base/errors.ts';
import {QUEUE_NAMES, type QueueName} from '../queue/agent.ts';

export interface QueueHealth {
  readonly counts: Readonly<Record<QueueName, number>>;
  /** Undefined when nothing could be delivered now. */
  readonly oldestDeliverableSeconds: number | undefined;
}

/** Queues whose messages are to be delivered as soon as can be; of `deferred` only those whose time has come. */
const DELIVERABLE: ReadonlySet<QueueName> = new Set(['maildrop', 'incoming', 'active', 'deferred']);

export async function measureQueues(queueDirectory: string, nowMilliseconds: number): Promise<QueueHealth> {
  const counts: Record<QueueName, number> = {maildrop: 0, incoming: 0, active: 0, deferred: 0, hold: 0, corrupt: 0};
  let oldest: number | undefined;
  for (const name of QUEUE_NAMES)
    for await (const time of fileTimes(`${queueDirectory}/${name}`)) {
      counts[name]++;
      const age = (nowMilliseconds - time) / 1000;
      if (DELIVERABLE.has(name) && age >= 0 && age > (oldest ?? -1)) oldest = age;
    }
  return {counts, oldestDeliverableSeconds: oldest};
}

/** The modification time of each queue file, hashed folders included. */
async function* fileTimes(folder: string): AsyncGenerator<number> {
  for await (const entry of openFolder(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* fileTimes(path);
    else {
      const found = await lookAt(path);
      if (found !== undefined) yield found;
    }
  }
}

async function* openFolder(folder: string): AsyncGenerator<{name: string; isDirectory(): boolean}> {
  try {
    yield* await opendir(folder, {bufferSize: 256});
  } catch (fault) {
    if (systemCode(fault) !== 'ENOENT') throw fault; // an instance that has never run
  }
}

/** Undefined when it was delivered in between. */
async function lookAt(path: string): Promise<number | undefined> {
  try {
    return (await lstat(path)).mtimeMs;
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return undefined;
    throw fault;
  }
}
