/** The process that serves mail clients, under its master's orders. It ends when the master is gone. */
import {describe} from '../../base/errors.ts';
import {Log} from '../../log/log.ts';
import {dieLoudly, tellMaster} from '../worker-life.ts';
import type {WorkerOrder} from '../worker-process.ts';
import {AccessRole} from './access-role.ts';
import {type AccessPlace, MailAccess} from './mail-access.ts';

export async function runAccessWorker(place: AccessPlace): Promise<void> {
  process.title = 'posthorn: access';
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const) process.on(signal, () => undefined); // the master's
  process.on('disconnect', () => process.exit(1));
  process.umask(0o077);
  const access = new MailAccess(place);
  const sink = access.openLog(true);
  const log = new Log('access', sink);
  dieLoudly(log, sink);
  const role = new AccessRole(access, log);
  const obey = async (order: WorkerOrder): Promise<void> => {
    switch (order.op) {
      case 'reopen-log':
        return sink.reopen();
      case 'reload':
        await role.reload();
        return tellMaster({op: 'ready', listening: role.listening});
      case 'stop':
        await role.stop(order.drain);
        await sink.flush();
        tellMaster({op: 'stopped'});
        process.disconnect();
        process.exit(0); // a client that does not take its last words is not waited for
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
