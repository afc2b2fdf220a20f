/** sendmail's modes that are another command's work: each runs that command's tool with the arguments it wants. */
import type {Stdio} from '../core/base/tool.ts';
import {runGuarded} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import type {SendmailOptions} from './sendmail-options.ts';

export async function runControlMode(options: SendmailOptions, config: Config, stdio: Stdio): Promise<number> {
  const directory = ['-c', config.directory];
  if (options.flushSite !== undefined) return postqueue([...directory, '-s', options.flushSite], stdio);
  if (options.flushId !== undefined) return postqueue([...directory, '-i', options.flushId], stdio);
  if (options.mode === 'mailq') return postqueue([...directory, '-p'], stdio);
  if (options.mode === 'flush') return postqueue([...directory, '-f'], stdio);
  if (options.mode === 'daemon') return start(directory, stdio);
  const {rebuildAliases} = await import('./newaliases.ts');
  return rebuildAliases(config, stdio, options.aliasDatabase);
}

async function postqueue(argv: readonly string[], stdio: Stdio): Promise<number> {
  const {postqueue: tool} = await import('./postqueue.ts');
  return runGuarded(tool, argv, stdio);
}

async function start(directory: readonly string[], stdio: Stdio): Promise<number> {
  const {postfix: tool} = await import('./postfix.ts');
  const status = await runGuarded(tool, [...directory, 'start'], stdio);
  return status === 0 ? 0 : 1;
}
