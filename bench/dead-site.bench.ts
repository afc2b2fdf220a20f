/**
 * Messages (20,000; BENCH_QUEUED for others) queued for a site that does not answer, all of them due, beside new mail for one that does: the new
 * mail's rate with and without them, by turns. The first look at them (each is put off once) is not in the figures.
 */
import {mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Outcome} from '../src/core/queue/agent.ts';
import {QueueBench} from '../test/support/queue-bench.ts';
import {median, result} from './measure.ts';

const QUEUED = Number(process.env['BENCH_QUEUED'] ?? 20_000);
const MESSAGES = Number(process.env['BENCH_MESSAGES'] ?? 3000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const AT_ONCE = 20;
const DEAD: Outcome = {kind: 'deferred', status: '4.4.1', text: 'connect to dead.example: Connection timed out'};
const SENT: Outcome = {kind: 'sent', status: '2.0.0', text: 'done'};

async function filled(): Promise<QueueBench> {
  const bench = new QueueBench('queue_run_delay = 1s\n');
  bench.keepsDeliveries = false;
  bench.decide = async address => {
    if (!address.endsWith('@dead.example')) return SENT;
    await new Promise(resolve => setTimeout(resolve, 100));
    return DEAD;
  };
  const {envelope} = await bench.incoming(['u@dead.example']);
  const bytes = readFileSync(envelope.path);
  for (let i = 0; i < QUEUED; i++) {
    const id = `${(0x10000 + i).toString(16).toUpperCase()}ABCDEF`;
    const path = bench.parts.store.path('deferred', id);
    if (i < 0x100) mkdirSync(join(path, '..'), {recursive: true});
    writeFileSync(path, bytes, {mode: 0o700});
    utimesSync(path, 1e9, 1e9);
  }
  return bench;
}

async function rate(bench: QueueBench): Promise<number> {
  const begin = performance.now();
  let serial = 0;
  const inject = async (): Promise<void> => {
    while (serial++ < MESSAGES) await bench.submit(['u@alive.example']);
  };
  await Promise.all(Array.from({length: AT_ONCE}, inject));
  return MESSAGES / ((performance.now() - begin) / 1000);
}

const empty = new QueueBench('queue_run_delay = 1s\n');
empty.keepsDeliveries = false;
const full = await filled();
empty.manager.start();
full.manager.start();
const begin = performance.now();
await full.manager.whenIdle();
console.log(`  (first look at ${QUEUED} messages: ${((performance.now() - begin) / 1000).toFixed(1)} s)`);
for (const folder of readdirSync(join(full.spool, 'deferred')))
  for (const id of readdirSync(join(full.spool, 'deferred', folder)))
    utimesSync(join(full.spool, 'deferred', folder, id), 1e9, 1e9); // due again
const ratios: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const [alone, beside] = [await rate(empty), await rate(full)];
  ratios.push(beside / alone);
  console.log(`  (round ${round + 1}: alone ${alone.toFixed(0)}/s, beside the dead ${beside.toFixed(0)}/s)`);
}
const ratio = median(ratios);
result(`new mail beside ${QUEUED} for a dead site`, `${ratio.toFixed(2)} of its rate`, '>= 0.9', ratio >= 0.9);
await Promise.all([empty.dispose(), full.dispose()]);
