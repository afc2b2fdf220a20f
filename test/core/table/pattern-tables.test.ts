import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openTable} from '../../../src/core/table/open-table.ts';

const CASES: readonly [type: string, content: string, key: string, value: string | undefined][] = [
  ['regexp', '/^(a)(b)$/ $1-${2}-$(1)-$$', 'ab', 'a-b-a-$'],
  ['regexp', '/^A$/ x', 'a', 'x'],
  ['regexp', '/^A$/i x', 'a', undefined],
  ['regexp', '/[[:digit:]]{2,}/ n', 'a12', 'n'],
  ['regexp', '/[]x]/ bracket', 'a]', 'bracket'],
  ['regexp', '!/a/ other', 'b', 'other'],
  ['regexp', 'if /q/\n/1/ in\nendif\n/./ out', 'x1', 'out'],
  ['regexp', 'if !/q/\n/1/ in\nendif\n/./ out', 'x1', 'in'],
  ['pcre', '/^\\Qa.b\\E$/ quoted', 'a.b', 'quoted'],
  ['pcre', '/^\\Qa.b\\E$/ quoted', 'axb', undefined],
  ['pcre', '/(?<name>x)y/ $1', 'xy', 'x'],
  ['pcre', '/a b/x spaced', 'ab', 'spaced'],
  ['cidr', '10.0.0.0/8 ten', '10.1.2.3', 'ten'],
  ['cidr', '!10.0.0.0/8 other', '10.1.2.3', undefined],
  ['cidr', '2001:db8::/32 six', '2001:db8:1::1', 'six'],
  ['cidr', '10.0.0.0/8 ten', 'a name', undefined],
];

suite('pattern tables', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-table-'));
  suiteTeardown(() => rmSync(folder, {recursive: true}));
  for (const [type, content, key, value] of CASES)
    test(`${type}: ${JSON.stringify(content)} for ${key}`, async () => {
      const file = join(folder, 'rules');
      writeFileSync(file, `${content}\n`);
      const warnings: string[] = [];
      const found = await openTable(`${type}:${file}`, {warn: text => void warnings.push(text)}).lookup(key);
      assert.equal(found?.value, value);
      assert.deepEqual(warnings, []);
    });

  test('rules that can not be used are told about', () => {
    const file = join(folder, 'rules');
    writeFileSync(file, '/a(/ x\nfoo bar\n/x\n/y/q z\n!/z/ $1\n/(n)/ $2\n');
    const warnings: string[] = [];
    openTable(`regexp:${file}`, {warn: text => void warnings.push(text.replace(/^.* line /, ''))});
    assert.deepEqual(warnings, [
      '1: Unmatched ( or \\(',
      '2: ignoring unrecognized request',
      '3: no closing regexp delimiter "/": skipping this rule',
      '4: unknown regexp option "q": skipping this rule',
      '5: $number found in negative match replacement text: skipping this rule',
      '6: out of range replacement index "2": skipping this rule',
    ]);
  });
});
