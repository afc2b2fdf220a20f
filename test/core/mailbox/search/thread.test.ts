/** Threads of made-up messages; what is expected was seen with Dovecot 2.3.19 (test/peers/imap-dialogues/threads.txt). */
import assert from 'node:assert/strict';
import type {Mailbox, MessageItems, ThreadKeys} from '../../../../src/core/mailbox/mailbox.ts';
import {threadMessages, type Thread, type ThreadAlgorithm} from '../../../../src/core/mailbox/search/thread.ts';
import {printThreads} from '../../../../src/core/imap/search/thread-reply.ts';

type Message = readonly [id: string, references: string, subject: string, day: number];

const CASES: readonly (readonly [string, readonly Message[], Partial<Record<ThreadAlgorithm, string>>])[] = [
  [
    'answers follow what they answer',
    [['a', '', 'S', 1], ['b', 'a', 'Re: S', 2], ['c', 'a b', 'Re: S', 3], ['d', 'a', 'Re: S', 4]], // prettier-ignore
    {REFERENCES: '(1 (2 3)(4))', REFS: '(1 (2 3)(4))', ORDEREDSUBJECT: '(1 (2)(3)(4))'},
  ],
  [
    'a missing message holds its answers together',
    [['a', 'x', 'A', 1], ['b', 'x', 'B', 2], ['c', 'y', 'C', 3]], // prettier-ignore
    {REFERENCES: '((1)(2))(3)', REFS: '((1)(2))(3)'},
  ],
  [
    'a circle is cut',
    [['a', 'b', 'A', 1], ['b', 'a', 'B', 2]], // prettier-ignore
    {REFERENCES: '(2 1)', REFS: '(2 1)'},
  ],
  [
    'subjects join what references do not',
    [['a', '', 'S', 1], ['b', '', 'Re: S', 2], ['c', '', 'T', 3], ['d', '', 'T', 4], ['e', '', 'Re: T', 5]], // prettier-ignore
    {REFERENCES: '(1 2)((3)(4)(5))', REFS: '(1)(2)(3)(4)(5)'},
  ],
  [
    'the second of a name stands alone',
    [['a', '', 'A', 1], ['a', '', 'B', 2], ['c', 'a', 'C', 3]], // prettier-ignore
    {REFERENCES: '(1 3)(2)'},
  ],
  [
    'REFS puts the thread with the latest message last',
    [['a', '', 'A', 1], ['b', '', 'B', 2], ['c', 'a', 'C', 9]], // prettier-ignore
    {REFERENCES: '(1 3)(2)', REFS: '(2)(1 3)'},
  ],
  ['no message, no thread', [], {REFERENCES: '', REFS: '', ORDEREDSUBJECT: ''}],
];

suite('threads', () => {
  for (const [title, messages, expected] of CASES)
    test(title, async () => {
      for (const [algorithm, text] of Object.entries(expected))
        assert.equal(print(await thread(messages, algorithm as ThreadAlgorithm)), text, algorithm);
    });

  test('fifty thousand answers in a row are one thread', async () => {
    const messages = Array.from({length: 50_000}, (_, n): Message => [`m${n}`, n === 0 ? '' : `m${n - 1}`, 'S', n]);
    const threads = await thread(messages, 'REFERENCES');
    assert.equal(threads.length, 1);
    assert.equal(print(threads).split(' ').length, 50_000);
  });

  test('fifty thousand that know only one missing message too', async () => {
    const messages = Array.from({length: 50_000}, (_, n): Message => [`m${n}`, 'gone', `S${n}`, n]);
    assert.equal((await thread(messages, 'REFS'))[0]?.children.length, 50_000);
  });
});

function print(threads: readonly Thread[]): string {
  return [...printThreads(threads, sequence => sequence)].join('');
}

function thread(messages: readonly Message[], algorithm: ThreadAlgorithm): Promise<readonly Thread[]> {
  const numbers = messages.map((_, index) => index + 1);
  return threadMessages(mailboxOf(messages), numbers, algorithm, () => undefined);
}

/** As much of a mailbox as threads ask for. */
function mailboxOf(messages: readonly Message[]): Mailbox {
  const asked: Pick<Mailbox, 'items'> = {
    async items(_sequences, _needs, each) {
      for (const [index, message] of messages.entries()) await each(index + 1, itemsOf(message));
    },
  };
  return asked as Mailbox; // nothing else is asked of it
}

function itemsOf([messageId, references, subject, day]: Message): MessageItems {
  const isReplyOrForward = subject.startsWith('Re: ');
  const threadKeys: ThreadKeys = {
    messageId,
    references: references === '' ? [] : references.split(' '),
    baseSubject: isReplyOrForward ? subject.slice(4) : subject,
    isReplyOrForward,
    sent: day * 86_400_000,
  };
  return {threadKeys, received: 0};
}
