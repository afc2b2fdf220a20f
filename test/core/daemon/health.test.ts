import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {measureQueues} from '../../../src/core/daemon/health.ts';

const NOW = 1_800_000_000;

suite('health', () => {
  let queue: string;

  setup(() => {
    queue = mkdtempSync(join(tmpdir(), 'posthorn-health-'));
  });
  teardown(() => rmSync(queue, {recursive: true, force: true}));

  function put(path: string, ageSeconds: number): void {
    mkdirSync(join(queue, path, '..'), {recursive: true});
    writeFileSync(join(queue, path), '');
    utimesSync(join(queue, path), NOW - ageSeconds, NOW - ageSeconds);
  }

  const measure = () => measureQueues(queue, NOW * 1000);

  test('an instance that never ran is empty', () => {
    const {counts, oldestDeliverableSeconds} = measure();
    assert.deepEqual(counts, {maildrop: 0, incoming: 0, active: 0, deferred: 0, hold: 0, corrupt: 0});
    assert.equal(oldestDeliverableSeconds, undefined);
  });

  test('the oldest message that could be delivered counts', () => {
    put('maildrop/A', 5);
    put('active/B', 70);
    put('incoming/C', 20);
    assert.equal(measure().oldestDeliverableSeconds, 70);
  });

  test('a deferred message counts from the time of its next try', () => {
    put('deferred/A/A1', -300);
    assert.equal(measure().oldestDeliverableSeconds, undefined);
    put('deferred/B/B1', 40);
    const {counts, oldestDeliverableSeconds} = measure();
    assert.equal(oldestDeliverableSeconds, 40);
    assert.equal(counts.deferred, 2);
  });

  test('held and damaged messages are counted and wait for nobody', () => {
    put('hold/A', 4000);
    put('corrupt/B', 4000);
    const {counts, oldestDeliverableSeconds} = measure();
    assert.deepEqual([counts.hold, counts.corrupt, oldestDeliverableSeconds], [1, 1, undefined]);
  });
});
