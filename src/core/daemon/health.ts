/**
 * Health of a mail system, seen from outside: how many messages each queue has and how long the oldest one that could be
 * delivered has been waiting. A process that is alive and delivers nothing is not healthy; this says so.
 *
 * Looks at names and time stamps only (a deferred file's is the time of its next try), and at the folders as they are.
 * Synchronous: for commands.
 */
import {lstatSync, readdirSync, type Dirent} from 'node:fs';
import {systemCode} from '../base/errors.ts';
import {QUEUE_NAMES, type QueueName} from '../queue/agent.ts';

export interface QueueHealth {
  readonly counts: Readonly<Record<QueueName, number>>;
  /** Undefined when nothing could be delivered now. */
  readonly oldestDeliverableSeconds: number | undefined;
}

/** Queues whose messages are to be delivered as soon as can be; of `deferred` only those whose time has come. */
const DELIVERABLE: ReadonlySet<QueueName> = new Set(['maildrop', 'incoming', 'active', 'deferred']);

export function measureQueues(queueDirectory: string, nowMilliseconds: number): QueueHealth {
  const counts: Record<QueueName, number> = {maildrop: 0, incoming: 0, active: 0, deferred: 0, hold: 0, corrupt: 0};
  let oldest: number | undefined;
  for (const name of QUEUE_NAMES)
    for (const time of fileTimes(`${queueDirectory}/${name}`)) {
      counts[name]++;
      const age = (nowMilliseconds - time) / 1000;
      if (DELIVERABLE.has(name) && age >= 0 && age > (oldest ?? -1)) oldest = age;
    }
  return {counts, oldestDeliverableSeconds: oldest};
}

/** The modification time of each queue file, hashed folders included. */
function* fileTimes(folder: string): Generator<number> {
  for (const entry of list(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* fileTimes(path);
    else {
      const found = lstatSync(path, {throwIfNoEntry: false}); // undefined: it was delivered in between
      if (found !== undefined) yield found.mtimeMs;
    }
  }
}

function list(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, {withFileTypes: true});
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return []; // an instance that has never run
    throw fault;
  }
}
