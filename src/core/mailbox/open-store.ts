/** Opens the mail of one user, as dovecot.conf's settings say where and in which form it lies. */
import {stat} from 'node:fs/promises';
import {toPath} from '../base/bytes.ts';
import type {MailStore} from './mail-store.ts';
import {NamespaceRoot} from './namespace-root.ts';
import type {NamespaceSettings, StoreSettings} from './store-settings.ts';
import {UserStore} from './user-store.ts';

export async function openStore(settings: StoreSettings): Promise<MailStore> {
  const location = settings.location === '' ? await findLocation(settings) : settings.location;
  const namespaces = settings.namespaces.length === 0 ? [ONLY_NAMESPACE] : settings.namespaces;
  const roots = namespaces.map(
    namespace => new NamespaceRoot(namespace, namespace.location === '' ? location : namespace.location, settings.home),
  );
  return new UserStore(settings, roots);
}

const ONLY_NAMESPACE: NamespaceSettings = {
  type: 'private',
  prefix: '',
  separator: '',
  inbox: true,
  hidden: false,
  list: 'yes',
  subscriptions: true,
  location: '',
  mailboxes: [],
};

/** What there is already decides; where there is nothing, a Maildir is made. */
async function findLocation({home, inboxSpool}: StoreSettings): Promise<string> {
  if (await isFolder(`${home}/Maildir`)) return 'maildir:~/Maildir';
  for (const folder of ['mail', 'Mail'])
    if (await isFolder(`${home}/${folder}`)) return `mbox:~/${folder}:INBOX=${inboxSpool.replaceAll(':', '::')}`;
  return 'maildir:~/Maildir';
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(toPath(path)).then(
    status => status.isDirectory(),
    () => false,
  );
}
