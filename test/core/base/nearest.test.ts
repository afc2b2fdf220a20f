import assert from 'node:assert/strict';
import {nearestWord} from '../../../src/core/base/nearest.ts';

const KNOWN = ['myhostname', 'mydomain', 'mydestination', 'relayhost', 'mynetworks'];

suite('nearest word', () => {
  const cases: readonly [string, string | undefined][] = [
    ['myhostnam', 'myhostname'],
    ['mydomian', 'mydomain'],
    ['relay_host', 'relayhost'],
    ['mynetwork', 'mynetworks'],
    ['completely_different', undefined],
    ['', undefined],
  ];
  for (const [word, nearest] of cases)
    test(`${word || 'nothing'} -> ${nearest ?? 'none'}`, () => assert.equal(nearestWord(word, KNOWN), nearest));
});
