import assert from 'node:assert/strict';
import {configFromText} from '../../../src/core/config/load-config.ts';
import {Log} from '../../../src/core/log/log.ts';
import {RetryPolicy} from '../../../src/core/queue/retry.ts';

const SETTINGS =
  'minimal_backoff_time = 300s\nmaximal_backoff_time = 4000s\nmaximal_queue_lifetime = 5d\nposthorn_backoff_jitter = 0\n';
const DAY = 86_400;

const PAUSES: readonly [age: number, pause: number][] = [
  [0, 300],
  [299, 300],
  [1000, 1000],
  [4000, 4000],
  [DAY, 4000],
];

const JITTERED: readonly [age: number, random: number, pause: number][] = [
  [0, 0, 300],
  [0, 0.5, 315],
  [1000, 0, 900],
  [1000, 0.5, 1000],
  [DAY, 0, 3600],
  [DAY, 0.5, 3800],
];

const EXPIRED: readonly [age: number, sender: string, isExpired: boolean][] = [
  [5 * DAY - 1, 'a@example.com', false],
  [5 * DAY, 'a@example.com', true],
  [2 * DAY, '', true],
  [2 * DAY, 'a@example.com', false],
];

function policy(text: string): {policy: RetryPolicy; log: string[]} {
  const log: string[] = [];
  const sink = {write: (record: {text: string}) => void log.push(record.text)};
  return {policy: new RetryPolicy(configFromText(text, {root: '/'}), new Log('qmgr', sink)), log};
}

suite('retry', () => {
  for (const [age, pause] of PAUSES)
    test(`a message ${age} s old waits ${pause} s`, () => {
      assert.equal(policy(SETTINGS).policy.pauseSeconds(age), pause);
    });

  for (const [age, random, pause] of JITTERED)
    test(`with a jitter of 10 %: a message ${age} s old waits ${pause} s when chance is ${random}`, () => {
      const config = configFromText(SETTINGS.replace('jitter = 0', 'jitter = 10'), {root: '/'});
      const made = new RetryPolicy(config, new Log('qmgr', {write: () => undefined}), () => random);
      assert.equal(made.pauseSeconds(age), pause);
    });

  for (const [age, sender, isExpired] of EXPIRED)
    test(`from <${sender}>, ${age} s old: ${isExpired ? 'given up' : 'kept'}`, () => {
      assert.equal(policy(`${SETTINGS}bounce_queue_lifetime = 2d\n`).policy.isExpired(age, sender), isExpired);
    });

  test('bounces do not live longer than other mail', () => {
    const {policy: made, log} = policy('maximal_queue_lifetime = 1d\nbounce_queue_lifetime = 2d\n');
    assert.equal(made.isExpired(DAY, ''), true);
    assert.deepEqual(log, [
      'bounce_queue_lifetime is larger than maximal_queue_lifetime - adjusting bounce_queue_lifetime',
    ]);
  });
});
