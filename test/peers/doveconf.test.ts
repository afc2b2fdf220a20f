/** doveconf beside the original: the same files and arguments must give the same bytes and the same status. */
import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {doveconf} from '../../src/commands/doveconf.ts';
import {realDoveconf, requireRealDoveconf} from '../support/real-doveconf.ts';
import {runInProcess} from '../support/stdio.ts';
import {doveconfCases, type DoveconfCase} from './doveconf-cases.ts';

suite('doveconf beside the original', () => {
  let folder = '';
  const before = process.cwd();
  suiteSetup(function () {
    requireRealDoveconf(this);
    folder = mkdtempSync(join(tmpdir(), 'doveconf-'));
    process.chdir(folder); // relative names of files come out in messages
  });
  suiteTeardown(() => {
    process.chdir(before);
    if (folder !== '') rmSync(folder, {recursive: true, force: true});
  });

  for (const [title, cases] of doveconfCases)
    suite(title, () => {
      for (const each of cases) test(titleOf(each), () => compare(each, folder));
    });

  test('the sieve capabilities count as set, as they do where ManageSieve is installed', async () => {
    writeFileSync(join(folder, 'dovecot.conf'), '');
    for (const options of [['-n'], ['-a'], ['-S'], ['-N', '-S'], ['-s'], ['-d']]) {
      const args = [...options, '-c', 'dovecot.conf'];
      assert.deepEqual(await run(args), realDoveconf(args, folder, true), options.join(' '));
    }
  });
});

function titleOf({args, config}: DoveconfCase): string {
  const text = config.replace(/\s+/g, ' ').trim();
  return `${args.join(' ')}: ${text.length > 90 ? `${text.slice(0, 90)}...` : text}`;
}

async function compare({args, config, files = {}}: DoveconfCase, folder: string): Promise<void> {
  for (const [name, text] of Object.entries({...files, 'dovecot.conf': config})) {
    mkdirSync(dirname(join(folder, name)), {recursive: true});
    writeFileSync(join(folder, name), text, 'latin1');
  }
  const all = [...args, '-c', 'dovecot.conf'];
  const ours = await run(all);
  const real = realDoveconf(all, folder);
  assert.deepEqual(withoutHints(ours), {...real, stdout: withoutCapabilities(real.stdout)});
}

async function run(args: readonly string[]): Promise<{status: number; stdout: string; stderr: string}> {
  return runInProcess(doveconf, args, {env: {HOME: process.env['HOME'] ?? ''}});
}

function withoutHints(run: {status: number; stdout: string; stderr: string}): typeof run {
  const stderr = run.stderr.replace(/^doveconf: Hint: .*\n/gm, '');
  return {...run, stdout: withoutCapabilities(run.stdout), stderr};
}

/** The original was kept from asking for them. */
function withoutCapabilities(text: string): string {
  return text.replace(/^managesieve_(sieve|notify)_capability ?=.*\n/gm, '');
}
