/** postconf beside the original: what it prints, how it ends, and what its edits leave in the files. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {postconf} from '../../src/commands/postconf.ts';
import {runInProcess} from '../support/stdio.ts';
import {cases, type Case} from './postconf-cases.ts';

const ORIGINAL = '/usr/sbin/postconf';

suite('postconf beside the original', function () {
  this.timeout(600_000);
  let directory = '';
  suiteSetup(function () {
    if (!existsSync(ORIGINAL)) {
      console.log(`    skipped: ${ORIGINAL} is not installed`);
      this.skip();
    }
    directory = mkdtempSync(join(tmpdir(), 'posthorn-postconf-'));
  });
  suiteTeardown(() => rmSync(directory, {recursive: true, force: true}));

  for (const [title, list] of Object.entries(cases))
    test(title, async () => {
      for (const one of list) {
        const theirs = inFolder(join(directory, 'c'), one, () => original(one.args, directory));
        const ours = await inFolder(join(directory, 'c'), one, () => own(one.args, directory));
        assert.deepEqual(
          {ours: await ours},
          {ours: await theirs},
          `${one.args.join(' ')}\n${one.main ?? ''}\n${one.master ?? ''}`,
        );
      }
    });
});

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly warnings: readonly string[];
}

async function inFolder(folder: string, one: Case, run: () => Promise<Outcome> | Outcome): Promise<object> {
  rmSync(folder, {recursive: true, force: true});
  mkdirSync(folder);
  const past = new Date(Date.now() - 3_600_000); // the original waits until main.cf is a second old
  for (const [name, text] of [
    ['main.cf', one.main ?? ''],
    ['master.cf', one.master ?? ''],
  ] as const) {
    if (text === null) continue;
    writeFileSync(join(folder, name), text, 'latin1');
    utimesSync(join(folder, name), past, past);
  }
  const outcome = await run();
  const after = (name: string): string | undefined =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'latin1') : undefined;
  return {...outcome, main: after('main.cf'), master: after('master.cf')};
}

function original(args: readonly string[], cwd: string): Outcome {
  const argv = args.map(word => Buffer.from(word, 'latin1').toString('utf8'));
  const {status, stdout, stderr, pid} = spawnSync(ORIGINAL, ['-c', `${cwd}/c`, ...argv], {
    cwd,
    argv0: 'postconf',
    encoding: 'latin1',
    env: {PATH: process.env['PATH'] ?? '', NORANDOMIZE: '1'},
  });
  return outcome(status ?? -1, stdout, stderr, pid);
}

async function own(args: readonly string[], cwd: string): Promise<Outcome> {
  const {status, stdout, stderr} = await runInProcess(postconf, ['-c', `${cwd}/c`, ...args]);
  return outcome(status, stdout, stderr, process.pid);
}

/** Warnings come in the order of the original's hash table; process ids differ. */
function outcome(status: number, stdout: string, stderr: string, pid: number): Outcome {
  const lines = stderr.split('\n').filter(line => line !== '');
  return {status, stdout: stdout.replace(new RegExp(`^(process_id = |)${pid}$`, 'm'), '$1PID'), warnings: lines.sort()};
}
