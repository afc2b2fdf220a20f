import assert from 'node:assert/strict';
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {parseKeywordList, parseSizeList, parseUidDatabase} from '../../../../src/core/mailbox/maildir/courier.ts';
import {parseCourierSubscriptions} from '../../../../src/core/mailbox/subscriptions.ts';
import {flagBits} from '../../../../src/core/mailbox/mailbox.ts';
import {withMailHome} from '../../../support/mail-home.ts';

suite("Courier's Maildir", () => {
  test('its lists are read, and what is no list of its is not', () => {
    const mail = parseUidDatabase('1 1000 9\n7 a.x\n3 b.x:2,S\nnonsense\n');
    assert.deepEqual([mail?.uidValidity, mail?.nextUid], [1000, 9]);
    assert.deepEqual(
      mail?.records.map(({uid, base}) => [uid, base]),
      [
        [3, 'b.x'],
        [7, 'a.x'],
      ],
    );
    assert.equal(parseUidDatabase('2 1000 9\n'), undefined);
    assert.equal(parseUidDatabase(''), undefined);
    assert.deepEqual(
      [...parseSizeList('/2 7 1000\na.x:2,S 100 7:1000\nb.x 5 3:0\n')],
      [
        ['a.x', 'UID7-1000'],
        ['b.x', 'UID3'],
      ],
    );
    assert.deepEqual([...parseKeywordList('$Junk\nlater\n\na.x:1 0\n')], [['a.x', ['later', '$Junk']]]);
    assert.deepEqual(parseCourierSubscriptions('INBOX\nINBOX.A.B\nINBOX.gr&APw-n\n'), ['INBOX', 'A/B', 'gr\xc3\xbcn']);
  });

  test('UIDs, keywords, flags, UIDLs and subscriptions are taken over', () =>
    withMailHome(async (home, open) => {
      const root = `${home}/Maildir`;
      for (const folder of ['cur', 'new', 'tmp', '.Sent/cur', '.Sent/new', '.Sent/tmp', 'courierimapkeywords'])
        mkdirSync(`${root}/${folder}`, {recursive: true});
      for (const name of ['1000.a.x:2,S', '1001.b.x:2,FR', '1002.c.x:2,'])
        writeFileSync(`${root}/cur/${name}`, 'a: b\n\n');
      writeFileSync(`${root}/new/1003.d.x`, 'a: b\n\n');
      writeFileSync(`${root}/courierimapuiddb`, '1 1234567 20\n7 1000.a.x\n8 1001.b.x\n19 1002.c.x\n');
      writeFileSync(`${root}/courierimapkeywords/:list`, '$Label1\nwork\n\n1000.a.x:0 1\n');
      writeFileSync(`${root}/courierimapkeywords/1001.b.x`, 'work\n');
      writeFileSync(`${root}/courierpop3dsizelist`, '/2 20 1234567\n1000.a.x:2,S 6 7:1234567\n');
      writeFileSync(`${root}/courierimapsubscribed`, 'INBOX.Sent\n');
      const store = await open();
      const box = await store.open('INBOX', {isReadOnly: false});
      assert.deepEqual(
        [1, 2, 3, 4].map(sequence => box.uid(sequence)),
        [7, 8, 19, 20],
      );
      assert.equal(box.uidValidity, 1234567);
      assert.deepEqual([box.keywordsOf(1), box.keywordsOf(2)], [['$Label1', 'work'], ['work']]);
      assert.equal(box.flags(2) & ~flagBits.recent, flagBits.flagged | flagBits.answered);
      await box.items([[1, 1]], {pop3Uidl: true}, (_sequence, items) => assert.equal(items?.pop3Uidl, 'UID7-1234567'));
      const subscribed = await store.list({patterns: ['*'], onlySubscribed: true});
      assert.deepEqual(
        subscribed.map(({name}) => name),
        ['Sent'],
      );
      assert.match(
        readFileSync(`${root}/dovecot-uidlist`, 'latin1'),
        /^3 V1234567 N20 G[0-9a-f]{32}\n7 PUID7-1234567 :1000.a.x\n/,
      );
      assert.ok(readdirSync(`${root}/cur`).includes('1000.a.x:2,Sab'));
    }));
});
