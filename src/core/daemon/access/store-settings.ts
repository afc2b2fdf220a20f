/** Where and how a user's mail lies, as dovecot.conf and his userdb say: %variables are put in here. */
import {systemClock} from '../../base/clock.ts';
import type {DovecotSettings} from '../../config/dovecot/dovecot-settings.ts';
import type {NamespaceRecord} from '../../config/dovecot/records.ts';
import {expandVariables} from '../../config/dovecot/variables.ts';
import {quotaSettings} from './quota-settings.ts';
import type {NamespaceSettings, StoreSettings} from '../../mailbox/store-settings.ts';

export interface MailUser {
  readonly username: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** mail_location, or what the userdb says instead. */
  readonly location: string;
  readonly variables: ReadonlyMap<string, string>;
}

export function storeSettings(
  user: MailUser,
  settings: DovecotSettings,
  place: {readonly root: string; readonly hostName: string},
): StoreSettings {
  const below = place.root === '/' ? '' : place.root;
  const isRoot = process.getuid?.() === 0;
  return {
    user: user.username,
    home: user.home,
    location: user.location,
    inboxSpool: `${below}/var/mail/${user.username}`,
    namespaces: settings.namespaces
      .filter(one => !one.disabled && (one.alias_for ?? '') === '')
      .map(one => namespaceSettings(one, user)),
    quotas: quotaSettings(settings),
    attributeFile: attributeFile(settings, user),
    hostName: place.hostName,
    clock: systemClock,
    fsync: settings.get('mail_fsync'),
    saveCrlf: settings.get('mail_save_crlf'),
    maxKeywordLength: settings.get('mail_max_keyword_length'),
    maildir: {
      copyWithHardlinks: settings.get('maildir_copy_with_hardlinks'),
      emptyNew: settings.get('maildir_empty_new'),
      brokenFilenameSizes: settings.get('maildir_broken_filename_sizes'),
    },
    mbox: {
      writeLocks: settings.get('mbox_write_locks').split(' '),
      lockTimeoutSeconds: settings.get('mbox_lock_timeout'),
      dotlockChangeTimeoutSeconds: settings.get('mbox_dotlock_change_timeout'),
    },
    ...(isRoot && user.uid !== 0 ? {owner: {uid: user.uid, gid: user.gid}} : {}),
  };
}

/** Other dicts than files keep no annotations here. */
function attributeFile(settings: DovecotSettings, {home, variables}: MailUser): string | undefined {
  const dict = expandFor(settings.get('mail_attribute_dict'), variables);
  return dict.startsWith('file:') ? dict.slice('file:'.length).replace(/^~(?=\/)/, home) : undefined;
}

function namespaceSettings(section: NamespaceRecord, {variables}: MailUser): NamespaceSettings {
  return {
    type: section.type,
    prefix: expandFor(section.prefix, variables),
    separator: section.separator,
    inbox: section.inbox,
    hidden: section.hidden,
    list: section.list,
    subscriptions: section.subscriptions,
    location: expandFor(section.location, variables),
    mailboxes: section.mailbox.map(box => ({
      name: box.name,
      specialUse: box.special_use.split(' ').filter(word => word !== ''),
      auto: box.auto,
    })),
  };
}

/** What is unknown stays, as a word that says so. */
export function expandFor(text: string, values: ReadonlyMap<string, string>): string {
  const functions = new Map([['userdb', (argument: string) => values.get(`userdb:${argument.split(':')[0]}`)]]);
  return expandVariables(text, {values, functions, environment: process.env, onFault: () => undefined});
}
