/** IMAP for one client. */
import type {UserRecord} from '../../account/sasl/sasl.ts';
import {EventScripts, isSieveUrl} from '../../delivery/sieve/event-scripts.ts';
import {ImapSession} from '../../imap/imap-session.ts';
import {type ImapSettings, imapDefaults} from '../../imap/imap-settings.ts';
import type {Log} from '../../log/log.ts';
import type {MailStore} from '../../mailbox/mail-store.ts';
import {StreamWire} from '../../net/stream-wire.ts';
import type {DovecotSettings} from '../../config/dovecot/dovecot-settings.ts';
import {deliveryUser} from './delivery-user.ts';
import type {MailAccess} from './mail-access.ts';
import type {ServedClient} from './served-client.ts';

/** Resolves when the client is gone. */
export async function serveImap(served: ServedClient): Promise<void> {
  const {client, settings, parts} = served;
  const session = new ImapSession({
    wire: new StreamWire(client.stream),
    settings: imapSettings(settings),
    login: {
      sasl: parts.access.accounts.sasl,
      connection: served.saslConnection(),
      isSecured: served.isSecured,
      upgrade: served.hasTls
        ? async () => {
            await served.startTls();
            return client.stream;
          }
        : undefined,
    },
    openStore: username => served.openStore(username),
    openScripts: hasImapSieve(settings)
      ? (store, log) => openScripts(parts.access, served.record, store, log)
      : undefined,
    loginLog: served.loginLog,
    sessionLog: username => served.sessionLog(username),
    events: {
      loggedIn: ({username, mechanism}) => served.loggedIn(username, mechanism),
      loginEnded: text => served.loginEnded(text),
    },
  });
  served.end = text => session.end(text);
  await session.run();
}

export function hasImapSieve(settings: DovecotSettings): boolean {
  return settings.get('mail_plugins').split(' ').includes('imap_sieve');
}

export function openScripts(
  access: MailAccess,
  record: UserRecord | undefined,
  store: MailStore,
  log: Log,
): EventScripts | undefined {
  if (record === undefined) return undefined;
  return new EventScripts(deliveryUser({access, record, store, protocol: 'imap', log, defaultMailbox: 'INBOX'}));
}

export function imapSettings(settings: DovecotSettings): ImapSettings {
  const plugins = settings.get('mail_plugins').split(' ');
  const url = settings.plugins().get('imapsieve_url');
  const workarounds = settings.get('imap_client_workarounds').split(' ');
  const known = ['delay-newmail', 'tb-extra-mailbox-sep', 'tb-lsub-flags'] as const;
  return {
    ...imapDefaults,
    maxLineLength: settings.get('imap_max_line_length'),
    idleNotifyMilliseconds: settings.get('imap_idle_notify_interval') * 1000,
    capability: settings.get('imap_capability'),
    clientWorkarounds: new Set(known.filter(name => workarounds.includes(name))),
    logoutFormat: settings.get('imap_logout_format'),
    idSend: settings.get('imap_id_send'),
    idLog: settings.get('imap_id_log'),
    fetchFailure: settings.get('imap_fetch_failure'),
    hasMetadata: settings.get('imap_metadata'),
    hasMailboxSections: settings.namespaces.some(({mailbox}) => mailbox.length > 0),
    isLiteralMinus: settings.get('imap_literal_minus'),
    hasQuota: plugins.includes('imap_quota'),
    hasCompression: plugins.includes('imap_zlib'),
    sieveUrl: hasImapSieve(settings) && isSieveUrl(url) ? url : '',
    maxKeywordLength: settings.get('mail_max_keyword_length'),
    greeting: settings.get('login_greeting'),
    disablePlaintextAuth: settings.get('disable_plaintext_auth'),
    requiresTls: settings.get('ssl') === 'required',
  };
}
