/** postconf beside the original: what it prints, how it ends, and what its edits leave in the files. */
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
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
  const theirs = new Map<string, Promise<readonly Outcome[]>>();
  suiteSetup(function () {
    if (!existsSync(ORIGINAL)) {
      console.log(`    skipped: ${ORIGINAL} is not installed`);
      this.skip();
    }
    directory = mkdtempSync(join(tmpdir(), 'posthorn-postconf-'));
    const gate = new Gate(AT_ONCE);
    for (const [i, [title, list]] of Object.entries(cases).entries()) {
      const runs = list.map((one, j) =>
        gate.pass(() => inFolder(join(directory, `original-${i}-${j}`), one, original)),
      );
      theirs.set(title, Promise.all(runs));
    }
  });
  suiteTeardown(() => rmSync(directory, {recursive: true, force: true}));

  for (const [title, list] of Object.entries(cases))
    test(title, async () => {
      const expected = (await theirs.get(title)) ?? [];
      for (const [i, one] of list.entries()) {
        const ours = await inFolder(join(directory, 'ours'), one, own);
        assert.deepEqual(
          withTheirDefaults(ours, expected[i]),
          expected[i],
          `${one.args.join(' ')}\n${one.main ?? ''}\n${one.master ?? ''}`,
        );
      }
    });
});

/** Two defaults are safer here (COMPATIBILITY.md); with `-h` only their values are there to be known by. */
function withTheirDefaults(ours: Outcome, theirs: Outcome | undefined): Outcome {
  const expected = theirs?.stdout.split('\n') ?? [];
  const lines = ours.stdout.split('\n').map((line, i) => {
    const safer = SAFER.find(([name, value]) => line === `${name} = ${value}` || line === value);
    const wanted = expected[i];
    return safer !== undefined && (wanted === `${safer[0]} = no` || wanted === 'no') ? wanted : line;
  });
  return {...ours, stdout: lines.join('\n')};
}

const SAFER = [
  ['smtpd_forbid_bare_newline', 'normalize'],
  ['smtpd_forbid_unauth_pipelining', 'yes'],
] as const;

/** The original sleeps a second before a fatal end. */
const AT_ONCE = 32;

class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  async pass<Result>(run: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>(resolve => this.#waiting.push(resolve));
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

interface Outcome {
  readonly status: number;
  /** The files, as they are afterwards. */
  readonly main?: string | undefined;
  readonly master?: string | undefined;
  readonly stdout: string;
  readonly warnings: readonly string[];
}

async function inFolder(
  folder: string,
  one: Case,
  run: (args: readonly string[], folder: string) => Promise<Outcome>,
): Promise<Outcome> {
  rmSync(folder, {recursive: true, force: true});
  mkdirSync(folder);
  const past = new Date(Date.now() - 3_600_000); // the original waits until main.cf is a second old
  for (const [name, text] of [
    ['main.cf', one.main ?? ''],
    ['master.cf', one.master ?? ''],
  ] as const) {
    if ((name === 'main.cf' ? one.main : one.master) === null) continue;
    writeFileSync(join(folder, name), text, 'latin1');
    utimesSync(join(folder, name), past, past);
  }
  const outcome = await run(one.args, folder);
  const after = (name: string): string | undefined =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'latin1') : undefined;
  return {...outcome, main: after('main.cf'), master: after('master.cf')};
}

function original(args: readonly string[], folder: string): Promise<Outcome> {
  const argv = args.map(word => Buffer.from(word, 'latin1').toString('utf8'));
  const child = spawn(ORIGINAL, ['-c', folder, ...argv], {
    argv0: 'postconf',
    env: {PATH: process.env['PATH'] ?? '', NORANDOMIZE: '1'},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = {stdout: '', stderr: ''};
  child.stdout.setEncoding('latin1').on('data', (text: string) => (written.stdout += text));
  child.stderr.setEncoding('latin1').on('data', (text: string) => (written.stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', status => resolve(outcome(status ?? -1, written, child.pid ?? 0, folder)));
  });
}

async function own(args: readonly string[], folder: string): Promise<Outcome> {
  const {status, ...written} = await runInProcess(postconf, ['-c', folder, ...args]);
  return outcome(status, written, process.pid, folder);
}

/** Warnings come in the order of the original's hash table; folders and process ids differ. */
function outcome(
  status: number,
  written: {readonly stdout: string; readonly stderr: string},
  pid: number,
  folder: string,
): Outcome {
  const stdout = written.stdout
    .replaceAll(folder, 'FOLDER')
    .replace(new RegExp(`^(process_id = |)${pid}$`, 'm'), '$1PID');
  const lines = written.stderr.replaceAll(folder, 'FOLDER').split('\n');
  return {status, stdout, warnings: lines.filter(line => line !== '').sort()};
}
