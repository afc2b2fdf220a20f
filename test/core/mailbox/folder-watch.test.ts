import assert from 'node:assert/strict';
import {mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {saveMessage, withMailHome} from '../../support/mail-home.ts';

suite('watching a mailbox', () => {
  test('a delivery of another program wakes all sessions at once', () =>
    withMailHome(async (home, open) => {
      const store = await open();
      const boxes = await Promise.all(Array.from({length: 20}, () => store.open('INBOX', {isReadOnly: false})));
      const woken = boxes.map(box => nextChange(box));
      writeFileSync(`${home}/Maildir/tmp/1.x`, 'a: b\n\n');
      renameSync(`${home}/Maildir/tmp/1.x`, `${home}/Maildir/new/1.x`);
      await Promise.all(woken);
      const news = await Promise.all(boxes.map(box => box.sync(true)));
      assert.ok(news.every(changes => changes.hasNewMail));
      assert.ok(boxes.every(box => box.count === 1));
    }));

  test('a save of this process wakes without the disk', () =>
    withMailHome(async (_home, open) => {
      const store = await open();
      const box = await store.open('INBOX', {isReadOnly: false});
      let calls = 0;
      const stop = box.watch(() => calls++);
      await saveMessage(store, 'INBOX', 'a: b\n\n');
      assert.ok(calls > 0);
      stop();
      const before = calls;
      await saveMessage(store, 'INBOX', 'a: c\n\n');
      assert.equal(calls, before);
    }));

  test('a mailbox that is deleted wakes, and is lost', () =>
    withMailHome(async (home, open) => {
      const store = await open();
      await store.create('Gone');
      const box = await store.open('Gone', {isReadOnly: true});
      const woken = nextChange(box);
      rmSync(`${home}/Maildir/.Gone`, {recursive: true});
      await woken;
      assert.ok((await box.sync(true)).isLost);
      mkdirSync(`${home}/Maildir/.Gone`);
    }));
});

function nextChange(box: {watch(onChange: () => void): () => void}): Promise<void> {
  return new Promise(resolve => {
    const stop = box.watch(() => {
      stop();
      resolve();
    });
  });
}
