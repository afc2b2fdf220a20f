/** The SMTP server's process, under its master's orders. It ends when the master is gone. */
import {systemClock} from '../base/clock.ts';
import {describe} from '../base/errors.ts';
import {loadConfig} from '../config/load-config.ts';
import {daemonSinkFor} from '../config/log-sink.ts';
import {Log} from '../log/log.ts';
import {RemoteQueueLink} from './queue-link-client.ts';
import type {WorkerArguments} from './queue-role.ts';
import {SmtpdRole} from './smtpd-role.ts';
import {dieLoudly, tellMaster} from './worker-life.ts';
import type {WorkerOrder} from './worker-process.ts';

export async function runSmtpdWorker({root, directory}: WorkerArguments): Promise<void> {
  process.title = 'posthorn: smtpd';
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined); // the master's
  process.on('disconnect', () => process.exit(1));
  process.umask(0o077);
  const config = loadConfig(directory, {root});
  const sink = daemonSinkFor(config);
  const log = new Log('smtpd', sink);
  dieLoudly(log, sink);
  const link = new RemoteQueueLink(`${config.get('queue_directory')}/private`);
  const role = new SmtpdRole({config, log, clock: systemClock, link});
  const obey = async (order: WorkerOrder): Promise<void> => {
    switch (order.op) {
      case 'reopen-log':
        return sink.reopen();
      case 'reload':
        await role.reload(loadConfig(directory, {root}));
        return tellMaster({op: 'ready', listening: role.listening});
      case 'stop':
        await role.stop(order.drain);
        await sink.flush();
        tellMaster({op: 'stopped'});
        process.disconnect();
    }
  };
  process.on('message', message => {
    obey(message as WorkerOrder).catch((fault: unknown) => log.error(`reload: ${describe(fault)}`)); // from our own master
  });
  try {
    await role.start();
    tellMaster({op: 'ready', listening: role.listening});
  } catch (fault) {
    log.fatal(describe(fault));
    await sink.flush();
    tellMaster({op: 'failed', text: describe(fault)});
    process.exit(1);
  }
}
