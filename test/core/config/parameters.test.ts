import assert from 'node:assert/strict';
import type {Parameter} from '../../../src/core/config/parameter.ts';
import {parameters} from '../../../src/core/config/parameters.ts';

suite('the registry of parameters', () => {
  const rows: readonly (readonly [string, Parameter])[] = Object.entries(parameters);

  test('each parameter has a description that ends with a full stop', () => {
    const wrong = rows.filter(([, {text}]) => !/^\S.*[^.\s]\.$/.test(text)).map(([name]) => name);
    assert.deepEqual(wrong, []);
  });

  test("a flag's description begins with Whether", () => {
    const wrong = rows
      .filter(([, {kind, text}]) => kind === 'flag' && !text.startsWith('Whether '))
      .map(([name]) => name);
    assert.deepEqual(wrong, []);
  });
});
