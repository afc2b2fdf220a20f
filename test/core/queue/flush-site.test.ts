/** Mail that waits for a site, tried when the site asks for it (ETRN, `postqueue -s`). */
import assert from 'node:assert/strict';
import {readFileSync, utimesSync, existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Outcome} from '../../../src/core/queue/agent.ts';
import {FlushLogs} from '../../../src/core/queue/flush-logs.ts';
import {until} from '../../support/home.ts';
import {QueueBench} from '../../support/queue-bench.ts';

const LATER: Outcome = {kind: 'deferred', status: '4.3.0', text: 'come back later'};
const DEAD: Outcome = {kind: 'deferred', status: '4.4.1', text: 'connection refused'};

suite('flush of a site', () => {
  let bench: QueueBench;
  setup(() => {
    bench = new QueueBench('fast_flush_domains = site.example\n');
    bench.decide = () => LATER;
  });
  teardown(() => bench.dispose());
  const logOf = (name: string): string => readFileSync(join(bench.spool, 'flush', name), 'latin1');
  const settle = async (): Promise<void> => {
    await bench.manager.whenIdle();
    await new Promise(resolve => setTimeout(resolve, 50));
  };

  test('each domain that is listed, or below one, has a file of ids', async () => {
    const id = await bench.submit(['a@Site.Example', 'b@site.example']);
    const below = await bench.submit(['a@sub.site.example']);
    await bench.submit(['a@other.example']);
    await settle();
    assert.equal(logOf('site_example'), `${id}\n`);
    assert.equal(logOf('sub_site_example'), `${below}\n`);
    assert.deepEqual(bench.ids('flush').sort(), ['site_example', 'sub_site_example']);
  });

  test('its messages are tried at once, though they are not due and their destination counts as dead', async () => {
    bench.decide = () => DEAD;
    await bench.submit(['a@site.example']);
    await bench.submit(['a@other.example']);
    await settle();
    bench.decide = () => ({kind: 'sent', status: '2.0.0', text: 'done'});
    assert.equal(await bench.manager.flushSite('SITE.example'), 'started');
    await until(() => bench.deliveries.length === 3, 5000, 'the delivery');
    await settle();
    assert.equal(bench.ids('deferred').length, 1);
    assert.equal(logOf('site_example'), '');
  });

  const ANSWERS: readonly [site: string, answer: string][] = [
    ['site.example', 'started'],
    ['sub.site.example', 'started'],
    ['other.example', 'not-configured'],
    ['[192.0.2.1]', 'not-configured'],
    ['bad site', 'bad'],
    ['../x', 'bad'],
    ['', 'bad'],
  ];
  for (const [site, answer] of ANSWERS)
    test(`"${site}": ${answer}`, async () => {
      assert.equal(await bench.manager.flushSite(site), answer);
    });

  test('deferred transports are no hindrance to a flush', async () => {
    await bench.dispose();
    bench = new QueueBench('fast_flush_domains = site.example\ndefer_transports = smtp\n');
    await bench.submit(['a@site.example']);
    await settle();
    assert.deepEqual([bench.deliveries.length, bench.ids('deferred').length], [0, 1]);
    bench.manager.flush();
    await until(() => bench.deliveries.length === 1, 5000, 'the delivery');
  });

  test('a file that was not read for long is read without being asked for', async () => {
    await bench.submit(['a@site.example']);
    await settle();
    const path = join(bench.spool, 'flush/site_example');
    utimesSync(path, 1e9, 1e9);
    const found: string[] = [];
    const {config, store} = bench.parts;
    const logs = new FlushLogs({config, log: bench.log, store, now: () => Date.now()});
    for await (const ids of logs.refresh()) found.push(...ids);
    assert.deepEqual(found, bench.ids('deferred'));
    utimesSync(path, 1e9, 1e9);
    for await (const ids of logs.refresh()) found.push(...ids);
    assert.ok(!existsSync(path)); // empty, and old
    assert.equal(found.length, 1);
  });
});
