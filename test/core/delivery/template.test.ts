import assert from 'node:assert/strict';
import fc from 'fast-check';
import {suite, test} from 'mocha';
import {expandTemplate} from '../../../src/core/delivery/template.ts';

const VALUES: ReadonlyMap<string, string> = new Map([
  ['a', 'A'],
  ['evil', 'x;$a`'],
  ['empty', ''],
]);

/** Template, text, incomplete. */
const CASES: readonly (readonly [string, string, boolean?])[] = [
  ['$a-${a}-$(a)', 'A-A-A'],
  ['$$a', '$a'],
  ['$a_', '', true],
  ['x$empty', 'x', true],
  ['${a?yes}${a:no}', 'yes'],
  ['${empty?yes}${empty:no}', 'no'],
  ['${a?{yes $a}:{no}}', 'yes A'],
  ['${b?{yes}:{no ${a}}}', 'no A'],
  ['${a?${empty:$a}}', 'A'],
  ['$evil', 'x__a_'],
  ['plain;text', 'plain;text'],
];

const PROBLEMS: readonly (readonly [string, string])[] = [
  ['${a', 'truncated macro reference: "${a"'],
  ['$', 'empty macro name: "$"'],
  ['$@', 'empty macro name: "$@"'],
  ['${}x', 'empty macro name: "${}x"'],
];

const rules = {value: (name: string) => VALUES.get(name), allowed: 'abcdefghijklmnopqrstuvwxyzA'};

suite('templates', () => {
  for (const [template, text, isIncomplete = false] of CASES)
    test(template, () => {
      const found = expandTemplate(template, rules);
      assert.equal(found.text, text);
      assert.equal(found.isIncomplete, isIncomplete);
      assert.equal(found.problem, undefined);
    });

  for (const [template, problem] of PROBLEMS)
    test(`${template} is wrong`, () => assert.equal(expandTemplate(template, rules).problem, problem));

  test('noise ends', () => {
    const noise = fc.array(fc.constantFrom('$', '{', '}', '(', ')', 'a', '?', ':', ' '), {maxLength: 40});
    fc.assert(fc.property(noise, parts => void expandTemplate(parts.join(''), rules)));
  });
});
