/**
 * A process that works on one mailbox at random until it is killed: `mailbox-hammer.ts HOME JOURNAL SEED`. What it was
 * told is done stands in the journal: `saved TOKEN UID`, and before it removes something `removing TOKEN`.
 */
import {appendFileSync} from 'node:fs';
import {flagBits, type Mailbox} from '../../src/core/mailbox/mailbox.ts';
import type {MailStore} from '../../src/core/mailbox/mail-store.ts';
import {openStore} from '../../src/core/mailbox/open-store.ts';
import {saveMessage, storeSettings} from './mail-home.ts';

/** First words of the journal's lines. */
export type JournalWord = 'saved' | 'removing';

function note(word: JournalWord, rest: string): void {
  appendFileSync(journal, `${word} ${rest}\n`);
}

const [home = '', journal = '', seed = '0'] = process.argv.slice(2);

async function hammer(): Promise<void> {
  const store = await openStore(storeSettings(home));
  const box = await store.open('INBOX', {isReadOnly: false});
  for (let n = 1; ; n++) {
    await saveOne(store, `${process.pid}-${seed}-${n}`);
    await box.sync(true);
    await changeFlags(box);
    if (n % 3 === 0) await removeOne(box);
    if (n % 5 === 0 && box.count > 0) await box.items([[1, box.count]], {envelope: true}, () => undefined);
  }
}

async function saveOne(store: MailStore, token: string): Promise<void> {
  const {uids} = await saveMessage(store, 'INBOX', `Subject: ${token}\n\n${'text\n'.repeat(10)}`);
  note('saved', `${token} ${uids[0]}`);
}

async function changeFlags(box: Mailbox): Promise<void> {
  if (box.count === 0) return;
  const sequence = 1 + Math.floor(Math.random() * box.count);
  const mode = Math.random() < 0.5 ? 'add' : 'remove';
  const keywords = Math.random() < 0.3 ? ['$Label1'] : [];
  await box.setFlags([[sequence, sequence]], {mode, flags: flagBits.flagged | flagBits.seen, keywords});
}

async function removeOne(box: Mailbox): Promise<void> {
  if (box.count < 10) return;
  const sequence = 1 + Math.floor(Math.random() * box.count);
  await box.items([[sequence, sequence]], {headers: ['subject']}, (_sequence, items) => {
    const token = /Subject: (\S+)/.exec(items?.headers?.get('subject')?.toString() ?? '')?.[1];
    if (token !== undefined) note('removing', token);
  });
  await box.expunge([[sequence, sequence]], 'all');
}

await hammer();
