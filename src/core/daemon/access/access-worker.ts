/** The process that serves mail clients, under its master's orders. It ends when the master is gone. */
import {Log} from '../../log/log.ts';
import {keepMailboxesWarm} from '../../mailbox/mailbox-registry.ts';
import {dieLoudly, liveForMaster, serveUnderMaster} from '../worker-life.ts';
import {AccessRole} from './access-role.ts';
import {type AccessPlace, MailAccess} from './mail-access.ts';

export async function runAccessWorker(place: AccessPlace): Promise<void> {
  liveForMaster('posthorn: access', ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1']);
  const access = new MailAccess(place);
  const sink = access.openLog(true);
  const log = new Log('access', sink);
  dieLoudly(log, sink);
  keepMailboxesWarm();
  await serveUnderMaster(new AccessRole(access, log), log, sink);
}
