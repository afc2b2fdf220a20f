/**
 * Mail over SMTP: into Maildir, and on to a relay (smtp-sink). The same load, from the real smtp-source where it is installed,
 * goes to ours and to the real Postfix by turns on the same disk, every fsync in place. One part or several can be named:
 *
 *     node --import=tsx bench/smtp.bench.ts maildir-1k relay-10k idle dead-site
 *
 * BENCH_MESSAGES, BENCH_ROUNDS, BENCH_DEAD make it shorter. `BENCH_SIDES=Postfix` or `=ours` runs one side alone.
 */
import {spawn, type ChildProcess} from 'node:child_process';
import {chmodSync, existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {realPostfixMissing} from '../test/support/real-postfix.ts';
import {freePort, startOurs, startReal, whenSent, type Side} from './mail-sides.ts';
import {median, result} from './measure.ts';
import {cpuSeconds, pssMb} from './processes.ts';

const MESSAGES = Number(process.env['BENCH_MESSAGES'] ?? 2000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const DEAD = Number(process.env['BENCH_DEAD'] ?? 100_000);
const SESSIONS = 20;
/** The processes start, and the compiler has seen most of what it will. */
const WARM_UP = 500;
const IDLE = 1000;
const LIMIT_MS = 300_000;
const KILOBYTE = 1024;

/** Goals of the issue. */
const CPU_GOAL = 1.2;
const PSS_GOAL = 150;
const IDLE_GOAL = 100;
const STALL_GOAL = 50;
const SLOWING_GOAL = 0.9;

const SINK_USER = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];

interface Load {
  readonly way: 'maildir' | 'relay';
  readonly size: string;
  readonly bytes: number;
  readonly messages: number;
  readonly keepsConnections: boolean;
  readonly rateGoal: number;
}

function loads(way: 'maildir' | 'relay', size: string, bytes: number, messages: number, rateGoal: number): Load[] {
  return [true, false].map(keepsConnections => ({way, size, bytes, messages, keepsConnections, rateGoal}));
}

const PARTS: ReadonlyMap<string, () => Promise<void>> = new Map(
  (['maildir', 'relay'] as const).flatMap(way => [
    [`${way}-1k`, () => compare(loads(way, '1 KB', KILOBYTE, MESSAGES, 3))] as const,
    [`${way}-10k`, () => compare(loads(way, '10 KB', 10 * KILOBYTE, MESSAGES, 3))] as const,
    [`${way}-1m`, () => compare(loads(way, '1 MB', KILOBYTE * KILOBYTE, Math.ceil(MESSAGES / 20), 1.5))] as const,
  ]),
);

const OTHER_PARTS: ReadonlyMap<string, () => Promise<void>> = new Map([
  ['idle', idleSessions],
  ['dead-site', deadSite],
]);

interface Figures {
  /** Messages a second, from the first connection to the last delivery. */
  readonly rate: number;
  /** Seconds per 1,000 messages, of all processes. */
  readonly cpu: number;
  readonly pss: number;
}

/** The real program where it is installed, else ours: the same for both sides. */
function testProgram(name: 'smtp-source' | 'smtp-sink'): string {
  const real = `/usr/sbin/${name}`;
  return existsSync(real) ? real : fileURLToPath(new URL(`../bin/${name}`, import.meta.url));
}

function run(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {stdio: ['ignore', 'ignore', 'inherit']});
    child.once('error', reject);
    child.once('exit', status => (status === 0 ? resolve() : reject(new Error(`${command} ended with ${status}`))));
  });
}

function sendLoad(port: number, {way, bytes, messages, keepsConnections}: Load, to = ''): Promise<void> {
  const recipient = to || (way === 'maildir' ? 'user@bench.example.net' : 'user@elsewhere.example.org');
  return run(testProgram('smtp-source'), [
    ...['-s', String(Math.min(SESSIONS, messages)), '-m', String(messages), '-l', String(bytes), '-N'],
    ...(keepsConnections ? ['-d'] : []),
    ...['-f', 'bench@example.com', '-t', recipient, `127.0.0.1:${port}`],
  ]);
}

