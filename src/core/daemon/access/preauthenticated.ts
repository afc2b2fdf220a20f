/** IMAP on standard input and output for a user who need not log in (`doveadm exec imap`, or a tunnel by ssh). */
import type {UserRecord} from '../../account/sasl/sasl.ts';
import {FatalError} from '../../base/errors.ts';
import {ImapSession} from '../../imap/imap-session.ts';
import {StreamWire} from '../../net/stream-wire.ts';
import {Log} from '../../log/log.ts';
import {type AccessPlace, MailAccess} from './mail-access.ts';
import {hasImapSieve, imapSettings, openScripts} from './serve-imap.ts';

/** Resolves, with the exit status, when the client is gone. */
export async function serveCaller(place: AccessPlace, username: string): Promise<number> {
  const access = new MailAccess(place); // of this bundle: faults are told apart by their classes
  const sink = access.openLog();
  const settings = access.settingsFor('imap');
  let record: UserRecord | undefined;
  const session = new ImapSession({
    wire: new StreamWire(process.stdin, process.stdout),
    settings: imapSettings(settings),
    username,
    openStore: async name => {
      const found = await access.lookupUser(name, {service: 'imap'});
      if (found.kind !== 'found') throw new FatalError(`user ${name} is not known to the userdb`);
      record = found.user;
      return access.openStoreOf(record, 'imap');
    },
    openScripts: hasImapSieve(settings) ? (store, log) => openScripts(access, record, store, log) : undefined,
    loginLog: new Log('imap', sink),
    sessionLog: name => new Log(`imap(${name})<${process.pid}><>`, sink),
  });
  await session.run();
  sink.end();
  return 0;
}
