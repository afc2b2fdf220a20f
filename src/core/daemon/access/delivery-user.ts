/** What a delivery to a user's mail needs (LMTP, dovecot-lda), as dovecot.conf says. */
import type {DeliveryUser} from '../../delivery/sieve/deliver.ts';
import {maildropSubmitter, programSubmitter, type SubmitMail} from '../../delivery/sieve/submit-mail.ts';
import type {DovecotSettings} from '../../config/dovecot/dovecot-settings.ts';
import {loadConfig} from '../../config/load-config.ts';
import type {UserRecord} from '../../account/sasl/sasl.ts';
import type {Log} from '../../log/log.ts';
import type {MailStore} from '../../mailbox/mail-store.ts';
import {wakePickup} from '../control-client.ts';
import type {MailAccess} from './mail-access.ts';
import {expandFor} from './store-settings.ts';

export interface DeliveryUserOptions {
  readonly access: MailAccess;
  readonly record: UserRecord;
  readonly store: MailStore;
  /** `lmtp`, `lda`. */
  readonly protocol: string;
  readonly log: Log;
  readonly defaultMailbox: string;
}

export function deliveryUser(options: DeliveryUserOptions): DeliveryUser {
  const {access, record, store, protocol, log, defaultMailbox} = options;
  const settings = access.settingsFor(protocol);
  const {home, variables, uid, gid} = access.mailUser(record, protocol);
  const hostName = settings.get('hostname') || access.hostName;
  const expand = (path: string): string => expandFor(path, variables).replace(/^((?:file:)?)~(?=\/|$)/, `$1${home}`);
  const address = new Map([...variables, ['hostname', hostName]]);
  return {
    username: record.username,
    home,
    store,
    settings: new Map([...settings.plugins()].map(([name, value]) => [name, expandFor(value, variables)])),
    runsScripts: settings.get('mail_plugins').split(' ').includes('sieve'),
    log,
    autocreates: settings.get('lda_mailbox_autocreate'),
    autosubscribes: settings.get('lda_mailbox_autosubscribe'),
    hostName,
    postmaster: expandFor(settings.get('postmaster_address'), address),
    defaultMailbox,
    submit: submitter(access, settings),
    owner: process.getuid?.() === 0 && uid !== 0 ? {uid, gid} : undefined,
    expand,
    now: () => Date.now(),
  };
}

/** sendmail_path where it is set, else the instance's own mail system. */
function submitter(access: MailAccess, settings: DovecotSettings): SubmitMail {
  if (settings.origin('sendmail_path') !== undefined) return programSubmitter(settings.get('sendmail_path'));
  const below = access.root === '/' ? '' : access.root;
  return mail => {
    const config = loadConfig(`${below}/etc/postfix`, {root: access.root});
    return maildropSubmitter(config, () => void wakePickup(config))(mail);
  };
}
