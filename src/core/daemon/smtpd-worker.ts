/** The SMTP server's process, under its master's orders. It ends when the master is gone. */
import {systemClock} from '../base/clock.ts';
import {loadConfig} from '../config/load-config.ts';
import {daemonSinkFor} from '../config/log-sink.ts';
import {Log} from '../log/log.ts';
import {RemoteQueueLink} from './queue-link-client.ts';
import type {WorkerArguments} from './queue-role.ts';
import {SmtpdRole} from './smtpd-role.ts';
import {dieLoudly, liveForMaster, serveUnderMaster} from './worker-life.ts';

export async function runSmtpdWorker({root, directory}: WorkerArguments): Promise<void> {
  liveForMaster('posthorn: smtpd', ['SIGINT', 'SIGTERM', 'SIGHUP']);
  const config = loadConfig(directory, {root});
  const sink = daemonSinkFor(config);
  const log = new Log('smtpd', sink);
  dieLoudly(log, sink);
  const link = new RemoteQueueLink(`${config.get('queue_directory')}/private`);
  const role = new SmtpdRole({config, log, clock: systemClock, link});
  const serving = {
    start: () => role.start(),
    reload: () => role.reload(loadConfig(directory, {root})),
    stop: (drain: boolean) => role.stop(drain),
    get listening() {
      return role.listening;
    },
  };
  await serveUnderMaster(serving, log, sink);
}
