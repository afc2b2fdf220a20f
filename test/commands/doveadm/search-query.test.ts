/** doveadm-search-query(7): words to keys, and the original's words for what is wrong. */
import assert from 'node:assert/strict';
import {suite, test} from 'mocha';
import {
  namesMailboxEverywhere,
  parseQuery,
  queryFor,
  saysMoreThanMailbox,
} from '../../../src/commands/doveadm/search-query.ts';

const NOW = Date.UTC(2020, 0, 31);
const read = (text: string) => parseQuery(text === '' ? [] : text.split(' '), {now: NOW});
const SEEN = {kind: 'flag', flag: 8};
const FLAGGED = {kind: 'flag', flag: 2};

suite('search queries of doveadm', () => {
  const good: readonly (readonly [text: string, query: unknown])[] = [
    ['', undefined],
    ['seen', SEEN],
    ['SEEN flagged', {kind: 'and', keys: [SEEN, FLAGGED]}],
    ['seen or flagged', {kind: 'or', keys: [SEEN, FLAGGED]}],
    ['seen flagged or all', {kind: 'or', keys: [SEEN, FLAGGED, {kind: 'all'}]}],
    ['not ( seen or flagged )', {kind: 'not', key: {kind: 'or', keys: [SEEN, FLAGGED]}}],
    ['( ( seen ) )', SEEN],
    ['unseen', {kind: 'not', key: SEEN}],
    [
      '1:3,5',
      {
        kind: 'sequence',
        ranges: [
          [1, 3],
          [5, 5],
        ],
      },
    ],
    ['3:1', {kind: 'sequence', ranges: [[1, 3]]}],
    ['larger 2k', {kind: 'size', compare: 'larger', bytes: 2048}],
    ['smaller 1M', {kind: 'size', compare: 'smaller', bytes: 1 << 20}],
    ['before 1970-01-11', {kind: 'date', of: 'received', compare: 'before', day: 10}],
    ['senton 11-Jan-1970', {kind: 'date', of: 'sent', compare: 'on', day: 10}],
    ['savedsince 10', {kind: 'date', of: 'saved', compare: 'since', day: 0, at: 10_000}],
    ['since 2days', {kind: 'date', of: 'received', compare: 'since', day: 0, at: NOW - 2 * 86_400_000}],
    ['since 1w', {kind: 'date', of: 'received', compare: 'since', day: 0, at: NOW - 7 * 86_400_000}],
    ['mailbox Work', {kind: 'mailbox', pattern: 'Work'}],
    ['x-guid a', {kind: 'guid', guid: 'a'}],
    ['fuzzy seen', SEEN],
  ];
  for (const [text, query] of good) test(`"${text}" is understood`, () => assert.deepEqual(read(text), query));

  const bad: readonly (readonly [text: string, message: string])[] = [
    ['(', "Missing ')'"],
    ['( seen', "Missing ')'"],
    ['seen )', "Unexpected ')'"],
    ['( )', 'No search parameters inside list'],
    ['seen or flagged all', 'Use parenthesis when mixing ANDs and ORs'],
    ['or seen flagged', 'Use parenthesis when mixing ANDs and ORs'],
    ['foo', 'Unknown argument FOO'],
    ['0', 'Invalid messageset'],
    ['1,,2', 'Invalid messageset'],
    ['uid x', 'Invalid UID messageset'],
    ['uid', 'Missing parameter for search key (for search key: UID)'],
    ['larger 1P', 'Invalid size: 1P'],
    ['older 1w', 'Invalid search interval parameter'],
    ['modseq x', 'Invalid MODSEQ value'],
    ['since x', 'Invalid search date parameter: x'],
    ['since 2018-01-03T12:00', 'Invalid search date parameter: 2018-01-03T12:00'],
    ['inthread foo all', 'Unknown thread algorithm'],
  ];
  for (const [text, message] of bad) test(`"${text}" is refused`, () => assert.throws(() => read(text), {message}));

  test('lists nested without end are refused, not followed', () => {
    assert.throws(
      () =>
        parseQuery(
          Array.from({length: 100_000}, () => '('),
          {now: NOW},
        ),
      /too deep/,
    );
  });

  test('a mailbox that no key asks for finds nothing; * is its last message', () => {
    const place = {name: 'INBOX', separator: '.', guid: 'g', count: 7};
    assert.equal(queryFor(read('mailbox Work seen') ?? assert.fail(), place), undefined);
    assert.deepEqual(queryFor(read('9:*') ?? assert.fail(), place), {kind: 'sequence', ranges: [[7, 9]]});
  });

  test('expunge can tell which branch names no mailbox, and which names nothing else', () => {
    const query = (text: string) => read(text) ?? assert.fail();
    assert.equal(namesMailboxEverywhere(query('mailbox a or seen')), false);
    assert.equal(namesMailboxEverywhere(query('( mailbox a ) or ( mailbox b )')), true);
    assert.equal(saysMoreThanMailbox(query('mailbox a')), false);
    assert.equal(saysMoreThanMailbox(query('mailbox a seen')), true);
  });
});
