/** A mail user in a temporary folder, for tests of the store: settings, and a message saved in one call. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {systemClock} from '../../src/core/base/clock.ts';
import type {MailStore, SaveOptions} from '../../src/core/mailbox/mail-store.ts';
import type {SavedUids} from '../../src/core/mailbox/mailbox.ts';
import {openStore} from '../../src/core/mailbox/open-store.ts';
import type {NamespaceSettings, StoreSettings} from '../../src/core/mailbox/store-settings.ts';

const INBOX_NAMESPACE: NamespaceSettings = {
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

export function storeSettings(home: string, changes: Partial<StoreSettings> = {}): StoreSettings {
  return {
    user: 'user',
    home,
    location: 'maildir:~/Maildir',
    inboxSpool: `${home}/spool`,
    namespaces: [INBOX_NAMESPACE],
    quotas: [],
    hostName: 'host.example',
    clock: systemClock,
    fsync: 'never',
    saveCrlf: false,
    maxKeywordLength: 50,
    maildir: {copyWithHardlinks: true, emptyNew: false, brokenFilenameSizes: false},
    mbox: {
      writeLocks: ['dotlock', 'fcntl'],
      lockTimeoutSeconds: 300,
      dotlockChangeTimeoutSeconds: 120,
    },
    ...changes,
  };
}

/** Runs a test with a home of its own; stores that were opened through it are closed. */
export async function withMailHome(
  run: (home: string, open: (changes?: Partial<StoreSettings>) => Promise<MailStore>) => Promise<void>,
): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'posthorn-store-'));
  const stores: MailStore[] = [];
  try {
    await run(home, async changes => {
      const store = await openStore(storeSettings(home, changes));
      stores.push(store);
      return store;
    });
  } finally {
    for (const store of stores) await store.close();
    rmSync(home, {recursive: true, force: true});
  }
}

export async function saveMessage(
  store: MailStore,
  mailbox: string,
  text: string,
  options: SaveOptions = {},
): Promise<SavedUids> {
  const batch = await store.save(mailbox);
  const sink = await batch.add(options);
  await sink.write(Buffer.from(text, 'latin1'));
  await sink.finish();
  return await batch.commit();
}
