/** The master's view of its SMTP server. */
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import {WorkerProcess} from './worker-process.ts';

export class SmtpdProcess extends WorkerProcess<never, never> {
  constructor(config: Config, log: Log) {
    super('smtpd', 'smtpd', {root: config.root, directory: config.directory}, log);
  }

  protected receive(): void {
    return; // it has nothing to say but what every worker says
  }

  protected bury(): void {
    return; // nobody waits for it
  }
}
