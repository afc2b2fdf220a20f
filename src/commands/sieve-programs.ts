/** Programs of the extprograms extensions as the tools run them: found in one folder, no shell, their time limited. */
import {spawnSync} from 'node:child_process';
import {statSync} from 'node:fs';
import type {Stdio} from '../core/base/tool.ts';
import {duration} from '../core/filter/sieve/setting-values.ts';
import type {SieveMessage} from '../core/filter/sieve/message/message.ts';
import type {ProgramRequest, ProgramResult} from '../core/filter/sieve/run/environment.ts';
import type {SieveSettings} from '../core/filter/sieve/sieve-settings.ts';

const MISSING: ProgramResult = {status: undefined, output: ''};
const MAX_OUTPUT = 64 << 20;

export async function runProgram(
  request: ProgramRequest,
  settings: SieveSettings,
  tool: string,
  stdio: Stdio,
): Promise<ProgramResult> {
  const folder = settings.get(`sieve_${request.kind}_bin_dir`);
  const path = `${folder ?? ''}/${request.program}`;
  if (folder === undefined || !isSafe(path)) return MISSING;
  const input = request.input ?? (await wholeText(request.message));
  const done = spawnSync(path, request.args, {
    input: Buffer.from(input, 'latin1'),
    timeout: (duration(settings.get(`sieve_${request.kind}_exec_timeout`), 's') ?? 10) * 1000,
    maxBuffer: MAX_OUTPUT,
    env: {HOME: '/', PATH: '/usr/bin:/bin'},
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const status = done.status ?? 1;
  if (status !== 0)
    stdio.stderr.write(
      `${tool}: Info: program exec:${path} (${done.pid}): Terminated with non-zero exit code ${status}\n`,
    );
  return {status, output: done.stdout.toString('latin1')};
}

/** A plain file that not everybody may write to. */
function isSafe(path: string): boolean {
  const found = statSync(path, {throwIfNoEntry: false});
  return found !== undefined && found.isFile() && (found.mode & 0o002) === 0;
}

async function wholeText(message: SieveMessage): Promise<string> {
  const header = message
    .fields()
    .map(({text}) => text)
    .join('');
  return `${header}\n${await message.rawBody()}`.replace(/\r?\n/g, '\r\n');
}
