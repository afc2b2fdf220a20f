import assert from 'node:assert/strict';
import {chmodSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {flagBits} from '../../../../src/core/mailbox/mailbox.ts';
import {saveMessage, withMailHome} from '../../../support/mail-home.ts';

const {seen, flagged, deleted, recent} = flagBits;

suite('a Maildir store', () => {
  test('what is saved is there for the next sync, with its UID, sizes and flags', () =>
    withMailHome(async (home, open) => {
      const store = await open();
      const box = await store.open('INBOX', {isReadOnly: false});
      const first = await saveMessage(store, 'INBOX', 'Subject: x\r\n\r\nhello\r\n');
      const second = await saveMessage(store, 'inbox', 'a: b\n\nq\n', {flags: seen, keywords: ['foo', '$Bar']});
      assert.deepEqual([first.uids, second.uids], [[1], [2]]);
      const changes = await box.sync(true);
      assert.ok(changes.hasNewMail && changes.recentChanged && changes.keywordsChanged);
      assert.deepEqual([box.count, box.recentCount, box.uidNext], [2, 2, 3]);
      assert.deepEqual([box.flags(1), box.flags(2)], [recent, recent | seen]);
      assert.deepEqual(box.keywordsOf(2), ['foo', '$Bar']);
      const sizes: unknown[] = [];
      await box.items([[1, 2]], {size: true, physicalSize: true}, (sequence, items) => {
        sizes.push([sequence, items?.size, items?.physicalSize]);
      });
      assert.deepEqual(sizes, [
        [1, 21, 18],
        [2, 11, 8],
      ]);
      const names = readdirSync(`${home}/Maildir/cur`).map(name => name.replace(/^\d+\.M\d+P\d+/, 'N'));
      assert.deepEqual(names.sort(), ['N.host.example,S=18,W=21:2,', 'N.host.example,S=8,W=11:2,Sab']);
      assert.equal(readFileSync(`${home}/Maildir/dovecot-keywords`, 'latin1'), '0 foo\n1 $Bar\n');
    }));

  test('messages in cur/ are recent where no list names them, and old where one does', () =>
    withMailHome(async (home, open) => {
      const store = await open();
      await saveMessage(store, 'INBOX', 'a: b\n\n');
      await (await store.open('INBOX', {isReadOnly: false})).sync(true);
      for (const name of readdirSync(`${home}/Maildir`))
        if (name.startsWith('posthorn.index')) rmSync(`${home}/Maildir/${name}`);
      writeFileSync(`${home}/Maildir/cur/1700000000.M1P1.other:2,S`, 'c: d\n\n');
      const box = await (await open()).open('INBOX', {isReadOnly: false});
      assert.deepEqual([box.count, box.flags(1), box.flags(2)], [2, 0, seen | recent]);
    }));

  test('a flag that another program set meanwhile is not lost', () =>
    withMailHome(async (home, open) => {
      const store = await open();
      await saveMessage(store, 'INBOX', 'a: b\n\n');
      const box = await store.open('INBOX', {isReadOnly: false});
      const [name = ''] = readdirSync(`${home}/Maildir/cur`);
      renameSync(`${home}/Maildir/cur/${name}`, `${home}/Maildir/cur/${name}S`);
      await box.setFlags([[1, 1]], {mode: 'add', flags: flagged, keywords: []});
      assert.equal(box.flags(1), recent | seen | flagged);
      assert.ok(readdirSync(`${home}/Maildir/cur`)[0]?.endsWith(':2,FS'));
    }));

  test('expunged messages stay in a view until it may tell of them', () =>
    withMailHome(async (_home, open) => {
      const store = await open();
      for (const text of ['1', '2', '3']) await saveMessage(store, 'INBOX', `a: ${text}\n\n`);
      const box = await store.open('INBOX', {isReadOnly: false});
      const other = await store.open('INBOX', {isReadOnly: false});
      await other.setFlags([[2, 3]], {mode: 'add', flags: deleted, keywords: []});
      await other.expunge([[1, 2]], 'deleted');
      await saveMessage(store, 'INBOX', 'a: 4\n\n');
      const held = await box.sync(false);
      assert.deepEqual([held.expunged, box.count, box.uid(4)], [[], 4, 4]);
      assert.equal(await box.open(2), undefined);
      const told = await box.sync(true);
      assert.deepEqual([told.expunged, told.expungedUids, box.count], [[2], [[2, 2]], 3]);
      assert.deepEqual([box.uid(1), box.uid(2), box.uid(3)], [1, 3, 4]);
    }));

  test('mail that others deliver gets UIDs in the order of its time', () =>
    withMailHome(async (home, open) => {
      const store = await open();
      const box = await store.open('INBOX', {isReadOnly: false});
      writeFileSync(`${home}/Maildir/new/1700000002.V1I2M5.x`, 'a: late\n\n');
      writeFileSync(`${home}/Maildir/new/1700000001.V1I9M7.x`, 'a: second\n\n');
      writeFileSync(`${home}/Maildir/new/1700000001.V1I3M6.x`, 'a: first\n\n');
      await box.sync(true);
      const fields: string[] = [];
      await box.items([[1, 3]], {headers: ['a']}, (_sequence, items) => {
        fields.push(items?.headers?.get('a')?.toString() ?? '');
      });
      assert.deepEqual(fields, ['a: first\r\n', 'a: second\r\n', 'a: late\r\n']);
    }));

  test('copies keep flags, keywords, date and guid; moves leave nothing behind', () =>
    withMailHome(async (home, open) => {
      const store = await open();
      await saveMessage(store, 'INBOX', 'a: b\n\n', {flags: seen, keywords: ['k'], received: 1_000_000_000_000});
      await saveMessage(store, 'INBOX', 'a: c\n\n');
      await store.create('Sub');
      const box = await store.open('INBOX', {isReadOnly: false});
      assert.deepEqual((await box.copy([[1, 1]], 'Sub')).uids, [1]);
      assert.deepEqual((await box.move([[1, 2]], 'Sub')).sourceUids, [1, 2]);
      assert.deepEqual((await box.sync(true)).expunged, [2, 1]);
      assert.equal(readdirSync(`${home}/Maildir/cur`).length, 0);
      const sub = await store.open('Sub', {isReadOnly: true});
      const guids = new Set<string | undefined>();
      await sub.items([[1, 2]], {guid: true, received: true}, (_sequence, items) => {
        guids.add(items?.guid);
        assert.equal(items?.received, 1_000_000_000_000);
      });
      assert.equal(guids.size, 1);
      assert.deepEqual([sub.count, sub.flags(2) & seen, sub.keywordsOf(2)], [3, seen, ['k']]);
    }));

  test('what is saved is in the index when it is asked for first', () =>
    withMailHome(async (home, open) => {
      const store = await open();
      await saveMessage(store, 'INBOX', 'Subject: at once\r\n\r\nhello\r\n', {flags: seen});
      const box = await store.open('INBOX', {isReadOnly: false});
      await new Promise(resolve => setTimeout(resolve, 600)); // written down with others of the same moment
      for (const name of readdirSync(`${home}/Maildir/cur`)) writeFileSync(`${home}/Maildir/cur/${name}`, '');
      await box.items([[1, 1]], {envelope: true, bodyStructure: true}, (_sequence, items) =>
        assert.match(items?.envelope?.toString() ?? '', /at once/),
      );
    }));

  test('a save that is given up leaves neither files nor descriptors', () =>
    withMailHome(async (home, open) => {
      const store = await open();
      const batch = await store.save('INBOX');
      const sink = await batch.add({});
      await sink.write(Buffer.from('a: b\n'));
      const before = readdirSync('/proc/self/fd').length;
      await batch.abort();
      assert.equal(readdirSync('/proc/self/fd').length, before - 1);
      assert.deepEqual(readdirSync(`${home}/Maildir/tmp`), []);
    }));

  test('an index of which most is void is written anew, and answers as before', () =>
    withMailHome(async (home, open) => {
      const store = await open();
      const long = 'x'.repeat(3000);
      for (let n = 0; n < 100; n++) await saveMessage(store, 'INBOX', `Subject: ${n} ${long}\nA: a${n}\n\n${n}\n`);
      const box = await store.open('INBOX', {isReadOnly: false});
      await box.sync(true);
      const ask = async (name: string): Promise<string[]> => {
        const answers: string[] = [];
        await box.items([[1, 100]], {envelope: true, headers: [name]}, (_sequence, items) => {
          answers.push(`${items?.envelope?.toString('latin1')} ${items?.headers?.get(name)?.toString('latin1')}`);
        });
        return answers;
      };
      const first = await ask('a');
      const sizes: number[] = [];
      const directory = `${home}/Maildir`;
      for (const name of ['b', 'c', 'd', 'e', 'f', 'g', 'a']) {
        await ask(name);
        sizes.push(statSync(`${directory}/posthorn.index.items`).size);
      }
      assert.ok(
        sizes.some((size, n) => n > 0 && size < (sizes[n - 1] ?? 0)),
        String(sizes),
      );
      assert.deepEqual(await ask('a'), first);
      assert.equal(first.length, 100);
      assert.match(first[42] ?? '', /^\(NIL "42 x.* A: a42\r\n$/);
    }));

  test('two files of one name become two messages', () =>
    withMailHome(async (home, open) => {
      const store = await open();
      await saveMessage(store, 'INBOX', 'a: 1\n\n', {flags: seen});
      const [name = ''] = readdirSync(`${home}/Maildir/cur`);
      writeFileSync(`${home}/Maildir/cur/${name.replace(/:.*/, ':2,')}`, 'a: other\n\n');
      const box = await store.open('INBOX', {isReadOnly: false});
      await box.sync(true);
      assert.deepEqual([box.count, box.uid(1), box.uid(2)], [2, 1, 2]);
    }));

  test('a message that vanishes under a reader is told as gone, and its file stays readable', () =>
    withMailHome(async (home, open) => {
      const store = await open();
      for (const text of ['1', '2']) await saveMessage(store, 'INBOX', `a: ${text}\n\n`);
      const box = await store.open('INBOX', {isReadOnly: false});
      const message = await box.open(1);
      for (const name of readdirSync(`${home}/Maildir/cur`)) rmSync(`${home}/Maildir/cur/${name}`);
      assert.equal((await message?.read(0, 100))?.toString(), 'a: 1\n\n');
      message?.close();
      assert.equal(await box.open(2), undefined);
      assert.deepEqual((await box.setFlags([[1, 2]], {mode: 'add', flags: seen, keywords: []})).gone, [1, 2]);
      assert.deepEqual((await box.sync(true)).expunged, [2, 1]);
    }));

  test('a folder that may not be written to is read all the same', () =>
    withMailHome(async (home, open) => {
      const store = await open();
      await saveMessage(store, 'INBOX', 'Subject: x\n\n', {flags: seen});
      await store.close();
      for (const name of readdirSync(`${home}/Maildir`))
        if (name.startsWith('posthorn')) rmSync(`${home}/Maildir/${name}`);
      await asAnother(home, async () => {
        const other = await open({home: `${home}/.`});
        const box = await other.open('INBOX', {isReadOnly: true});
        assert.deepEqual([box.count, box.flags(1) & seen], [1, seen]);
        await box.items([[1, 1]], {envelope: true}, (_sequence, items) => assert.ok(items?.envelope !== undefined));
      });
    }));
});

/** Root may write anywhere, so root is somebody else for as long as this runs. */
async function asAnother(home: string, run: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) {
    for (const folder of ['', '/cur', '/new', '/tmp']) chmodSync(`${home}/Maildir${folder}`, 0o500);
    await run();
    for (const folder of ['', '/cur', '/new', '/tmp']) chmodSync(`${home}/Maildir${folder}`, 0o700);
    return;
  }
  for (const folder of ['', '/Maildir', '/Maildir/cur', '/Maildir/new']) chmodSync(`${home}${folder}`, 0o755);
  for (const path of readdirSync(`${home}/Maildir/cur`).map(name => `cur/${name}`))
    chmodSync(`${home}/Maildir/${path}`, 0o644);
  chmodSync(`${home}/Maildir/dovecot-uidlist`, 0o644);
  process.seteuid?.(65534);
  try {
    await run();
  } finally {
    process.seteuid?.(0);
  }
}