async function measureLoad(side: Side, load: Load): Promise<Figures> {
  side.mark();
  const cpu = cpuSeconds(side.pid);
  const begin = performance.now();
  let pss = 0;
  const watch = setInterval(() => (pss = Math.max(pss, pssMb(side.pid))), 500);
  try {
    await sendLoad(side.port, load);
    await whenSent(side, load.messages, LIMIT_MS);
  } finally {
    clearInterval(watch);
  }
  const seconds = (performance.now() - begin) / 1000;
  pss = Math.max(pss, pssMb(side.pid));
  await pause(100); // what is done after the last delivery: the queue file goes, processes are reaped
  const figures = {rate: load.messages / seconds, cpu: ((cpuSeconds(side.pid) - cpu) / load.messages) * 1000, pss};
  side.empty();
  return figures;
}

const wantsSide = (name: string): boolean => (process.env['BENCH_SIDES'] ?? name) === name;

async function compare(all: readonly Load[]): Promise<void> {
  const sink = all[0]?.way === 'relay' ? await startSink() : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'bench-stall-'));
  chmodSync(folder, 0o755); // our side is another user
  const stallFile = join(folder, 'stalls');
  const ours = wantsSide('ours') ? await startOurs(sink?.port, '', stallFile) : undefined;
  const real = wantsSide('Postfix') && realPostfixMissing() === undefined ? await startReal(sink?.port) : undefined;
  try {
    for (const load of all) await compareLoad(load, ours, real);
  } finally {
    await ours?.stop();
    await real?.stop();
    sink?.child.kill();
  }
  if (ours !== undefined) reportStalls(all[0], stallFile);
  rmSync(folder, {recursive: true, force: true});
}

async function compareLoad(load: Load, ours: Side | undefined, real: Side | undefined): Promise<void> {
  const mine: Figures[] = [];
  const theirs: Figures[] = [];
  for (const side of [ours, real])
    if (side !== undefined) await measureLoad(side, {...load, messages: Math.min(WARM_UP, load.messages)});
  for (let round = 1; round <= ROUNDS; round++) {
    if (ours !== undefined) mine.push(await measureLoad(ours, load));
    if (real !== undefined) theirs.push(await measureLoad(real, load));
    console.log(`  (round ${round}: ours ${figuresText(mine.at(-1))}, Postfix ${figuresText(theirs.at(-1))})`);
  }
  const name = `${load.messages} x ${load.size} ${WAYS[load.way]}, ${load.keepsConnections ? 'kept' : 'one each'}`;
  if (mine.length > 0) report(name, load, mine, theirs);
}

const WAYS = {maildir: 'SMTP to Maildir', relay: 'SMTP relayed'};

function figuresText(figures: Figures | undefined): string {
  if (figures === undefined) return 'not run';
  return `${figures.rate.toFixed(0)}/s at ${figures.cpu.toFixed(2)} s, ${figures.pss.toFixed(0)} MB`;
}

function report(name: string, load: Load, mine: readonly Figures[], theirs: readonly Figures[]): void {
  if (theirs.length > 0) {
    const ratio = median(mine.map(({rate}, round) => rate / (theirs[round]?.rate ?? NaN)));
    result(`${name}: rate`, `${ratio.toFixed(2)} x Postfix`, `>= ${load.rateGoal}`, ratio >= load.rateGoal);
  } else console.log('SKIPPED: the real Postfix is not here to compare the rate with');
  const cpu = median(mine.map(figures => figures.cpu));
  const isLarge = load.bytes >= KILOBYTE * KILOBYTE;
  if (!isLarge) result(`${name}: CPU`, `${cpu.toFixed(2)} s per 1,000`, `<= ${CPU_GOAL} s`, cpu <= CPU_GOAL);
  const pss = Math.max(...mine.map(figures => figures.pss));
  result(`${name}: memory`, `${pss.toFixed(0)} MB (PSS, all processes)`, `< ${PSS_GOAL} MB`, pss < PSS_GOAL);
}

