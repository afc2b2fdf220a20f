/** POP3 for one client. */
import {Pop3Session} from '../../pop3/pop3-session.ts';
import {dovecotPop3Settings} from '../../pop3/pop3-settings.ts';
import type {ServedClient} from './served-client.ts';

/** Resolves when the client is gone. */
export async function servePop3(served: ServedClient): Promise<void> {
  const {client, settings, parts} = served;
  const session = new Pop3Session({
    stream: client.stream,
    settings: dovecotPop3Settings(settings),
    sasl: parts.access.accounts.sasl,
    connection: served.saslConnection(),
    hostName: parts.access.hostName,
    isSecured: served.isSecured,
    upgrade: served.hasTls
      ? async () => {
          await served.startTls();
          return client.stream;
        }
      : undefined,
    openStore: login => served.openStore(login.username, login),
    loginLog: served.loginLog,
    sessionLog: username => served.sessionLog(username),
    processId: process.pid,
  });
  served.end = () => session.end();
  await session.run();
}
