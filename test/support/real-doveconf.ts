/**
 * The real doveconf of Dovecot 2.3, run on scratch files, for the tests that compare with it. It is kept from asking
 * the ManageSieve server for its capabilities, which would read every file twice and say everything twice.
 */
import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {RealRun} from './real-postfix.ts';

const REAL_DOVECONF = '/usr/bin/doveconf';

/** Skips the current test or suite loudly when the real doveconf is missing. */
export function requireRealDoveconf(context: Mocha.Context): void {
  if (existsSync(REAL_DOVECONF)) return;
  console.log('      SKIPPED: the real doveconf is not installed');
  context.skip();
}

export interface RealRequest {
  readonly args: readonly string[];
  /** The text of dovecot.conf for this run. */
  readonly config: string;
}

/** Many runs in one shell, which starts programs faster than Node does. `dovecot.conf` in the folder is overwritten. */
export function realDoveconfRuns(requests: readonly RealRequest[], folder: string, asksManagesieve = false): RealRun[] {
  requests.forEach(({config}, i) => writeFileSync(join(folder, `.config${i}`), config, 'latin1'));
  const script = requests
    .map(
      ({args}, i) =>
        `cp .config${i} dovecot.conf; doveconf ${args.map(quote).join(' ')} >.out${i} 2>.err${i}; echo $? >.status${i}\n`,
    )
    .join('');
  const {PATH, HOME} = process.env;
  const env = {PATH, HOME, ...(asksManagesieve ? {} : {DUMP_CAPABILITY: '1'})};
  spawnSync('sh', ['-s'], {cwd: folder, input: script, timeout: 120_000, env});
  const read = (name: string): string => readFileSync(join(folder, name), 'latin1');
  return requests.map((_, i) => ({
    status: Number(read(`.status${i}`)),
    stdout: read(`.out${i}`),
    stderr: read(`.err${i}`),
  }));
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
