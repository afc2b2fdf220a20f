/** What a search finds in a small mailbox, and what is asked of messages for it. */
import assert from 'node:assert/strict';
import {flagBits, type ItemNeeds, type Mailbox} from '../../../../src/core/mailbox/mailbox.ts';
import {searchMailbox} from '../../../../src/core/mailbox/search/search.ts';
import type {SearchKey} from '../../../../src/core/mailbox/search/search-key.ts';
import {sortMessages} from '../../../../src/core/mailbox/search/sort.ts';
import type {SortName} from '../../../../src/core/mailbox/search/sort-memory.ts';
import {saveMessage, withMailHome} from '../../../support/mail-home.ts';

const DAY = 86_400_000;
const MESSAGES = [
  'From: Zoe <a@x>\nTo: list@x\nSubject: one\nDate: Mon, 01 Jan 2024 23:30:00 -0500\n\nThe quick brown fox\n',
  'From: adam@y\nSubject: Re: one\nCc: carol@z\nDate: Tue, 02 Jan 2024 10:00:00 +0000\n\njumps over\n',
  'From: =?utf-8?q?=C3=84nne?= <m@w>\nSubject: two\n\nthe lazy dog, quick\n',
];

const text = (words: string): Buffer => Buffer.from(words);
const header = (name: string, words: string, form?: 'blanks' | 'addresses'): SearchKey => ({
  kind: 'header',
  name,
  text: text(words),
  form,
});
const not = (key: SearchKey): SearchKey => ({kind: 'not', key});
const sent = (compare: 'before' | 'on' | 'since', day: number): SearchKey => ({kind: 'date', of: 'sent', compare, day});
const FIRST_OF_2024 = Math.floor(Date.UTC(2024, 0, 1) / DAY);

