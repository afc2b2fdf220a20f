/** `postqueue -p` over 20,000 queued messages, and the daemon's start over 50,000 deferred ones. */
import {mkdirSync, fstatSync, openSync, closeSync, writeSync, renameSync, chmodSync, utimesSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {Home} from '../test/support/home.ts';
import {peakOfProcess, peakOfRun, result, timeRun} from './measure.ts';
import {realPostfixMissing, RealPostfix} from '../test/support/real-postfix.ts';
import {spawnSync} from 'node:child_process';

const BIN = fileURLToPath(new URL('../bin/', import.meta.url));

/** One deferred message as Postfix writes it, due in an hour, with its defer log. */
function putDeferred(spool: string, serial: number): void {
  const record = (type: string, text: string): Buffer => {
    const payload = Buffer.from(text, 'latin1');
    const length = payload.length < 128 ? [payload.length] : [(payload.length & 127) | 128, payload.length >> 7];
    return Buffer.concat([Buffer.from(type), Buffer.from(length), payload]);
  };
  const seconds = Math.floor(Date.now() / 1000) - 3600;
  const temporary = `${spool}/deferred/tmp`;
  const fd = openSync(temporary, 'w', 0o600);
  const id =
    (serial % 0xfffff).toString(16).toUpperCase().padStart(5, '0') + fstatSync(fd).ino.toString(16).toUpperCase();
  const to = `user${serial}@away.example.net`;
  const envelope = Buffer.concat([
    record('T', `${seconds} ${serial % 1_000_000}`),
    record('A', `create_time=${seconds}`),
    record('A', 'rewrite_context=local'),
    record('S', 'alice@example.com'),
    record('A', `dsn_orig_rcpt=rfc822;${to}`),
    record('O', to),
    record('R', to),
  ]);
  const content = record('N', `Subject: number ${serial}`);
  const sizes = [content.length, 97 + envelope.length + 2, 1, 0, content.length, 0];
  const size = sizes.map(field => String(field).padStart(15)).join(' ');
  writeSync(
    fd,
    Buffer.concat([record('C', size), envelope, record('M', ''), content, record('X', ''), record('E', '')]),
  );
  closeSync(fd);
  const folder = id.charAt(0);
  for (const queue of ['deferred', 'defer']) mkdirSync(`${spool}/${queue}/${folder}`, {recursive: true, mode: 0o700});
  renameSync(temporary, `${spool}/deferred/${folder}/${id}`);
  chmodSync(`${spool}/deferred/${folder}/${id}`, 0o700);
  const due = Date.now() / 1000 + 3600;
  utimesSync(`${spool}/deferred/${folder}/${id}`, due, due);
  const log = openSync(`${spool}/defer/${folder}/${id}`, 'w', 0o600);
  const why = 'connect to away.example.net[192.0.2.1]:25: Connection refused';
  writeSync(
    log,
    `\n<${to}>: ${why}\nrecipient=${to}\noffset=${97 + envelope.length - 2 - to.length}\ndsn_orig_rcpt=rfc822;${to}\nstatus=4.4.1\naction=delayed\nreason=${why}\n\n`,
  );
  closeSync(log);
}

const home = new Home(['alice']);
try {
  const spool = home.path('var/spool/postfix');
  for (let i = 0; i < 20_000; i++) putDeferred(spool, i);
  const {ms, peakMb} = peakOfRun(`${BIN}postqueue`, ['-p'], home.environment());
  result('postqueue -p over 20,000 messages: time', `${(ms / 1000).toFixed(2)} s`, '< 3 s', ms < 3000);
  result('postqueue -p over 20,000 messages: memory', `${peakMb.toFixed(0)} MB`, '< 150 MB', peakMb < 150);
  if (realPostfixMissing() === undefined) {
    const real = new RealPostfix();
    spawnSync('postfix', ['-c', real.config, 'check']); // makes its folders
    for (let i = 0; i < 20_000; i++) putDeferred(real.spool, i);
    spawnSync('chown', ['-R', 'postfix', `${real.spool}/deferred`, `${real.spool}/defer`]);
    const theirs = timeRun('postqueue', ['-c', real.config, '-p'], process.env);
    console.log(`  (the real postqueue -p: ${(theirs / 1000).toFixed(2)} s)`);
    real.dispose();
  }
  for (let i = 20_000; i < 50_000; i++) putDeferred(spool, i);
  const begin = performance.now();
  await home.start();
  const ready = performance.now() - begin;
  result('start over 50,000 deferred messages: ready', `${(ready / 1000).toFixed(2)} s`, '< 2 s', ready < 2000);
  timeRun(`${BIN}sendmail`, ['-f', 'alice', 'alice'], home.environment(), 'hi\n');
  await new Promise(resolve => setTimeout(resolve, 3000));
  let peak = 0;
  const pids = [home.daemonPid ?? 0, ...home.descendantPids()];
  for (const pid of pids) peak = Math.max(peak, peakOfProcess(pid));
  result('start over 50,000 deferred messages: memory', `${peak.toFixed(0)} MB`, '< 250 MB', peak < 250);
} finally {
  await home.dispose();
}
