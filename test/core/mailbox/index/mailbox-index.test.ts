import assert from 'node:assert/strict';
import {readdirSync, readFileSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {flagBits, type Mailbox} from '../../../../src/core/mailbox/mailbox.ts';
import type {MailStore} from '../../../../src/core/mailbox/mail-store.ts';
import {saveMessage, withMailHome} from '../../../support/mail-home.ts';

const {flagged} = flagBits;

/** Another spelling of the same home is another mailbox in memory, which begins with what lies on disk. */
type Again = () => Promise<{store: MailStore; box: Mailbox}>;

suite('the index of a mailbox', () => {
  test('keeps modification sequences, what vanished, \\Recent and save dates for the next process', () =>
    withMailbox(async (box, again) => {
      await box.setFlags([[2, 2]], {mode: 'add', flags: flagged, keywords: []});
      const before = box.modSeq(2);
      await box.expunge([[1, 1]], 'all');
      await box.sync(true);
      const next = await again();
      assert.deepEqual([next.box.count, next.box.modSeq(1), next.box.recentCount], [2, before, 0]);
      assert.equal(next.box.highestModSeq, box.highestModSeq);
      assert.deepEqual(await next.box.vanishedSince(before, [[1, 100]]), [[1, 1]]);
      assert.deepEqual(await next.box.vanishedSince(box.highestModSeq, [[1, 100]]), []);
    }));

  test('two processes see each other’s changes, modification sequences included', () =>
    withMailbox(async (box, again) => {
      const {box: other} = await again();
      for (let round = 1; round <= 20; round++) {
        const [one, two] = round % 2 === 0 ? [box, other] : [other, box];
        await one.setFlags([[1, 1]], {mode: round % 4 < 2 ? 'add' : 'remove', flags: flagged, keywords: [`k${round}`]});
        await two.sync(true);
        assert.deepEqual([two.flags(1) & flagged, two.modSeq(1)], [one.flags(1) & flagged, one.modSeq(1)], `${round}`);
        assert.deepEqual(two.keywordsOf(1), one.keywordsOf(1));
      }
    }));

  test('UNCHANGEDSINCE is decided after what others did', () =>
    withMailbox(async (box, again) => {
      const {box: other} = await again();
      const since = box.highestModSeq;
      await other.setFlags([[1, 1]], {mode: 'add', flags: flagged, keywords: []});
      const change = {mode: 'add', flags: flagBits.seen, keywords: [], unchangedSince: since} as const;
      assert.deepEqual((await box.setFlags([[1, 3]], change)).conflicts, [1]);
    }));

  test('deleted, it is rebuilt: nothing is lost, and modification sequences go on rising', () =>
    withMailbox(async (box, again, home) => {
      await box.setFlags([[1, 1]], {mode: 'add', flags: flagged, keywords: ['a']});
      const highest = box.highestModSeq;
      for (const name of indexFiles(home)) rmSync(name);
      const next = await again();
      assert.ok(next.box.highestModSeq > highest);
      assert.deepEqual([next.box.count, next.box.flags(1) & flagged, next.box.keywordsOf(1)], [3, flagged, ['a']]);
      assert.equal(await next.box.vanishedSince(highest, [[1, 9]]), undefined);
    }));

  test('cut off anywhere, or with any byte wrong, it is as good as what is left of it', () =>
    withMailbox(async (box, again, home) => {
      await box.setFlags([[1, 1]], {mode: 'add', flags: flagged, keywords: ['a']});
      await box.items([[1, 3]], {envelope: true}, () => undefined);
      const kept = indexFiles(home).map(path => [path, readFileSync(path)] as const);
      for (let round = 0; round < 40; round++) {
        for (const [path, bytes] of kept) writeFileSync(path, bytes);
        const [path = '', bytes = Buffer.alloc(0)] = kept[round % kept.length] ?? [];
        if (bytes.length === 0) continue;
        const at = Math.floor((round / 40) * bytes.length);
        if (round % 2 === 0) truncateSync(path, at);
        else
          writeFileSync(
            path,
            bytes.map((byte, n) => (n === at ? byte ^ 0x55 : byte)),
          );
        const next = await again();
        assert.deepEqual([next.box.count, next.box.flags(1) & flagged, next.box.keywordsOf(1)], [3, flagged, ['a']]);
        const envelopes: string[] = [];
        await next.box.items([[1, 3]], {envelope: true}, (_sequence, items) => {
          envelopes.push(items?.envelope?.toString() ?? '');
        });
        assert.ok(
          envelopes.every((text, n) => text.includes(`"message ${n + 1}"`)),
          envelopes.join(),
        );
        next.box.close();
      }
    }));

  test('keeps keywords that find no letter', () =>
    withMailbox(async (box, again) => {
      const many = Array.from({length: 40}, (_, n) => `word${n}`);
      await box.setFlags([[1, 1]], {mode: 'add', flags: 0, keywords: many});
      await box.setFlags([[1, 1]], {mode: 'remove', flags: 0, keywords: ['word39']});
      const {box: next} = await again();
      assert.deepEqual(next.keywordsOf(1), many.slice(0, 39));
    }));

  test('has items as ready bytes, and the fields that were asked for once', () =>
    withMailbox(async (box, again, home) => {
      const needs = {envelope: true, bodyStructure: true, headers: ['subject', 'x-none']};
      await box.items([[1, 3]], needs, () => undefined);
      const {box: next} = await again();
      for (const name of readdirSync(`${home}/Maildir/cur`)) writeFileSync(`${home}/Maildir/cur/${name}`, '');
      await next.items([[1, 3]], needs, (sequence, items) => {
        assert.match(items?.envelope?.toString() ?? '', new RegExp(`message ${sequence}`));
        assert.equal(items?.headers?.get('subject')?.toString(), `Subject: message ${sequence}\r\n`);
        assert.equal(items?.headers?.get('x-none')?.length, 0);
        assert.match(items?.bodyStructure?.toString() ?? '', /^\("text" "plain"/);
      });
    }));
});

function indexFiles(home: string): string[] {
  return readdirSync(`${home}/Maildir`)
    .filter(name => name.startsWith('posthorn.index'))
    .map(name => `${home}/Maildir/${name}`);
}

async function withMailbox(run: (box: Mailbox, again: Again, home: string) => Promise<void>): Promise<void> {
  await withMailHome(async (home, open) => {
    const store = await open();
    for (const n of [1, 2, 3]) await saveMessage(store, 'INBOX', `Subject: message ${n}\n\ntext\n`);
    const box = await store.open('INBOX', {isReadOnly: false});
    let spelling = home;
    const again: Again = async () => {
      spelling += '/.';
      const next = await open({home: spelling});
      return {store: next, box: await next.open('INBOX', {isReadOnly: false})};
    };
    await run(box, again, home);
  });
}
