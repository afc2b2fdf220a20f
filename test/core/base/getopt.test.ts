import assert from 'node:assert/strict';
import {OptionReader} from '../../../src/core/base/getopt.ts';

function readAll(argv: readonly string[], letters: string): {read: string[]; operands: readonly string[]} {
  const reader = new OptionReader(argv, letters);
  const read: string[] = [];
  for (let next = reader.next(); next !== undefined; next = reader.next())
    read.push(
      next.option === '?' || next.option === ':'
        ? `${next.option}${next.letter}`
        : next.option + (next.value && `=${next.value}`),
    );
  return {read, operands: reader.operands()};
}

suite('getopt', () => {
  const cases: readonly [string, readonly string[], string, string[], string[]][] = [
    ['flags cluster', ['-vf', 'x'], 'vf', ['v', 'f'], ['x']],
    ['a value sticks', ['-fme', 'x'], 'f:', ['f=me'], ['x']],
    ['a value follows', ['-f', 'me', 'x'], 'f:', ['f=me'], ['x']],
    ['a value ends a cluster', ['-vfme'], 'vf:', ['v', 'f=me'], []],
    ['a value may be empty when it follows', ['-f', '', 'x'], 'f:', ['f'], ['x']],
    ['-- ends the options', ['-v', '--', '-f'], 'vf', ['v'], ['-f']],
    ['the first operand ends them too', ['x', '-v'], 'v', [], ['x', '-v']],
    ['a lone - is an operand', ['-v', '-'], 'v', ['v'], ['-']],
    ['unknown letters are told one by one', ['-vZa'], 'va', ['v', '?Z', 'a'], []],
    ['a missing value is told', ['-f'], 'f:', [':f'], []],
    ['a colon is no letter', ['-:'], 'f:', ['?:'], []],
    ['-- as a value is a value', ['-f', '--', 'x'], 'f:', ['f=--'], ['x']],
  ];
  for (const [title, argv, letters, read, operands] of cases)
    test(title, () => assert.deepEqual(readAll(argv, letters), {read, operands}));
});
