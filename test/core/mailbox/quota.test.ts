import assert from 'node:assert/strict';
import {readFileSync, rmSync} from 'node:fs';
import {MailError} from '../../../src/core/mailbox/mail-error.ts';
import type {QuotaSettings} from '../../../src/core/mailbox/store-settings.ts';
import {saveMessage, withMailHome} from '../../support/mail-home.ts';

const TEXT = `a: b\n${'x'.repeat(99)}\n`; // 105 bytes on disk, 107 with CRLF

function quota(backend: 'count' | 'maildir', graceBytes = 0): QuotaSettings {
  const rules = [
    {mailbox: '*', ignore: false, storageBytes: 1024, messages: 5},
    {mailbox: 'Trash', ignore: false, extraStorageBytes: 10_240, extraMessages: 2},
    {mailbox: 'Spam*', ignore: true},
  ];
  return {name: 'User quota', backend, rules, graceBytes};
}

suite('quota', () => {
  for (const backend of ['count', 'maildir'] as const) {
    test(`${backend}: refuses what does not fit, in Dovecot's words, and counts what goes`, () =>
      withMailHome(async (_home, open) => {
        const store = await open({quotas: [quota(backend)]});
        for (let n = 1; n <= 5; n++) await saveMessage(store, 'INBOX', TEXT);
        await assert.rejects(
          saveMessage(store, 'INBOX', TEXT),
          fault =>
            fault instanceof MailError &&
            fault.code === 'quota' &&
            fault.message === 'Quota exceeded (mailbox for user is full)',
        );
        await store.create('Trash');
        const box = await store.open('INBOX', {isReadOnly: false});
        assert.equal(box.count, 5, 'nothing stays of what was refused');
        await box.copy([[1, 2]], 'Trash');
        await assert.rejects(box.copy([[1, 1]], 'Trash'), /Quota exceeded/);
        await box.expunge([[1, 4]], 'all');
        assert.deepEqual(await store.quota('INBOX'), [
          {name: 'User quota', storage: {used: 1, limit: 1}, messages: {used: 3, limit: 5}},
        ]);
        await saveMessage(store, 'INBOX', TEXT);
        assert.equal((await store.quota('Trash'))[0]?.messages?.limit, 7);
      }));

    test(`${backend}: a mailbox that does not count is neither counted nor limited`, () =>
      withMailHome(async (_home, open) => {
        const store = await open({quotas: [quota(backend)]});
        await store.create('Spam');
        for (let n = 1; n <= 7; n++) await saveMessage(store, 'Spam', TEXT);
        assert.equal((await store.quota('INBOX'))[0]?.messages?.used, 0);
      }));
  }

  test('the last message may go beyond the limit by the grace', () =>
    withMailHome(async (_home, open) => {
      const store = await open({quotas: [quota('count', 200)]});
      await saveMessage(store, 'INBOX', `a: b\n${'x'.repeat(1100)}\n`);
      await assert.rejects(saveMessage(store, 'INBOX', TEXT), /Quota exceeded/);
    }));

  test('maildirsize has the limits, then sums, as other programs write it', () =>
    withMailHome(async (home, open) => {
      const store = await open({quotas: [quota('maildir')]});
      await saveMessage(store, 'INBOX', TEXT);
      await saveMessage(store, 'INBOX', TEXT);
      const box = await store.open('INBOX', {isReadOnly: false});
      await box.expunge([[1, 1]], 'all');
      assert.equal(readFileSync(`${home}/Maildir/maildirsize`, 'latin1'), '1024S,5C\n0 0\n105 1\n105 1\n-105 -1\n');
      rmSync(`${home}/Maildir/maildirsize`);
      assert.equal((await store.quota('INBOX'))[0]?.messages?.used, 1);
      await store.recalculateQuota();
      assert.equal(readFileSync(`${home}/Maildir/maildirsize`, 'latin1'), '1024S,5C\n105 1\n');
    }));
});

suite('annotations', () => {
  test('are kept by the mailbox’s guid in Dovecot’s own form', () =>
    withMailHome(async (home, open) => {
      const store = await open({attributeFile: `${home}/attributes`});
      await store.setMetadata('INBOX', '/Private/Comment', Buffer.from('two\nlines'));
      await store.setMetadata('', '/private/vendor/x', Buffer.from('q'));
      assert.equal((await store.metadata('INBOX', '/private/comment'))?.toString(), 'two\nlines');
      assert.equal(await store.metadata('INBOX', '/shared/comment'), undefined);
      assert.deepEqual(await store.metadataEntries('INBOX'), ['/private/comment']);
      assert.deepEqual(await store.metadataEntries(''), ['/private/vendor/x']);
      const {guid} = await store.status('INBOX', false);
      const server = `priv/${guid}/vendor/vendor.dovecot/pvt/server/vendor/x`;
      assert.equal(readFileSync(`${home}/attributes`, 'latin1'), `priv/${guid}/comment\ntwo\x01nlines\n${server}\nq\n`);
      await store.setMetadata('INBOX', '/private/comment', undefined);
      assert.deepEqual(await store.metadataEntries('INBOX'), []);
      await assert.rejects(
        store.setMetadata('INBOX', '/private/specialuse', Buffer.from('\\Sent')),
        /cannot be changed/,
      );
    }));

  test('without a place for them are refused', () =>
    withMailHome(async (_home, open) => {
      const store = await open();
      await assert.rejects(store.metadata('INBOX', '/private/comment'), MailError);
    }));
});
