/** postfix logrotate: moves maillog_file away under a name with the time, has the daemon open a new one, compresses the old. */
import {renameSync} from 'node:fs';
import {toPath, toText} from '../core/base/bytes.ts';
import {describe} from '../core/base/errors.ts';
import {logFile} from '../core/config/log-sink.ts';
import {sendControl} from '../core/daemon/control-client.ts';
import type {Script} from './postfix-actions.ts';

export async function rotateLog(script: Script): Promise<number> {
  const {config} = script;
  const file = logFile(config) ?? '';
  const compressor = config.get('maillog_file_compressor');
  const suffix = config.get('maillog_file_rotate_suffix');
  for (const [name, value] of [
    ['maillog_file', file],
    ['maillog_file_compressor', compressor],
    ['maillog_file_rotate_suffix', suffix],
  ])
    if (value === '') return fail(script, `empty '${name}' parameter value - logfile rotation failed`);
  if (file.startsWith('/dev/')) return fail(script, `not rotating '${file}'`);
  try {
    await rotate(script, file, `${file}.${formatTime(suffix, new Date())}`, compressor);
    return 0;
  } catch (fault) {
    return fail(script, `logfile '${file}' rotation failed: ${describe(fault)}`);
  }
}

async function rotate(script: Script, file: string, rotated: string, compressor: string): Promise<void> {
  try {
    renameSync(toPath(file), toPath(rotated));
  } catch (fault) {
    throw new Error(`mv: cannot stat '${file}': ${describe(fault)}`, {cause: fault});
  }
  await sendControl(script.config, {op: 'reopen-log'});
  const {execa} = await import('execa');
  const done = await execa(toText(compressor), [toText(rotated)], {reject: false});
  if (done.failed) throw new Error(done.stderr.trimEnd() || `${compressor}: ${done.originalMessage ?? ''}`);
}

/** The strftime(3) conversions that make sense in a file's name. */
function formatTime(format: string, date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const parts: ReadonlyMap<string, string> = new Map([
    ['Y', String(date.getFullYear())],
    ['y', two(date.getFullYear() % 100)],
    ['m', two(date.getMonth() + 1)],
    ['d', two(date.getDate())],
    ['H', two(date.getHours())],
    ['M', two(date.getMinutes())],
    ['S', two(date.getSeconds())],
    ['s', String(Math.floor(date.getTime() / 1000))],
    ['F', `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`],
    ['T', `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`],
    ['%', '%'],
  ]);
  return format.replace(/%(.)/g, (whole, letter: string) => parts.get(letter) ?? whole);
}

function fail(script: Script, text: string): number {
  script.say('fatal', text);
  return 1;
}
