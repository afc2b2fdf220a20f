/** Dovecot's auth sockets, for a real Postfix (smtpd_sasl_type = dovecot) and for Dovecot's own tools. */
import {serveLines} from '../../account/auth-socket/auth-lines.ts';
import {AuthClientSession} from '../../account/auth-socket/client-session.ts';
import {AuthMasterSession} from '../../account/auth-socket/master-session.ts';
import type {ServedClient} from './served-client.ts';

let connections = 0;

/** Resolves when the client is gone. */
export function serveAuthClient(served: ServedClient): Promise<void> {
  const {access, log} = served.parts;
  const options = {
    sasl: access.accounts.sasl,
    log: log.as('auth'),
    isDebug: false,
    processId: process.pid,
    connectionId: ++connections,
  };
  return serveSession(served, write => new AuthClientSession(options, write));
}

/** `auth-userdb` may look users up, `auth-master` may do more. */
export function serveAuthMaster(isMaster: boolean): (served: ServedClient) => Promise<void> {
  return served => {
    const {access, log} = served.parts;
    const options = {accounts: access.accounts, log: log.as('auth'), isDebug: false, processId: process.pid, isMaster};
    return serveSession(served, write => new AuthMasterSession(options, write));
  };
}

function serveSession(served: ServedClient, open: Parameters<typeof serveLines>[1]): Promise<void> {
  const {stream} = served.client;
  served.end = () => stream.destroy();
  const gone = new Promise<void>(resolve => stream.once('close', () => resolve()));
  stream.once('end', () => stream.end());
  serveLines(stream, open);
  return gone;
}
