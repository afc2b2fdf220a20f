/** Messages that another process wrote into `incoming`: delivered once, whoever sees them first. */
import assert from 'node:assert/strict';
import {renameSync, utimesSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import {until} from '../../support/home.ts';
import {QueueBench} from '../../support/queue-bench.ts';

suite('hand-off from another process', () => {
  let bench: QueueBench;
  setup(() => (bench = new QueueBench()));
  teardown(() => bench.dispose());

  test('the file is claimed and its message delivered', async () => {
    const {envelope, records} = await bench.incoming(['a@there.example']);
    assert.deepEqual(bench.ids('incoming'), [envelope.id]);
    bench.manager.takeOver(envelope, records);
    await bench.manager.whenIdle();
    assert.deepEqual(bench.delivered, ['a@there.example']);
    assert.deepEqual([...bench.ids('incoming'), ...bench.ids('active')], []);
  });

  test('told twice, it is delivered once', async () => {
    const {envelope, records} = await bench.incoming(['a@there.example']);
    bench.manager.takeOver(envelope, records);
    bench.manager.takeOver(envelope, records);
    await bench.manager.whenIdle();
    bench.manager.takeOver(envelope, records); // done and removed
    await bench.manager.whenIdle();
    assert.equal(bench.deliveries.length, 1);
    assert.ok(!bench.lines.some(line => line.includes('warning')), bench.lines.join('\n'));
  });

  test('a scan may find it first', async () => {
    const {envelope, records} = await bench.incoming(['a@there.example']);
    bench.manager.start();
    bench.manager.takeOver(envelope, records);
    await bench.manager.whenIdle();
    assert.equal(bench.deliveries.length, 1);
  });

  test('while hand-offs are expected, a scan leaves young files alone, and comes back for them', async function () {
    this.timeout(20_000);
    const {envelope} = await bench.incoming(['a@there.example']);
    bench.manager.expectHandOffs(true);
    bench.manager.start();
    await bench.manager.whenIdle();
    await pause(50);
    assert.deepEqual(bench.ids('incoming'), [envelope.id]);
    await until(() => bench.deliveries.length === 1, 15_000, 'the left-over');
  });

  test('what was put on hold, or deferred meanwhile, stays there', async () => {
    const {envelope, records} = await bench.incoming(['a@there.example']);
    const {store} = bench.parts;
    await store.makeFolder('deferred', envelope.id);
    renameSync(envelope.path, store.path('deferred', envelope.id));
    utimesSync(store.path('deferred', envelope.id), 4e9, 4e9);
    bench.manager.takeOver(envelope, records);
    await pause(50);
    await bench.manager.whenIdle();
    assert.equal(bench.deliveries.length, 0);
    assert.deepEqual(bench.ids('deferred'), [envelope.id]);
  });

  test('a manager that stops leaves it to the next one', async () => {
    const {envelope, records} = await bench.incoming(['a@there.example']);
    const stopped = bench.manager.stop();
    bench.manager.takeOver(envelope, records);
    await stopped;
    await until(() => bench.ids('incoming').length === 1, 5000, 'the file in its place');
    assert.equal(bench.deliveries.length, 0);
  });
});
