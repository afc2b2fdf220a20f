/**
 * CPU of the SMTP client for each small message over kept sessions, five deliveries at a time: our side only, the server
 * is another process.
 */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {performance} from 'node:perf_hooks';
import {DeliveryBench} from '../test/support/delivery-bench.ts';

const MESSAGES = Number(process.env['BENCH_MESSAGES'] ?? 5000);
const MESSAGE = `Subject: bench\n\n${`${'x'.repeat(75)}\n`.repeat(26)}`;

const sink = spawn('smtp-sink', ['-u', 'postfix', 'inet:127.0.0.1:18925', '100'], {stdio: 'ignore'});
await new Promise(resolve => setTimeout(resolve, 500));
const bench = new DeliveryBench({}, {smtp: ['smtp']});
const options = {content: MESSAGE, nexthop: '[127.0.0.1]:18925', agent: bench.agent('smtp')};
const lines: string[] = [];
const deliver = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) lines.push(...(await bench.deliver('smtp', `r${i}@d.example`, options)));
};
await deliver(500);
const cpu = process.cpuUsage();
const start = performance.now();
await Promise.all(Array.from({length: 5}, () => deliver(MESSAGES / 5)));
const {user, system} = process.cpuUsage(cpu);
console.log(`${lines.filter(line => line.includes('sent')).length} sent`, lines[0]);
console.log(`${((user + system) / 1000 / MESSAGES).toFixed(3)} ms CPU a message`);
console.log(`${Math.round(MESSAGES / ((performance.now() - start) / 1000))} a second`);
sink.kill();
await once(sink, 'exit');
await bench.dispose();
