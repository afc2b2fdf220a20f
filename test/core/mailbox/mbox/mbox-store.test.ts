import assert from 'node:assert/strict';
import {appendFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import type {MailStore} from '../../../../src/core/mailbox/mail-store.ts';
import {flagBits} from '../../../../src/core/mailbox/mailbox.ts';
import {parseFromLine} from '../../../../src/core/mailbox/mbox/from-line.ts';
import {saveMessage, withMailHome} from '../../../support/mail-home.ts';

const SPOOL = [
  'From a@x Tue Nov 14 22:13:20 2023\nSubject: one\nFrom: a@x\n\nbody1\n>From quoted\n\n',
  'From b@y  Tue Nov 14 22:14:20 2023\nSubject: two\nStatus: RO\n\nbody2\nFrom nowhere special\n\n',
  'From c@z Tue Nov 14 22:15:20 2023\nSubject: three\nContent-Length: 48\n\nFrom me Tue Nov 14 22:15:20 2023\nis quoted text\n\n',
];

const FROM_LINES: readonly (readonly [string, boolean])[] = [
  ['From a@x Tue Nov 14 22:13:20 2023', true],
  ['From a@x  Tue Nov  4 22:13 2023', true],
  ['From a@x Tue, 14 Nov 22:13:20 +0100 2023', true],
  ['From MAILER-DAEMON Tue Nov 14 22:13:20 GMT 2023', true],
  ['From nowhere special', false],
  ['From: a@x Tue Nov 14 22:13:20 2023', false],
  ['>From a@x Tue Nov 14 22:13:20 2023', false],
  ['From the Tue morning of Nov 14', false],
];

suite('an mbox store', () => {
  for (const [line, isOne] of FROM_LINES)
    test(`${JSON.stringify(line)} is ${isOne ? 'a' : 'no'} From_ line`, () =>
      assert.equal(parseFromLine(line) !== undefined, isOne));

  test('a spool is cut into messages, and told without the fields that are the mailbox’s', () =>
    withSpool(SPOOL.join(''), async store => {
      const box = await store.open('INBOX', {isReadOnly: false});
      assert.deepEqual([box.count, box.flags(2) & flagBits.seen, box.recentCount], [3, flagBits.seen, 1]);
      const sizes: (number | undefined)[] = [];
      await box.items([[1, 3]], {size: true, physicalSize: true}, (_sequence, items) => {
        sizes.push(items?.size);
      });
      assert.deepEqual(sizes, [48, 45, 68]);
      assert.equal(await textOf(box, 3), 'Subject: three\n\nFrom me Tue Nov 14 22:15:20 2023\nis quoted text\n');
    }));

  test('flags, keywords and UIDs stand in the heads, and another store reads them there', () =>
    withSpool(SPOOL.join(''), async (store, home) => {
      const box = await store.open('INBOX', {isReadOnly: false});
      await box.setFlags([[1, 1]], {mode: 'add', flags: flagBits.flagged | flagBits.answered, keywords: ['later']});
      const text = readFileSync(`${home}/spool`, 'latin1');
      assert.match(
        text,
        /X-IMAPbase: \d+ 0000000003 later\nX-UID: 1\nStatus: O\nX-Status: AF\nX-Keywords: later *\n\nbody1/,
      );
      const size = text.length;
      await box.setFlags([[1, 1]], {mode: 'replace', flags: flagBits.seen, keywords: []});
      assert.equal(readFileSync(`${home}/spool`).length, size, 'in place');
    }));

  test('what another program appends while a session is open gets the next UID', () =>
    withSpool(SPOOL.join(''), async (store, home) => {
      const box = await store.open('INBOX', {isReadOnly: false});
      appendFileSync(`${home}/spool`, 'From d@w Tue Nov 14 22:16:20 2023\nSubject: four\n\nbody4\n\n');
      assert.ok((await box.sync(true)).hasNewMail);
      assert.deepEqual([box.count, box.uid(4)], [4, 4]);
    }));

  test('expunging leaves the others whole, and the next UID where it was', () =>
    withSpool(SPOOL.join(''), async (store, home) => {
      const box = await store.open('INBOX', {isReadOnly: false});
      await box.expunge([[1, 2]], 'all');
      assert.deepEqual((await box.sync(true)).expunged, [2, 1]);
      assert.match(
        readFileSync(`${home}/spool`, 'latin1'),
        /^From c@z [^\n]*\nSubject: three\nX-IMAPbase: \d+ 0000000003\nX-UID: 3\n/,
      );
      assert.deepEqual((await saveMessage(store, 'INBOX', 'Subject: new\r\n\r\nx\r\n')).uids, [4]);
      assert.equal(await textOf(box, 1), 'Subject: three\n\nFrom me Tue Nov 14 22:15:20 2023\nis quoted text\n');
    }));

  test('a reader keeps its message while the file is written anew under it', () =>
    withSpool(SPOOL.join(''), async store => {
      const box = await store.open('INBOX', {isReadOnly: false});
      const message = await box.open(2);
      await box.expunge([[1, 2]], 'all');
      assert.match((await message?.read(0, 1000))?.toString() ?? '', /^Subject: two\n\nbody2/);
      message?.close();
    }));

  test('a file that is no mbox is left alone', () =>
    withSpool('Dear diary\n', async (store, home) => {
      await assert.rejects(store.open('INBOX', {isReadOnly: false}), /isn't a valid mbox/);
      assert.equal(readFileSync(`${home}/spool`, 'latin1'), 'Dear diary\n');
    }));
});

async function textOf(box: Awaited<ReturnType<MailStore['open']>>, sequence: number): Promise<string> {
  const message = await box.open(sequence);
  const text = (await message?.read(0, 10_000))?.toString('latin1') ?? '';
  message?.close();
  return text;
}

async function withSpool(content: string, run: (store: MailStore, home: string) => Promise<void>): Promise<void> {
  await withMailHome(async (home, open) => {
    mkdirSync(`${home}/mail`);
    writeFileSync(`${home}/spool`, content);
    await run(await open({location: `mbox:~/mail:INBOX=${home}/spool`}), home);
  });
}