/** From lines `ROLE PID MAXIMUM P99` (src/core/daemon/stall-monitor.ts). */
function reportStalls(load: Load | undefined, file: string): void {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const name = `${load?.size} ${load === undefined ? '' : WAYS[load.way]}: event loop`;
  if (lines.length === 0) return result(name, 'not measured', `<= ${STALL_GOAL} ms`, false);
  const worst = lines.map(line => line.split(' ')).sort((a, b) => Number(b[2]) - Number(a[2]))[0] ?? [];
  const [role = '', , maximum = ''] = worst;
  result(name, `${maximum} ms at worst (${role})`, `<= ${STALL_GOAL} ms`, Number(maximum) <= STALL_GOAL);
}

async function startSink(): Promise<{port: number; child: ChildProcess}> {
  const port = await freePort();
  const args = [...SINK_USER, '-m', '1000', `127.0.0.1:${port}`, '1000'];
  const child = spawn(testProgram('smtp-sink'), args, {stdio: ['ignore', 'ignore', 'inherit']});
  for (let tries = 0; tries < 100 && !(await answers(port)); tries++) await pause(50);
  return {port, child};
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({host: '127.0.0.1', port}, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Connections that are greeted and say nothing. */
async function idleSessions(): Promise<void> {
  const ours = await startOurs();
  const sockets: Socket[] = [];
  try {
    await sendLoad(ours.port, {...ONE_LOAD, messages: SESSIONS});
    await pause(500);
    const before = pssMb(ours.pid);
    for (let i = 0; i < IDLE; i++) sockets.push(await greeted(ours.port));
    await pause(1000);
    const after = pssMb(ours.pid);
    const growth = after - before;
    const figure = `${growth.toFixed(0)} MB more (${before.toFixed(0)} to ${after.toFixed(0)})`;
    result(`${IDLE} idle sessions`, figure, `< ${IDLE_GOAL} MB`, growth < IDLE_GOAL);
  } finally {
    for (const socket of sockets) socket.destroy();
    await ours.stop();
  }
}

const ONE_LOAD: Load = {
  way: 'maildir',
  size: '1 KB',
  bytes: KILOBYTE,
  messages: MESSAGES,
  keepsConnections: true,
  rateGoal: 3,
};

function greeted(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({host: '127.0.0.1', port});
    socket.once('error', reject);
    socket.once('data', chunk =>
      chunk.toString('latin1').startsWith('220') ? resolve(socket) : reject(new Error(`greeted with ${chunk}`)),
    );
  });
}

/** The same load with an empty queue, and with many messages queued for a site that refuses connections. */
async function deadSite(): Promise<void> {
  const deadPort = await freePort();
  const ours = await startOurs(undefined, `default_transport = smtp:[127.0.0.1]:${deadPort}\n`);
  try {
    const free = await medianRate(ours);
    await sendLoad(ours.port, {...ONE_LOAD, messages: DEAD}, 'user@dead.example.org');
    const loaded = await medianRate(ours);
    const ratio = loaded / free;
    const figure = `${ratio.toFixed(2)} of ${free.toFixed(0)}/s, ${pssMb(ours.pid).toFixed(0)} MB`;
    result(`${DEAD} queued for a dead site: others' rate`, figure, `>= ${SLOWING_GOAL}`, ratio >= SLOWING_GOAL);
  } finally {
    await ours.stop();
  }
}

async function medianRate(side: Side): Promise<number> {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) rates.push((await measureLoad(side, ONE_LOAD)).rate);
  return median(rates);
}

const wanted = process.argv.slice(2);
for (const [name, part] of [...PARTS, ...OTHER_PARTS]) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`${name}:`);
  await part().catch((fault: unknown) => {
    console.log(`FAILED: ${name}: ${fault instanceof Error ? fault.message : String(fault)}`);
    process.exitCode = 1;
  });
}
