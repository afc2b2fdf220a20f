import assert from 'node:assert/strict';
import {expandMacros} from '../../../../src/core/filter/procmail/macros.ts';
import {Pattern} from '../../../../src/core/filter/procmail/pattern.ts';

type Row = readonly [pattern: string, text: string, end: number | undefined];

/** Where a match ends: the leftmost shortest one. */
const ROWS: readonly Row[] = [
  ['abc', 'xxabcabc', 5],
  ['ABC', 'xabc', 4],
  ['a.c', 'a\nc abc', 7],
  ['^b', 'a\nb', 3],
  ['^a', 'abc', 1],
  ['a$', 'ba', 3],
  ['a$', 'ba\nc', 3],
  ['^^a', 'a', 1],
  ['^^a', 'b\na', undefined],
  ['a^^', 'aab', undefined],
  ['a^^', 'ba', 2],
  ['a$^^', 'ba\n', 3],
  ['(a|bc)+d', 'xabcad', 6],
  ['a*', 'aaa', 0],
  ['a+', 'aaa', 1],
  ['a**', 'aa*', 3],
  ['*a', '*a', 2],
  ['[^a-c]', 'abcd', 4],
  ['[^a]', '\n', undefined],
  ['[]a]', ']', 1],
  ['[^]a]', ']b', 2],
  ['[-a]', '-', 1],
  ['[a-]', '-', 1],
  ['[a-c-e]', 'd', 1],
  ['[z-a]', 'z', 1],
  ['[a\\]b', '\\b', 2],
  ['[ab', 'b', 1],
  ['\\<a\\>', 'b a b', 4],
  ['\\<a\\>', 'a', 2],
  ['\\.', 'a.', 2],
  ['a\\', 'a\\', 2],
  ['(|a)b', 'b', 1],
  ['()', 'x', 0],
  ['x$$', 'x\n', 3],
  ['.*x', 'aax\nx', 3],
];

suite('procmail patterns', () => {
  for (const [source, text, end] of ROWS)
    test(`${source} in ${JSON.stringify(text)}`, () => {
      assert.equal(new Pattern(source, false).search(Buffer.from(text, 'latin1'))?.end, end);
    });

  const matches: readonly (readonly [pattern: string, text: string, match: string | undefined])[] = [
    ['^a:[ ]*\\/.*', 'x\na: value here\nb', ' value here'],
    ['()\\/b+', 'abbb', 'bbb'],
    ['()\\/b?', 'abbb', ''],
    ['a.*\\/b.*', 'a1b2b3', 'b2b3'],
    ['()\\/^b', 'a\nb', '\nb'],
    ['()\\/^^a', 'ab', 'a'],
    ['a\\/b\\/c', 'abc', 'c'],
    ['()\\/(.|$)*', 'a\nb\n', 'a\nb\n'],
    ['a|\\/b', 'xb', 'b'],
    ['nothing\\/', 'abc', undefined],
    ['a\\/', 'ba', ''],
  ];
  for (const [source, text, expected] of matches)
    test(`MATCH of ${source} in ${JSON.stringify(text)}`, () => {
      const found = new Pattern(source, false).search(Buffer.from(text, 'latin1'));
      assert.equal(found?.match === undefined ? undefined : text.slice(...found.match), expected);
    });

  test('case counts when it is asked for', () => {
    assert.equal(new Pattern('A', true).search(Buffer.from('a')), undefined);
    assert.notEqual(new Pattern('[A]', false).search(Buffer.from('a')), undefined);
  });

  test('parentheses that do not pair are told of, and what there is runs', () => {
    for (const source of ['(', ')', '(a', 'a)b', '((a)']) {
      const pattern = new Pattern(source, false);
      assert.equal(pattern.isValid, false, source);
      assert.notEqual(pattern.search(Buffer.from('a')), undefined, source);
    }
  });

  test('expressions that ruin a backtracking matcher cost next to nothing', () => {
    const text = Buffer.from(`${'a'.repeat(200_000)}b`);
    const begin = performance.now();
    for (const source of [
      '(a*)*c',
      '(a|aa)+c',
      '(.*)(.*)(.*)(.*)(.*)c',
      `${'a?'.repeat(30)}${'a'.repeat(30)}c`,
      '(x+x+)+y',
    ])
      assert.equal(new Pattern(source, false).search(text), undefined);
    assert.equal(new Pattern('()\\/(a|aa)*c', false).search(text.subarray(0, 20_000)), undefined);
    assert.ok(performance.now() - begin < 4000);
  });

  test('an automaton that would grow without end begins afresh', () => {
    const noise = Buffer.from(Array.from({length: 60_000}, (_, i) => ((i * 7919) % 2 === 0 ? 97 : 98 + ((i * i) % 3))));
    assert.equal(new Pattern(`a.{20}|[ab]*a${'[abc]'.repeat(18)}z`, false).search(noise), undefined);
  });

  test('depth is no matter', () => {
    assert.equal(new Pattern('('.repeat(900) + 'a' + ')'.repeat(900), false).search(Buffer.from('xa'))?.end, 2);
    assert.equal(new Pattern('('.repeat(100_000), false).isValid, false);
  });

  test('two patterns do not share what they learn', () => {
    assert.equal(new Pattern('a', false).search(Buffer.from('ab'), 0)?.end, 1);
    assert.equal(new Pattern('b', false).search(Buffer.from('ab'), 1)?.end, 2);
    assert.equal(new Pattern('a', false).search(Buffer.from('ba'), 1)?.end, 2);
  });

  test('macros: the first of a kind behind a backslash hides the kind', () => {
    assert.match(expandMacros('^TO_me').text, /^\(\^\(\(Original-\).*me$/);
    assert.equal(expandMacros('\\^TO_me|^TO_you').text, '\\^TO_me|^TO_you');
    assert.equal(expandMacros('\\^FROM_MAILER').text, '\\^FROM_MAILER');
    assert.equal(expandMacros('^FROM_DAEMON').ignoresCase, true);
    assert.equal(expandMacros('^TO').ignoresCase, false);
  });
});
