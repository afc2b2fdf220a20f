/**
 * Sessions that wait (IDLE): what a thousand of them cost, and how soon they hear of new mail, beside the real Dovecot. Mail is
 * put into new/ as any program delivers it.
 */
import {existsSync, mkdirSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {makeMail, makeMessage, type Server, startOurs, startTheirs} from './imap-servers.ts';
import {Wire} from './imap-wire.ts';
import {median, result} from './measure.ts';
import {cpuSeconds, pssMb} from './processes.ts';

const SESSIONS = Number(process.env['BENCH_SESSIONS'] ?? 1000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 15);
const OF_ONE_USER = 100;
const QUIET_SECONDS = 10;
const MANY = 'mail_max_userip_connections = 0\n';

let delivered = 0;

/** Answers when it was there. */
function deliver(maildir: string): number {
  const name = `${1_700_000_000 + ++delivered}.M${delivered}P2.bench`;
  writeFileSync(join(maildir, 'tmp', name), makeMessage(delivered), {mode: 0o666});
  const begin = performance.now();
  renameSync(join(maildir, 'tmp', name), join(maildir, 'new', name));
  return begin;
}

async function idle(server: Server, user: string): Promise<Wire> {
  const wire = await Wire.login(server.imap, user);
  await wire.command('SELECT INBOX');
  await wire.begin('IDLE', '+ ');
  return wire;
}

async function manySessions(): Promise<void> {
  const users = Array.from({length: SESSIONS}, (_, n) => `user${n}`);
  const server = await startOurs(users, MANY);
  const mail = makeMail(20);
  try {
    for (const user of users) server.addUser(user, mail.folder);
    const wires: Wire[] = [];
    for (const user of users) wires.push(await idle(server, user));
    await pause(2000);
    const begin = cpuSeconds(server.pid);
    await pause(QUIET_SECONDS * 1000);
    const percent = ((cpuSeconds(server.pid) - begin) / QUIET_SECONDS) * 100;
    const memory = pssMb(server.pid);
    result(`${SESSIONS} idle IMAP sessions`, `${memory.toFixed(0)} MB (PSS, all processes)`, '< 150 MB', memory < 150);
    result('their CPU', `${percent.toFixed(1)} %`, 'not measurable', percent <= 1);
    for (const wire of wires) wire.destroy();
  } finally {
    await server.stop();
    mail.dispose();
  }
}

/** Milliseconds until the last of so many sessions of one user was told. */
async function latencies(server: Server, sessions: number, rounds: number): Promise<number[]> {
  const mail = makeMail(20);
  const user = `told${sessions}`;
  const maildir = server.addUser(user, mail.folder);
  for (const part of ['new', 'tmp']) mkdirSync(join(maildir, part), {recursive: true});
  const times: number[] = [];
  const wires = await Promise.all(Array.from({length: sessions}, () => idle(server, user)));
  try {
    for (let round = 0; round < rounds; round++) {
      await pause(700); // watchers may gather what comes at once
      const told = wires.map(wire => wire.until(/^\* \d+ EXISTS\r?$/m));
      const begin = deliver(maildir);
      await Promise.all(told);
      times.push(performance.now() - begin);
    }
    return times;
  } finally {
    for (const wire of wires) wire.destroy();
    mail.dispose();
  }
}

async function compareLatency(): Promise<void> {
  const names = [`told1`, `told${OF_ONE_USER}`];
  const servers = [await startOurs(names, MANY), await startTheirs(MANY)];
  try {
    const figures = new Map<string, {one: number; many: number}>();
    for (const server of servers) {
      const one = median(await latencies(server, 1, ROUNDS));
      const many = median(await latencies(server, OF_ONE_USER, Math.ceil(ROUNDS / 3)));
      figures.set(server.name, {one, many});
    }
    const [ours, theirs] = [figures.get('ours'), figures.get('theirs')];
    const text = (mine = NaN, other = NaN): string => `${mine.toFixed(0)} ms, Dovecot ${other.toFixed(0)} ms`;
    result('IDLE tells of new mail, median', text(ours?.one, theirs?.one), '< 50 ms', (ours?.one ?? NaN) < 50);
    const limit = 300;
    result(
      `IDLE, the last of ${OF_ONE_USER} sessions of one user`,
      text(ours?.many, theirs?.many),
      `< ${limit} ms`,
      (ours?.many ?? NaN) < limit,
    );
  } finally {
    for (const server of servers) await server.stop();
  }
}

if (!existsSync('/usr/lib/dovecot/imap') || process.getuid?.() !== 0)
  console.log('SKIPPED: the real Dovecot is not installed, or this is not root');
else {
  await compareLatency();
  await manySessions();
}
