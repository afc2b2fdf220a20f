/** The pure parsers of the IMAP server: tables of what they answer, and noise. */
import assert from 'node:assert/strict';
import {ParseError} from '../../../src/core/base/errors.ts';
import {ArgumentParser, unwaitedLiteral} from '../../../src/core/imap/argument-parser.ts';
import {Arguments} from '../../../src/core/imap/argument.ts';
import {expectFetchItems} from '../../../src/core/imap/fetch/fetch-item.ts';
import {parseDateTime, parseDay} from '../../../src/core/imap/imap-date.ts';
import {astring, quoted} from '../../../src/core/imap/imap-string.ts';
import {parseImapUrl} from '../../../src/core/imap/imap-url.ts';
import {expectEntry} from '../../../src/core/imap/metadata-entry.ts';
import {expectNotify} from '../../../src/core/imap/notify/notify-filter.ts';
import {expectSearchKeys} from '../../../src/core/imap/search/parse-search-key.ts';
import {parseSequenceSet, printRanges, printRuns, resolveSet} from '../../../src/core/imap/sequence-set.ts';
import {withTimes} from '../../../src/core/imap/tagged-reply.ts';

const RULES = {maxDepth: 500, allowsBinary: true};

function parse(line: string): unknown {
  const parser = new ArgumentParser(RULES);
  const mark = parser.line(Buffer.from(line, 'latin1'));
  return mark === undefined ? parser.items : mark;
}

function args(line: string): Arguments {
  const parser = new ArgumentParser(RULES);
  parser.line(Buffer.from(line, 'latin1'));
  return new Arguments(parser.items);
}

function faultOf(work: () => unknown): string {
  try {
    work();
  } catch (fault) {
    if (fault instanceof ParseError) return fault.message;
    throw fault;
  }
  return '';
}

const atom = (text: string): unknown => ({kind: 'atom', text});
const string = (text: string): unknown => ({kind: 'string', text, isLiteral: false});

suite('IMAP arguments', () => {
  const lines: readonly (readonly [string, unknown])[] = [
    ['', []],
    ['a  b ', [atom('a'), atom('b')]],
    ['"a \\"b\\\\ \\x" NIL', [string('a "b\\ x'), atom('NIL')]],
    ['(a (b) ())', [{kind: 'list', items: [atom('a'), {kind: 'list', items: [atom('b')]}, {kind: 'list', items: []}]}]],
    ['BODY[HEADER.FIELDS (x)]<0.1>', [atom('BODY[HEADER.FIELDS'), {kind: 'list', items: [atom('x')]}, atom(']<0.1>')]],
    ['{12}', {size: 12, isSynchronizing: true, isBinary: false}],
    ['{12+}', {size: 12, isSynchronizing: false, isBinary: false}],
    ['~{3+}', {size: 3, isSynchronizing: false, isBinary: true}],
    ['{99999999999999999999}', {size: Number.MAX_SAFE_INTEGER, isSynchronizing: true, isBinary: false}],
  ];
  for (const [line, expected] of lines) test(`"${line}"`, () => assert.deepEqual(parse(line), expected));

  const faults: readonly (readonly [string, string])[] = [
    ['(a', "Missing ')'"],
    ['a)', "Unexpected ')'"],
    ['"a', "Missing '\"'"],
    ['"a\0"', 'NULs not allowed in strings'],
    ['a(b', 'Invalid characters in atom'],
    ['a{3}', 'Invalid characters in atom'],
    ['\xfc', '8bit data in atom'],
    ['a\rb', 'CR sent without LF'],
    ['{x}', 'Invalid literal size'],
    ['{3}x', 'Missing LF after literal size'],
    ['('.repeat(1_000_000), "Too many '('"],
  ];
  for (const [line, fault] of faults)
    test(`${fault}: ${line.slice(0, 20)}`, () =>
      assert.equal(
        faultOf(() => parse(line)),
        fault,
      ));

  test('a literal that nobody waits for is known by the end of its line', () => {
    const sizes = ['x {5+}', 'x "{7+}', '{0+}', '{5}', '{+}x', 'a{12+}'].map(line =>
      unwaitedLiteral(Buffer.from(line)),
    );
    assert.deepEqual(sizes, [5, 7, 0, undefined, undefined, 12]);
  });

  test('noise is parsed or refused, in time', () => {
    const alphabet = '(){}"\\ +~*%[]<>0129azNIL.\r\0\xff';
    let seed = 1;
    for (let round = 0; round < 20_000; round++) {
      let line = '';
      for (let n = 0; n < 24; n++) {
        seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff;
        line += alphabet[seed % alphabet.length];
      }
      faultOf(() => parse(line));
      faultOf(() => expectFetchItems(args(line)));
      faultOf(() => expectSearchKeys(args(line), {count: 5, lastUid: 9, mailboxName: 'x', decode: Buffer.from}));
      faultOf(() => expectNotify(args(line)));
    }
  });
});

