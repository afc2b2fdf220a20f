/** What a client may do that others may not, by the lists of main.cf: asked once, when it comes. */
import type {SmtpdService} from './smtpd-service.ts';
import type {SmtpdClient} from './smtpd-state.ts';

export interface ClientRights {
  readonly mayXclient: boolean;
  readonly mayXforward: boolean;
  readonly mayVerp: boolean;
  readonly isSaslExcepted: boolean;
  readonly isBareNewlineExcluded: boolean;
}

export const NO_RIGHTS: ClientRights = {
  mayXclient: false,
  mayXforward: false,
  mayVerp: false,
  isSaslExcepted: false,
  isBareNewlineExcluded: false,
};

export async function clientRights({lists}: SmtpdService, {name, address}: SmtpdClient): Promise<ClientRights> {
  return {
    mayXclient: await lists.xclientHosts.matchesClient(name, address),
    mayXforward: await lists.xforwardHosts.matchesClient(name, address),
    mayVerp: await lists.verpClients.matchesClient(name, address),
    isSaslExcepted: await lists.saslExceptions.matchesClient(name, address),
    isBareNewlineExcluded: await lists.bareNewlineExclusions.matchesClient(name, address),
  };
}
