import assert from 'node:assert/strict';
import {parseAddresses} from '../../../../src/core/message/mime/addresses.ts';
import {writeSearchAddresses} from '../../../../src/core/message/mime/address-text.ts';
import {baseSubject} from '../../../../src/core/message/mime/base-subject.ts';
import {MimeFields} from '../../../../src/core/message/mime/mime-fields.ts';
import {parseSentDate} from '../../../../src/core/message/mime/sent-date.ts';
import {sortDisplayName, sortMailbox} from '../../../../src/core/message/mime/sort-address.ts';
import {messageIds, threadKeys} from '../../../../src/core/message/mime/thread-keys.ts';
import {cpuMilliseconds} from '../../../support/cpu-time.ts';
import {RandomMail} from '../../../support/random-mail.ts';

suite('what fields say', () => {
  const dates: [string, string | undefined][] = [
    ['Mon, 1 Jan 2020 10:20:30 +0200', '2020-01-01T08:20:30Z 120'],
    ['1 jan 20 10:20 GMT', '2020-01-01T10:20:00Z 0'],
    ['(c) Mon, 1 (d) January 2020 (e) 10.20.30 PDT', '2020-01-01T17:20:30Z -420'],
    ['Mon, 1 Jan 2020 10:20:30 -0130', '2020-01-01T11:50:30Z -90'],
    ['Mon, 1 Jan 2020 23:59:60 A', '2020-01-01T22:59:59Z 60'],
    ['Mon, 1 Jan 70 1:20:00 est', '1970-01-01T01:20:00Z 0'],
    ['Mon 1 Jan 2020 10:20:30 +0200', undefined],
    ['31 Feb 2020 10:20:30 +0000', undefined],
    ['1 Jan 1899 10:20:30 +0000', undefined],
    ['1 Jan 2020 24:00:00 +0000', undefined],
    ['1 Jan 2020 10:2:30 +0000', undefined],
    ['1 Jan 2020', undefined],
    ['', undefined],
  ];
  for (const [value, expected] of dates)
    test(`date ${JSON.stringify(value)}`, () => {
      const date = parseSentDate(value);
      const iso = date && new Date(date.seconds * 1000).toISOString().replace('.000', '');
      assert.equal(date && `${iso} ${date.zoneMinutes}`, expected);
    });

  const subjects: [string, string, boolean][] = [
    ['Re: [list] Fwd: hello  World (fwd)', 'HELLO WORLD', true],
    ['[fwd: re: x]', 'X', true],
    ['[a] [b]', '[B]', false],
    ['RE [x] : y', 'Y', true],
    ['=?utf-8?q?Re=3A_=C3=A4?=', 'A\xcc\x88', true],
    ['Ref: x', 'REF: X', false],
    ['Re:', '', true],
  ];
  for (const [value, text, isReplyOrForward] of subjects)
    test(`subject ${value}`, () => assert.deepEqual(baseSubject(value), {text, isReplyOrForward}));

  const ids: [string, string[]][] = [
    ['<a@b> junk < c @ d >', ['a@b', 'c@d']],
    ['<a> <b@c', []],
    ['<"a"@b> <.x@y>', ['.x@y']],
    ['<a(c)@b>', ['a@b']],
  ];
  for (const [value, expected] of ids) test(`ids of ${value}`, () => assert.deepEqual(messageIds(value), expected));

  test('In-Reply-To counts where References has nothing', () => {
    assert.deepEqual(threadKeys('<m@x>', '<a@b> <c@d>', '<e@f>'), {messageId: 'm@x', references: ['a@b', 'c@d']});
    assert.deepEqual(threadKeys(undefined, '', '<e@f> <g@h>'), {messageId: undefined, references: ['e@f']});
  });

  test('SORT compares the mailbox, or the name that is displayed', () => {
    assert.equal(sortMailbox(parseAddresses('Joe <bob@x>, z@y')[0]), 'BOB');
    assert.equal(sortDisplayName(parseAddresses('=?utf-8?q?J=C3=B6?= <bob@x>')[0]), 'JO\xcc\x88');
    assert.equal(sortDisplayName(parseAddresses('bob@x')[0]), 'BOB@X');
    assert.equal(sortMailbox(undefined), '');
  });

  test('addresses are searched in angle brackets', () => {
    const written = writeSearchAddresses('grp: m@n, o@p;, g2:;, Joe X <x@y>, lone');
    assert.equal(written, 'grp: <m@n>, <o@p>;, g2:;, "Joe X" <x@y>, <lone@MISSING_DOMAIN>');
  });

  test('parameters in pieces are joined, encoded ones stay encoded', () => {
    const fields = new MimeFields();
    fields.take('content-type', "text/plain; n*0=a; n*1=b; m*0*=utf-8''%41; m*1=c%; x=y");
    assert.deepEqual(fields.parameters, [
      ['x', 'y'],
      ['m*', "utf-8''%41c%25"],
      ['n', 'ab'],
    ]);
  });

  test('noise is read in linear time', () => {
    const random = new RandomMail(4);
    const before = cpuMilliseconds();
    for (const piece of [
      '(',
      '"',
      '<',
      '@',
      ',',
      'a:',
      '\\',
      '. ',
      '[',
      '<@',
      'a (',
      'a@b,',
      ';',
      ' "',
      'Re:',
      '[x]',
      '[fwd:',
    ])
      for (const text of [piece.repeat(30_000), `${piece.repeat(30_000)}x`]) readAll(text);
    for (let round = 0; round < 300; round++)
      readAll(
        Array.from({length: 40}, () =>
          random.pick(['(', ')', '"', '<', '>', '@', ',', ':', ';', '\\', 'a', ' ', '.', '[']),
        ).join(''),
      );
    assert.ok(cpuMilliseconds() - before < 4000);
  });
});

function readAll(text: string): void {
  parseAddresses(text);
  baseSubject(text);
  messageIds(text);
  parseSentDate(text);
  const fields = new MimeFields();
  for (const name of ['type', 'disposition', 'language', 'transfer-encoding']) fields.take(`content-${name}`, text);
}