suite('search', () => {
  const cases: readonly (readonly [string, SearchKey, readonly number[]])[] = [
    ['all', {kind: 'all'}, [1, 2, 3]],
    ['none', not({kind: 'all'}), []],
    ['a flag', {kind: 'flag', flag: flagBits.seen}, [2]],
    ['a keyword in other case', {kind: 'keyword', keyword: 'WORK'}, [2]],
    ['numbers', {kind: 'sequence', ranges: [[2, 99]]}, [2, 3]],
    ['identifiers', {kind: 'uid', ranges: [[1, 1], [3, 3]]}, [1, 3]], // prettier-ignore
    ['the saved result', {kind: 'saved-result'}, [3]],
    [
      'either',
      {
        kind: 'or',
        keys: [
          {kind: 'uid', ranges: [[1, 1]]},
          {kind: 'flag', flag: flagBits.seen},
        ],
      },
      [1, 2],
    ],
    ['size', {kind: 'size', compare: 'smaller', bytes: 90}, [3]],
    ['a field', header('subject', 'ONE'), [1, 2]],
    ['a field that is there', header('cc', ''), [2]],
    ['a field that is not', not(header('date', '')), [3]],
    ['an encoded word in other case', header('from', 'änne', 'addresses'), [3]],
    ['the sender’s own day', sent('on', FIRST_OF_2024), [1]],
    ['no date is before all', sent('before', FIRST_OF_2024), [3]],
    ['sent since', sent('since', FIRST_OF_2024 + 1), [2]],
    ['body', {kind: 'body', text: text('QUICK')}, [1, 3]],
    ['body is not header', {kind: 'body', text: text('adam')}, []],
    ['text is both', {kind: 'text', text: text('adam')}, [2]],
    ['cheap and dear', {kind: 'and', keys: [{kind: 'body', text: text('quick')}, header('subject', 'two')]}, [3]],
    ['cheap or dear', {kind: 'or', keys: [{kind: 'body', text: text('jumps')}, sent('on', FIRST_OF_2024)]}, [1, 2]],
    ['not dear', not({kind: 'body', text: text('quick')}), [2]],
    ['received long ago', {kind: 'age', compare: 'older', seconds: 86_400}, [1]],
    ['received lately', {kind: 'age', compare: 'younger', seconds: 86_400}, [2, 3]],
    ['in a thread', {kind: 'in-thread', algorithm: 'ORDEREDSUBJECT', key: {kind: 'uid', ranges: [[2, 2]]}}, [1, 2]],
  ];

  test('finds what it should', async () => {
    await withMailbox(async mailbox => {
      for (const [name, key, expected] of cases) assert.deepEqual(await find(mailbox, key), expected, name);
    });
  });

  test('asks no message for what is decided already', async () => {
    await withMailbox(async mailbox => {
      const asked: ItemNeeds[] = [];
      const opened: number[] = [];
      const watched = watching(mailbox, asked, opened);
      await find(watched, {
        kind: 'and',
        keys: [
          {kind: 'body', text: text('x')},
          {kind: 'flag', flag: flagBits.flagged},
        ],
      });
      assert.deepEqual([asked, opened], [[], []]);
      await find(watched, {kind: 'and', keys: [{kind: 'body', text: text('x')}, header('subject', 'two')]});
      assert.deepEqual([asked, opened], [[{headers: ['subject']}], [3]]);
    });
  });

  test('opens only messages that may have the text, and says so where all have to be read', async () => {
    await withMailbox(async mailbox => {
      const opened: number[] = [];
      const watched = watching(mailbox, [], opened);
      assert.deepEqual(await find(watched, {kind: 'text', text: text('JUMPS')}), [2]);
      assert.deepEqual(await find(watched, not({kind: 'text', text: text('jumps')})), [1, 3]);
      assert.deepEqual(opened, [2, 2]);
      assert.deepEqual(await find(watched, {kind: 'body', text: text('px')}), []);
      assert.deepEqual(opened, [2, 2, 1, 2, 3]);
    });
  });

  const sorts: readonly (readonly [SortName, boolean, readonly number[]])[] = [
    ['subject', false, [1, 2, 3]],
    ['from', false, [1, 2, 3]],
    ['from', true, [3, 2, 1]],
    ['display-from', false, [2, 3, 1]],
    ['cc', false, [1, 3, 2]],
    ['size', false, [3, 2, 1]],
    ['arrival', false, [1, 2, 3]],
    ['date', false, [1, 2, 3]],
    ['none', false, [1, 2, 3]],
  ];

  test('sorts by each criterion, numbers deciding between equals', async () => {
    await withMailbox(async mailbox => {
      for (const [name, isReverse, expected] of sorts)
        assert.deepEqual(await sortMessages(mailbox, [1, 2, 3], [{name, isReverse}], () => undefined), expected, name);
    });
  });
});

async function withMailbox(run: (mailbox: Mailbox) => Promise<void>): Promise<void> {
  await withMailHome(async (_, open) => {
    const store = await open();
    for (const [index, message] of MESSAGES.entries())
      await saveMessage(store, 'INBOX', message, {
        received: Date.now() - (index === 0 ? 3 : 0) * DAY,
        ...(index === 1 ? {flags: flagBits.seen, keywords: ['work']} : {}),
      });
    const mailbox = await store.open('INBOX', {isReadOnly: false});
    await run(mailbox);
    mailbox.close();
  });
}

function find(mailbox: Mailbox, key: SearchKey): Promise<number[]> {
  return searchMailbox(mailbox, key, {savedResult: [[3, 3]], now: Date.now(), breathe: () => undefined});
}

/** The same mailbox, with a list of what it was asked. */
function watching(mailbox: Mailbox, asked: ItemNeeds[], opened: number[]): Mailbox {
  return new Proxy(mailbox, {
    get(target, name) {
      if (name === 'items')
        return (...args: Parameters<Mailbox['items']>) => {
          asked.push(args[1]);
          return target.items(...args);
        };
      if (name === 'open')
        return (sequence: number) => {
          opened.push(sequence);
          return target.open(sequence);
        };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
