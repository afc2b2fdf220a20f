/** IMAP on standard input and output for a user who need not log in (`doveadm exec imap`, or a tunnel by ssh). */
import {FatalError} from '../../base/errors.ts';
import {ImapSession} from '../../imap/imap-session.ts';
import {StreamWire} from '../../net/stream-wire.ts';
import {Log} from '../../log/log.ts';
import type {MailAccess} from './mail-access.ts';
import {imapSettings} from './serve-imap.ts';

/** Resolves, with the exit status, when the client is gone. */
export async function serveCaller(access: MailAccess, username: string): Promise<number> {
  const sink = access.openLog();
  const session = new ImapSession({
    wire: new StreamWire(process.stdin, process.stdout),
    settings: imapSettings(access.settingsFor('imap')),
    username,
    openStore: async name => {
      const store = await access.openStore(name, 'imap');
      if (store === undefined) throw new FatalError(`user ${name} is not known to the userdb`);
      return store;
    },
    loginLog: new Log('imap', sink),
    sessionLog: name => new Log(`imap(${name})<${process.pid}><>`, sink),
  });
  await session.run();
  sink.end();
  return 0;
}
