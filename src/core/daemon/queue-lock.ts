/**
 * Waits for the right to move and deliver the messages of a queue directory. Another process may have it for a moment: a
 * worker whose master was killed, or a sendmail(1) that delivers by itself.
 */
import {setTimeout as pause} from 'node:timers/promises';
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import {acquireInstanceLock, isLock, type InstanceLock} from './instance-lock.ts';

const RETRY_MILLISECONDS = 50;
/** Waiting longer than this is told, once. */
const PATIENCE_MILLISECONDS = 5000;

export async function holdQueueLock(config: Config, log: Log): Promise<InstanceLock> {
  const began = performance.now();
  let isTold = false;
  for (;;) {
    const answer = await acquireInstanceLock(config.get('queue_directory'), 'queue');
    if (isLock(answer)) return answer;
    if (!isTold && performance.now() - began > PATIENCE_MILLISECONDS) {
      log.warning(`waiting for process ${answer.pid}, which works on this queue`);
      isTold = true;
    }
    await pause(RETRY_MILLISECONDS);
  }
}
