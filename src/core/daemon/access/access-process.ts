/** The master's view of the process that serves mail clients. */
import type {Log} from '../../log/log.ts';
import {WorkerProcess} from '../worker-process.ts';
import type {AccessPlace} from './mail-access.ts';

export class AccessProcess extends WorkerProcess<never, never> {
  constructor(place: AccessPlace, log: Log) {
    super('access', 'access', place, log);
  }

  protected receive(): void {
    return; // it has nothing to say but what every worker says
  }

  protected bury(): void {
    return; // nobody waits for it
  }
}
