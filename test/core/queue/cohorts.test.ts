/** Mail for a dead destination: left alone while it is dead, tried by a few first, and by all once it answers. */
import assert from 'node:assert/strict';
import type {Outcome} from '../../../src/core/queue/agent.ts';
import {Cohorts} from '../../../src/core/queue/cohorts.ts';
import {until} from '../../support/home.ts';
import {QueueBench} from '../../support/queue-bench.ts';
import {readdirSync, utimesSync} from 'node:fs';
import {join} from 'node:path';

const DEAD: Outcome = {kind: 'deferred', status: '4.4.1', text: 'connection refused'};
const SENT: Outcome = {kind: 'sent', status: '2.0.0', text: 'done'};

suite('cohorts of a dead destination', () => {
  test('five try it first; when it answers, all may', () => {
    let isDead = true;
    const cohorts = new Cohorts({isDead: () => isDead, now: () => 1000});
    const ids = Array.from({length: 20}, (_, i) => `ID${i}`);
    for (const id of ids) cohorts.join(id, 'smtp', 'a', id === 'ID0' ? 500 : 5000);
    assert.deepEqual(
      ids.filter(id => cohorts.mayTry(id)),
      ['ID0'],
    ); // it is too old to wait
    isDead = false;
    const tried = ids.filter(id => {
      const may = cohorts.mayTry(id);
      if (may) cohorts.begun(id);
      return may;
    });
    assert.deepEqual(tried, ids.slice(0, 5));
    isDead = true;
    for (const id of tried) {
      cohorts.ended(id);
      cohorts.join(id, 'smtp', 'a', 5000);
    }
    assert.equal(cohorts.mayTry('ID7'), false);
    isDead = false;
    assert.equal(cohorts.answered('smtp', 'a'), true);
    assert.ok(ids.every(id => cohorts.mayTry(id)));
    assert.equal(cohorts.isEmpty, true);
    assert.equal(cohorts.mayTry('unknown'), true);
  });

  test('through the queue manager', async function () {
    this.timeout(20_000);
    const bench = new QueueBench('minimal_backoff_time = 1s\nqueue_run_delay = 1s\nposthorn_backoff_jitter = 0\n');
    try {
      bench.decide = () => new Promise(resolve => setTimeout(() => resolve(DEAD), 200));
      await Promise.all(Array.from({length: 30}, (_, i) => bench.submit([`u${i}@dead.example`])));
      await bench.manager.whenIdle();
      assert.equal(bench.ids('deferred').length, 30);
      const before = bench.deliveries.length;
      makeDue(bench);
      bench.manager.start();
      await bench.manager.whenIdle();
      assert.equal(bench.ids('deferred').length, 30);
      assert.ok(bench.deliveries.length - before <= 10, String(bench.deliveries.length - before));
      bench.decide = () => SENT;
      await until(() => bench.ids('deferred').length === 0, 10_000, 'all of it, once the destination answers');
    } finally {
      await bench.dispose();
    }
  });
});

function makeDue(bench: QueueBench): void {
  for (const id of bench.ids('deferred')) utimesSync(bench.parts.store.path('deferred', id), 1e9, 1e9);
  assert.ok(readdirSync(join(bench.spool, 'deferred')).length > 0);
}
