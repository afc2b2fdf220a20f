/** What SORT and THREAD compare of a message, beside the real Dovecot's `imap`. */
import assert from 'node:assert/strict';
import {baseSubject} from '../../src/core/message/mime/base-subject.ts';
import {threadKeys} from '../../src/core/message/mime/thread-keys.ts';
import {scanBytes} from '../../src/core/mailbox/scan-message.ts';
import {readSortKeys} from '../../src/core/mailbox/sort-keys.ts';
import {RandomMail} from '../support/random-mail.ts';
import {RealImap, requireRealImap} from '../support/real-imap.ts';

const SUBJECT_PIECES = [
  ...[
    'Re:',
    're :',
    'Fwd:',
    'FW:',
    'fw: ',
    '[x]',
    '[x] ',
    '[a b]',
    '[',
    '] ',
    '(fwd)',
    ' (FWD) ',
    '[fwd: ',
    ']',
    'foo',
    'bar',
  ],
  ...[
    ' ',
    '  ',
    '\t',
    'Re',
    'Re[2]:',
    'RE [x] :',
    '=?utf-8?q?Re=3A?= ',
    '=?utf-8?q?foo?=',
    '\xc3\xa4',
    '\xc3\x84',
    '[]',
    'Ref:',
  ],
];
const FROMS = [
  ...['Joe <a@b>', 'joe', '"B x" <c@d>', 'b@c', '=?utf-8?q?=C3=84?= <z@y>', '\xc3\xa4 <q@r>', 'grp: x@y;', '<>', ''],
  ...['(c) m@n (Dis)', 'A <@r:k@l>', 'zz <aa@bb', 'Ae', 'z', '"" <n@o>', 'X Y'],
];
const IDS = [
  ...[
    '<a@b>',
    '<"a b"@c>',
    '< a@b >',
    '<a @b>',
    '<(c)a@b>',
    '<a..b@c>',
    '<a@b',
    'a@b',
    '<a>',
    '<a@[1.2]>',
    '<"a"@b>',
    '<a\n b@c>',
  ],
  ...[
    '<<a@b>>',
    '<a@b@c>',
    '<A@B>',
    '<a\\b@c>',
    'foo <a@b>',
    '<a@b>junk<c@d>',
    '<x <a@b>',
    '<a@b(c)>',
    '<@b>',
    '<.a@b>',
    '<a@b c@d>',
  ],
];

suite('keys of SORT and THREAD as the real Dovecot has them', function () {
  suiteSetup(function () {
    requireRealImap(this);
  });

  test('base subjects: their order, and which are one thread', () => {
    const random = new RandomMail(1);
    const pieces = (): string => Array.from({length: 1 + random.below(5)}, () => random.pick(SUBJECT_PIECES)).join('');
    const subjects = Array.from({length: 300}, pieces);
    const keys = subjects.map(subject => baseSubject(subject.replace(/^[ \t]+/, '')).text);
    const [sorted = '', threads = ''] = ask(
      subjects.map(subject => `Subject: ${subject}\n\n`),
      ['SORT (SUBJECT) UTF-8 ALL', 'THREAD ORDEREDSUBJECT UTF-8 ALL'],
    );
    assert.deepEqual(numbers(sorted), byKey(keys));
    assert.equal(new Set(keys).size, topLevel(threads));
  });

  test('mailboxes and display names', () => {
    const messages = FROMS.flatMap(from => [from, `${from}, second@x`]);
    const [mailbox = '', display = ''] = ask(
      messages.map(from => `From: ${from}\n\n`),
      ['SORT (FROM) UTF-8 ALL', 'SORT (DISPLAYFROM) UTF-8 ALL'],
    );
    const keys = messages.map(from => {
      const {sortKeys} = scanBytes(Buffer.from(`From: ${from}\n\n`, 'latin1'));
      return readSortKeys(Buffer.from(sortKeys, 'latin1'));
    });
    assert.deepEqual(numbers(mailbox), byKey(keys.map(key => key.from)));
    assert.deepEqual(numbers(display), byKey(keys.map(key => key.displayFrom)));
  });

  test('message ids', () => {
    const cases = IDS.flatMap(written =>
      ['a@b', 'a b@c', 'a..b@c', 'c@d', 'A@B', 'a@[1.2]'].map(id => [written, id] as const),
    );
    const tagged = (text: string, index: number): string => text.replaceAll('@', `t${index}@`);
    const messages = cases.flatMap(([written, id], index) => [
      `Message-ID: <${tagged(id, index)}>\n\n`,
      `Message-ID: <${index}u@v>\nReferences: ${tagged(written, index)}\n\n`,
    ]);
    const [threads = ''] = ask(messages, ['THREAD REFERENCES UTF-8 ALL']);
    for (const [index, [written, id]] of cases.entries()) {
      const {messageId, references} = threadKeys(`<${tagged(id, index)}>`, tagged(written, index), undefined);
      const isOne = messageId !== undefined && references.includes(messageId);
      assert.equal(threads.includes(`(${2 * index + 1} ${2 * index + 2})`), isOne, `${written} ${id}`);
    }
  });
});

/** The SORT and THREAD answers, one command after another. */
function ask(messages: readonly string[], commands: readonly string[]): string[] {
  const imap = new RealImap();
  try {
    imap.store(messages.map(message => Buffer.from(message, 'latin1')));
    return commands.map(
      command => /^\* (?:SORT|THREAD) (.*)$/m.exec(imap.run([command]).replaceAll('\r', ''))?.[1] ?? '',
    );
  } finally {
    imap.dispose();
  }
}

function numbers(answer: string): number[] {
  return answer.split(' ').map(Number);
}

function byKey(keys: readonly string[]): number[] {
  const order = keys.map((key, index) => ({key, number: index + 1}));
  order.sort((a, b) => (a.key === b.key ? a.number - b.number : a.key < b.key ? -1 : 1));
  return order.map(({number}) => number);
}

/** How many threads a THREAD answer has. */
function topLevel(answer: string): number {
  let depth = 0;
  let count = 0;
  for (const character of answer) {
    if (character === '(' && depth++ === 0) count++;
    if (character === ')') depth--;
  }
  return count;
}
