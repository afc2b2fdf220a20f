/**
 * Messages (100,000; BENCH_QUEUED for others) queued for a site that does not answer, all of them due, beside new mail for one
 * that does: the new mail's rate with and without them. Each side is a process of its own; they take turns, many short ones,
 * and the one whose turn it is not is stopped. The first look at the queued ones (each is put off once) is not in the figures.
 * The deferred queue is looked through every ten seconds, thirty times as often as postconf(5) queue_run_delay has it.
 */
import {fork, type ChildProcess} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Outcome} from '../src/core/queue/agent.ts';
import {QueueBench} from '../test/support/queue-bench.ts';
import {median, result} from './measure.ts';

const QUEUED = Number(process.env['BENCH_QUEUED'] ?? 100_000);
const MESSAGES = Number(process.env['BENCH_MESSAGES'] ?? 1500);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 15);
const AT_ONCE = 20;
const SETTINGS = 'queue_run_delay = 10s\n';
const DEAD: Outcome = {kind: 'deferred', status: '4.4.1', text: 'connect to dead.example: Connection timed out'};
const SENT: Outcome = {kind: 'sent', status: '2.0.0', text: 'done'};

interface Figures {
  readonly rate: number;
  /** Milliseconds of CPU for a message. */
  readonly cpu: number;
  readonly heapMb: number;
}

function emptyBench(): QueueBench {
  const bench = new QueueBench(SETTINGS);
  bench.keepsDeliveries = false;
  return bench;
}

async function filledBench(): Promise<QueueBench> {
  const bench = emptyBench();
  bench.decide = async address => {
    if (!address.endsWith('@dead.example')) return SENT;
    await new Promise(resolve => setTimeout(resolve, 100));
    return DEAD;
  };
  const {envelope} = await bench.incoming(['u@dead.example']);
  const bytes = readFileSync(envelope.path);
  const folders = new Set<string>();
  for (let i = 0; i < QUEUED; i++) {
    const id = `${(0x10000 + i).toString(16).toUpperCase()}ABCDEF`;
    const path = bench.parts.store.path('deferred', id);
    const folder = dirname(path);
    if (!folders.has(folder)) mkdirSync(folder, {recursive: true});
    folders.add(folder);
    writeFileSync(path, bytes, {mode: 0o700});
    utimesSync(path, 1e9, 1e9);
  }
  return bench;
}

async function lookThrough(bench: QueueBench): Promise<void> {
  const begin = performance.now();
  await bench.manager.whenIdle();
  console.log(`  (first look at ${QUEUED} messages: ${((performance.now() - begin) / 1000).toFixed(1)} s)`);
  for (const folder of readdirSync(join(bench.spool, 'deferred')))
    for (const id of readdirSync(join(bench.spool, 'deferred', folder)))
      utimesSync(join(bench.spool, 'deferred', folder, id), 1e9, 1e9); // due again
}

async function measure(bench: QueueBench): Promise<Figures> {
  const begin = performance.now();
  const usage = process.cpuUsage();
  let serial = 0;
  const inject = async (): Promise<void> => {
    while (serial++ < MESSAGES) await bench.submit(['u@alive.example']);
  };
  await Promise.all(Array.from({length: AT_ONCE}, inject));
  const {user, system} = process.cpuUsage(usage);
  return {
    rate: MESSAGES / ((performance.now() - begin) / 1000),
    cpu: (user + system) / 1000 / MESSAGES,
    heapMb: process.memoryUsage().heapUsed / (1 << 20),
  };
}

/** One side: ready when its queue was looked through, then a round whenever it is told. */
async function serve(side: string): Promise<void> {
  const bench = side === 'full' ? await filledBench() : emptyBench();
  bench.manager.start();
  if (side === 'full') await lookThrough(bench);
  await measure(bench); // the compiler's time is in nobody's figures
  process.on('message', order => {
    if (order === 'end') void bench.dispose().then(() => process.exit());
    else void measure(bench).then(figures => process.send?.(figures));
  });
  process.send?.('ready');
}

function answer(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const died = (status: number | null): void => reject(new Error(`a side ended with ${status}`));
    child.once('exit', died);
    child.once('message', message => {
      child.off('exit', died);
      resolve(message);
    });
  });
}

async function round(child: ChildProcess): Promise<Figures> {
  child.kill('SIGCONT');
  const figures = answer(child);
  child.send('go');
  const {rate, cpu, heapMb} = (await figures) as Figures; // from `serve`
  child.kill('SIGSTOP');
  return {rate, cpu, heapMb};
}

async function compare(sides: ChildProcess[]): Promise<void> {
  for (const name of ['empty', 'full']) {
    const child = fork(fileURLToPath(import.meta.url), [name], {execArgv: ['--import=tsx']});
    sides.push(child);
    await answer(child);
    child.kill('SIGSTOP');
  }
  const [empty, full] = sides as [ChildProcess, ChildProcess]; // two were made
  const rates: number[] = [];
  const costs: number[] = [];
  let heapMb = 0;
  for (let turn = 0; turn < ROUNDS; turn++) {
    const first = await round(turn % 2 === 0 ? empty : full);
    const second = await round(turn % 2 === 0 ? full : empty);
    const [alone, beside] = turn % 2 === 0 ? [first, second] : [second, first];
    rates.push(beside.rate / alone.rate);
    costs.push(beside.cpu / alone.cpu);
    heapMb = beside.heapMb;
  }
  const [ratio, cost] = [median(rates), median(costs)];
  const figure = `${ratio.toFixed(2)} of its rate, ${cost.toFixed(2)} of its CPU, heap ${heapMb.toFixed(0)} MB`;
  result(`new mail beside ${QUEUED} for a dead site`, figure, '>= 0.9', ratio >= 0.9);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGCONT');
  child.send('end');
  await ended;
}

const [side] = process.argv.slice(2);
if (side === 'empty' || side === 'full') await serve(side);
else {
  const sides: ChildProcess[] = [];
  await compare(sides).finally(() => Promise.all(sides.map(end)));
}
