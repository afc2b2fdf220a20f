/**
 * Runs a mail system: in the foreground of the calling process, or as a process of its own that stays when the caller
 * ends (`postfix start`).
 */
import type {ChildProcess} from 'node:child_process';
import {resolve} from 'node:path';
import {describe, FatalError} from '../base/errors.ts';
import {forkRole} from '../base/role-process.ts';
import type {Config} from '../config/config.ts';
import {loadConfig} from '../config/load-config.ts';
import type {AccessPlace} from './access/mail-access.ts';
import {Master} from './master.ts';
import type {WorkerArguments} from './queue-role.ts';

/** Resolves with the signal that ended the mail system; the caller dies of it, as its parent expects. */
export async function runInForeground(
  config: Config,
  onReady?: (listening: readonly string[]) => void,
  access?: AccessPlace,
): Promise<NodeJS.Signals> {
  const master = new Master(config, access);
  process.umask(0o077);
  const early = await Promise.race([master.start(), master.ended]); // a signal may come before it is ready
  if (early === undefined) onReady?.(master.listening);
  return master.ended;
}

/** Dies of the signal, so that whoever waits sees how it ended (`postfix start-fg` and SIGTERM: 143). */
export function dieOf(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

type Report = {readonly op: 'ready'} | {readonly op: 'failed'; readonly text: string};

/** Starts a mail system that stays; resolves when it is ready. */
export async function startInBackground(config: Config): Promise<number> {
  const argument: WorkerArguments = {root: config.root, directory: resolve(config.directory)};
  const child = forkRole('master', [JSON.stringify(argument)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const report = await firstReport(child);
  if (child.connected) child.disconnect();
  child.unref();
  if (report.op === 'failed') throw new FatalError(report.text);
  return child.pid ?? 0;
}

function firstReport(child: ChildProcess): Promise<Report> {
  return new Promise(resolve => {
    child.once('message', message => resolve(message as Report)); // it is our own program
    child.once('error', fault => resolve({op: 'failed', text: fault.message}));
    child.once('exit', (status, signal) => resolve({op: 'failed', text: `the master ended with ${signal ?? status}`}));
  });
}

/** The other end of `startInBackground`. */
export async function runDetached({root, directory}: WorkerArguments): Promise<void> {
  process.title = 'posthorn: master';
  const tell = (report: Report): void => {
    if (process.connected) process.send?.(report, () => process.connected && process.disconnect());
  };
  try {
    const config = loadConfig(directory, {root});
    process.chdir(config.get('queue_directory'));
    const signal = await runInForeground(config, () => tell({op: 'ready'}));
    dieOf(signal);
  } catch (fault) {
    tell({op: 'failed', text: describe(fault)});
    process.exitCode = 1;
  }
}