suite('IMAP numbers and dates', () => {
  const sets: readonly (readonly [string, string | undefined])[] = [
    ['1', '1'],
    ['3:1,2', '1:3'],
    ['5,1:2,*', '1:2,5,9'],
    ['*:4', '4:9'],
    ['1:*', '1:9'],
    ['$', ''],
    ['0', undefined],
    ['1,', undefined],
    ['', undefined],
    ['a', undefined],
    ['1:2:3', undefined],
  ];
  for (const [text, expected] of sets)
    test(`set ${text}`, () => {
      const set = parseSequenceSet(text);
      assert.equal(set === undefined ? undefined : printRanges(resolveSet(set, 9)), expected);
    });

  test('runs keep their order', () => assert.equal(printRuns([4, 3, 1, 2, 9]), '4,3,1:2,9'));

  test('dates', () => {
    assert.equal(parseDateTime(' 1-Feb-2024 03:00:00 +0100'), Date.UTC(2024, 1, 1, 2));
    assert.equal(parseDateTime('31-Dec-1999 23:59:59 -0030'), Date.UTC(2000, 0, 1, 0, 29, 59));
    assert.equal(parseDay('1-Jan-1970'), 0);
    for (const bad of ['', '1-Foo-2024 03:00:00 +0100', '1-Feb-2024 25:00:00 +0100', '1-Feb-24 03:00:00 +0100'])
      assert.equal(parseDateTime(bad), undefined);
  });

  test('times in replies', () => {
    assert.equal(withTimes('OK Fetch completed.', 0.2, 0), 'OK Fetch completed (0.001 + 0.000 secs).');
    assert.equal(withTimes('NO Mailbox is read-only', 1500, 1490), 'NO Mailbox is read-only (0.010 + 1.490 secs).');
  });
});

suite('IMAP strings and URLs', () => {
  const strings: readonly (readonly [string, string])[] = [
    ['INBOX', 'INBOX'],
    ['a b', '"a b"'],
    ['nil', '"nil"'],
    ['', '""'],
    ['q"\\', '"q\\"\\\\"'],
    ['\xc3\xbc', '{2}\r\n\xc3\xbc'],
    ['a\r\nb', '{4}\r\na\r\nb'],
  ];
  for (const [text, expected] of strings) test(expected, () => assert.equal(astring(text), expected));

  test('a quoted string stays one', () => assert.equal(quoted('INBOX'), '"INBOX"'));

  const urls: readonly (readonly [string, unknown])[] = [
    ['/INBOX/;UID=1', {mailbox: 'INBOX', uidValidity: undefined, uid: 1, section: '', partial: undefined}],
    [
      '/a%20b;UIDVALIDITY=3/;uid=2/;section=1.MIME/;partial=5.6',
      {mailbox: 'a b', uidValidity: 3, uid: 2, section: '1.MIME', partial: {start: 5, length: 6}},
    ],
    ['/INBOX/;UID=0', undefined],
    ['/INBOX', undefined],
    ['imap://host/INBOX/;UID=1', undefined],
    ['//host/INBOX/;UID=1', undefined],
    ['/%zz/;UID=1', undefined],
    ['/;UID=1', undefined],
  ];
  for (const [url, expected] of urls) test(url, () => assert.deepEqual(parseImapUrl(url), expected));

  test('names of annotations', () => {
    assert.equal(expectEntry('/Private/Comment'), '/private/comment');
    for (const bad of [
      'private/x',
      '/other/x',
      '/private//x',
      '/private/x/',
      '/private/*',
      '/private/\xfc',
      '/private/\x01',
    ])
      assert.notEqual(
        faultOf(() => expectEntry(bad)),
        '',
        bad,
      );
  });
});
