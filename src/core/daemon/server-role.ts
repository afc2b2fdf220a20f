/** The SMTP server as the master has it: a process of its own, or a part of the master's where all is one process. */
import {systemClock} from '../base/clock.ts';
import type {Config} from '../config/config.ts';
import {readMasterCf} from '../config/master-cf.ts';
import type {Log} from '../log/log.ts';
import type {ProcessStatus} from './control-client.ts';
import type {QueueRole} from './queue-role.ts';
import {SmtpdProcess} from './smtpd-process.ts';

export interface ServerRole {
  start(): Promise<void>;
  stop(drain: boolean): Promise<void>;
  reload(config: Config): Promise<void> | void;
  reopenLog?(): void;
  status?(): ProcessStatus | undefined;
  /** `service host:port`. */
  readonly listening: readonly string[];
}

/** undefined: master.cf has no smtpd service. */
export async function openServer(config: Config, log: Log, queue: QueueRole): Promise<ServerRole | undefined> {
  const isWanted = readMasterCf(config.directory).some(({type, command}) => type === 'inet' && command === 'smtpd');
  if (!isWanted) return undefined;
  if (!config.get('posthorn_single_process')) return new SmtpdProcess(config, log);
  const {QueueInProcess} = await import('./queue-in-process.ts');
  const {SmtpdRole} = await import('./smtpd-role.ts');
  if (!(queue instanceof QueueInProcess)) return undefined;
  return new SmtpdRole({config, log: log.as('smtpd'), clock: systemClock, link: queue.link});
}
