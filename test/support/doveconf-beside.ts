/** Runs doveconf and the original on the same files and arguments: bytes and status must be the same. */
import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {doveconf} from '../../src/commands/doveconf.ts';
import type {DoveconfCase} from '../peers/doveconf-cases.ts';
import {realDoveconfRuns, requireRealDoveconf} from './real-doveconf.ts';
import type {RealRun} from './real-postfix.ts';
import {runInProcess, type ToolRun} from './stdio.ts';

/** Within a suite: its folder is made and left, and is the working directory, so that messages have short names. */
export function doveconfSuites(suites: readonly (readonly [string, readonly DoveconfCase[]])[]): void {
  const all = suites.flatMap(([, cases]) => cases);
  const originals = new Map<DoveconfCase, RealRun>();
  let folder = '';
  const before = process.cwd();
  suiteSetup(function () {
    requireRealDoveconf(this);
    folder = mkdtempSync(join(tmpdir(), 'doveconf-'));
    for (const [name, text] of all.flatMap(({files}) => Object.entries(files ?? {}))) writeBelow(folder, name, text);
    const requests = all.map(({args, config}) => ({args: [...args, '-c', 'dovecot.conf'], config}));
    realDoveconfRuns(requests, folder).forEach((run, i) => {
      const each = all[i];
      if (each !== undefined) originals.set(each, run);
    });
    process.chdir(folder);
  });
  suiteTeardown(() => {
    process.chdir(before);
    if (folder !== '') rmSync(folder, {recursive: true, force: true});
  });

  for (const [title, cases] of suites)
    suite(title, () => {
      for (const each of cases)
        test(titleOf(each), async () => {
          writeFileSync('dovecot.conf', each.config, 'latin1');
          const original = originals.get(each);
          assert.ok(original !== undefined);
          const ours = await runDoveconf([...each.args, '-c', 'dovecot.conf']);
          assert.deepEqual(withoutHints(ours), {...original, stdout: withoutCapabilities(original.stdout)});
        });
    });
}

function writeBelow(folder: string, name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), {recursive: true});
  writeFileSync(join(folder, name), text, 'latin1');
}

function titleOf({args, config}: DoveconfCase): string {
  const text = config.replace(/\s+/g, ' ').trim();
  return `${args.join(' ')}: ${text.length > 90 ? `${text.slice(0, 90)}...` : text}`;
}

export async function runDoveconf(args: readonly string[]): Promise<ToolRun> {
  return runInProcess(doveconf, args, {env: {HOME: process.env['HOME'] ?? ''}});
}

function withoutHints(run: ToolRun): ToolRun {
  const stderr = run.stderr.replace(/^doveconf: Hint: .*\n/gm, '');
  return {...run, stdout: withoutCapabilities(run.stdout), stderr};
}

/** The original was kept from asking for them. */
function withoutCapabilities(text: string): string {
  return text.replace(/^managesieve_(sieve|notify)_capability ?=.*\n/gm, '');
}
