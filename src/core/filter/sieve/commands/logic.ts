/** Tests made of tests, and the two that are constant (RFC 5228 sections 5.2, 5.3, 5.5, 5.8, 5.10). */
import {type Code, newLabel} from '../compile/code.ts';
import type {Command, Label, Use} from '../compile/language.ts';

function constantTest(name: 'true' | 'false'): Command {
  return {
    name,
    kind: 'test',
    positionals: 0,
    constant: () => name === 'true',
    generate: nothing,
    generateJump(code, _use, when, label) {
      if (when === (name === 'true')) code.jump('jump', label);
    },
  };
}

/** These tests are jumps and nothing else. */
function nothing(): void {
  // see generateJump
}

export const trueTest = constantTest('true');
export const falseTest = constantTest('false');

export const notTest: Command = {
  name: 'not',
  kind: 'test',
  positionals: 0,
  subtests: 'one',
  constant: ({tests: [test]}) => (test?.constant === undefined ? undefined : !test.constant),
  generate: nothing,
  generateJump(code, {tests: [test]}, when, label) {
    if (test !== undefined) code.test(test, !when, label);
  },
};

/** `decisive`: the answer of one test that decides for all. */
function listTest(name: 'allof' | 'anyof', decisive: boolean): Command {
  return {
    name,
    kind: 'test',
    positionals: 0,
    subtests: 'list',
    constant({tests}) {
      if (tests.some(test => test.constant === decisive)) return decisive;
      return tests.every(test => test.constant === !decisive) ? !decisive : undefined;
    },
    generate: nothing,
    generateJump: (code, use, when, label) => jumps(code, use, decisive, when, label),
  };
}

/** As the original lays it out, jump for jump: traces show it. */
function jumps(code: Code, {tests}: Use, decisive: boolean, when: boolean, label: Label): void {
  const open = tests.filter(test => test.constant === undefined);
  const [only] = open;
  if (only !== undefined && open.length === 1) return code.test(only, when, label);
  if (when === decisive) {
    for (const test of open) code.test(test, decisive, label);
    return;
  }
  const decided = newLabel();
  for (const test of open) code.test(test, decisive, decided);
  code.jump('jump', label);
  code.place(decided);
}

export const allofTest = listTest('allof', false);
export const anyofTest = listTest('anyof', true);
