/** Messages with very many recipients: read in portions, none forgotten, none delivered twice. */
import assert from 'node:assert/strict';
import {readMoreRecipients, readQueueFile} from '../../../src/core/queue/queue-file-reader.ts';
import type {Outcome} from '../../../src/core/queue/agent.ts';
import {until} from '../../support/home.ts';
import {QueueBench} from '../../support/queue-bench.ts';

const LATER: Outcome = {kind: 'deferred', status: '4.3.0', text: 'come back later'};
const NO: Outcome = {kind: 'bounced', status: '5.1.1', text: 'no such user'};
const SMALL =
  'qmgr_message_recipient_limit = 20\nqmgr_message_recipient_minimum = 7\ndefault_recipient_limit = 60\n' +
  'default_extra_recipient_limit = 10\ndefault_recipient_refill_limit = 5\ndefault_destination_recipient_limit = 3\n';

const many = (count: number): string[] => Array.from({length: count}, (_, i) => `u${i}@d${i % 4}.example`);

suite('recipients in portions', function () {
  this.timeout(30_000);
  let bench: QueueBench;
  teardown(() => bench.dispose());
  const addresses = (): string[] => bench.deliveries.flatMap(({recipients}) => recipients.map(({address}) => address));

  for (const limit of [1, 2, 7, 10, 11])
    test(`a file of 10 recipients, ${limit} at a time`, async () => {
      bench = new QueueBench();
      const {envelope} = await bench.incoming(many(8), {
        trailingRecipients: () => [{address: 'x1@there.example', notify: 1}, {address: 'x2@there.example'}],
      });
      const whole = await readQueueFile(envelope.path, 'incoming', envelope.id);
      assert.equal(whole.rest, undefined);
      const first = await readQueueFile(envelope.path, 'incoming', envelope.id, limit);
      const found = [...first.envelope.recipients];
      assert.equal(first.unread, Math.max(10 - limit, 0));
      for (let {rest} = first; rest !== undefined;) {
        const more = await readMoreRecipients(envelope.path, rest, limit);
        assert.ok(more.recipients.length > 0 && more.recipients.length <= limit);
        found.push(...more.recipients);
        rest = more.rest;
      }
      assert.deepEqual(found, whole.envelope.recipients);
    });

  test('each recipient is delivered to once, and few are in memory at a time', async () => {
    bench = new QueueBench(SMALL);
    const to = many(500);
    await bench.submit(to);
    await bench.manager.whenIdle();
    assert.deepEqual(addresses().sort(), [...to].sort());
    assert.deepEqual([...bench.ids('active'), ...bench.ids('deferred')], []);
    assert.ok(bench.lines.filter(line => line.includes('nrcpt=500')).length === 1);
  });

  test('what is put off of each portion is tried again, nothing else', async () => {
    bench = new QueueBench(SMALL);
    bench.decide = address => (address.startsWith('u1') ? LATER : address.startsWith('u2') ? NO : SENT);
    const to = many(300);
    await bench.submit(to, {sender: 'sender@d9.example'});
    await bench.manager.whenIdle();
    const waiting = to.filter(address => address.startsWith('u1'));
    assert.equal(bench.ids('deferred').length, 1);
    assert.equal(addresses().filter(address => address === 'sender@d9.example').length, 1); // one report
    bench.deliveries.length = 0;
    bench.decide = () => SENT;
    bench.manager.flush();
    await until(() => addresses().length >= waiting.length, 10_000, 'the second round');
    await bench.manager.whenIdle();
    assert.deepEqual(addresses().sort(), waiting.sort());
    assert.deepEqual([...bench.ids('deferred'), ...bench.ids('defer'), ...bench.ids('bounce')], []);
  });

  test('a small message does not wait for a large one', async () => {
    bench = new QueueBench(`${SMALL}initial_destination_concurrency = 1\ndefault_destination_concurrency_limit = 1\n`);
    bench.decide = () => new Promise(resolve => setTimeout(() => resolve(SENT), 2));
    await bench.submit(many(400));
    await bench.submit(['small@d0.example']);
    await bench.manager.whenIdle();
    const place = bench.delivered.indexOf('small@d0.example');
    assert.ok(place >= 0 && place < 60, String(place));
  });
});

const SENT: Outcome = {kind: 'sent', status: '2.0.0', text: 'done'};
