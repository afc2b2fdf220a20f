/**
 * The real doveconf of Dovecot 2.3, run on scratch files, for the tests that compare with it. It is kept from asking
 * the ManageSieve server for its capabilities, which would read every file twice and say everything twice.
 */
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import type {RealRun} from './real-postfix.ts';

const REAL_DOVECONF = '/usr/bin/doveconf';

/** Skips the current test or suite loudly when the real doveconf is missing. */
export function requireRealDoveconf(context: Mocha.Context): void {
  if (existsSync(REAL_DOVECONF)) return;
  console.log('      SKIPPED: the real doveconf is not installed');
  context.skip();
}

export function realDoveconf(args: readonly string[], folder: string, asksManagesieve = false): RealRun {
  const {PATH, HOME} = process.env;
  const done = spawnSync('doveconf', args, {
    cwd: folder,
    encoding: 'latin1',
    timeout: 20_000,
    env: {PATH, HOME, ...(asksManagesieve ? {} : {DUMP_CAPABILITY: '1'})},
  });
  return {status: done.status ?? -1, stdout: done.stdout, stderr: done.stderr};
}
