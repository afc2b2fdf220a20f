import assert from 'node:assert/strict';
import {formatDelay} from '../../../src/core/log/delay.ts';

suite('delay', () => {
  const cases: readonly [number, string][] = [
    [-1, '0'],
    [0, '0'],
    [0.0049, '0'],
    [0.005, '0.01'],
    [0.014, '0.01'],
    [0.2, '0.2'],
    [0.35, '0.35'],
    [0.994, '0.99'],
    [0.996, '1'],
    [2, '2'],
    [2.1, '2.1'],
    [3.84, '3.8'],
    [9.94, '9.9'],
    [9.96, '10'],
    [13.2, '13'],
    [2001, '2001'],
    [NaN, '0'],
  ];
  for (const [seconds, text] of cases) test(`${seconds} s -> ${text}`, () => assert.equal(formatDelay(seconds), text));
});
