/**
 * What sendmail(1) does: reads its options as the original does and hands a message to the maildrop queue, or does what
 * the other modes ask for. Start-up time counts here more than anywhere: the rare modes are loaded when asked for.
 *
 * Exit status 0 once the message is on disk; 75 (EX_TEMPFAIL) for whatever goes wrong, as the original has it.
 */
import {existsSync} from 'node:fs';
import {describe, FatalError} from '../core/base/errors.ts';
import {EX_TEMPFAIL} from '../core/base/exit-status.ts';
import type {Stdio} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import {readEarlyOptions, readOptions, type SendmailOptions} from './sendmail-options.ts';
import {submit} from './sendmail-submit.ts';

/** `openConfig` is given the directory of `-C`, if any. */
export async function runSendmail(
  argv: readonly string[],
  stdio: Stdio,
  openConfig: (directory: string | undefined) => Config,
): Promise<number> {
  const complain = (text: string): void => stdio.stderr.write(`sendmail: ${text}\n`);
  try {
    const early = readEarlyOptions(argv, complain);
    const config = openConfig(early.configDirectory);
    const verp = {allowed: config.get('verp_delimiter_filter'), standard: config.get('default_verp_delimiters')};
    const options = readOptions(argv, verp, complain);
    return await run(options, config, stdio);
  } catch (fault) {
    if (fault instanceof FatalError) throw fault;
    throw new FatalError(describe(fault), EX_TEMPFAIL, {cause: fault});
  }
}

async function run(options: SendmailOptions, config: Config, stdio: Stdio): Promise<number> {
  if (options.hasQueueTime && options.mode !== 'daemon') return 0;
  if (options.flushSite !== undefined) return control(options, 'flush site', config, stdio);
  if (options.flushId !== undefined) return control(options, 'flush queue_id', config, stdio);
  switch (options.mode) {
    case 'deliver':
      return deliver(options, config, stdio);
    case 'nothing':
      return 0;
    case 'smtp':
      return converse(options, config, stdio);
    case 'mailq':
      return control(options, 'display queue mode', config, stdio);
    case 'flush':
      return control(options, 'flush queue mode', config, stdio);
    case 'daemon':
      return control(options, 'daemon mode', config, stdio);
    case 'newaliases':
      return control(options, 'alias initialization mode', config, stdio);
  }
}

async function deliver(options: SendmailOptions, config: Config, stdio: Stdio): Promise<number> {
  await checkSubmitter(config);
  await submit(options, config, stdio);
  await wakeUp(config);
  return 0;
}

async function converse(options: SendmailOptions, config: Config, stdio: Stdio): Promise<number> {
  refuseOperands(options, 'stand-alone mode');
  await checkSubmitter(config);
  const {runDialog} = await import('./sendmail-dialog.ts');
  const status = await runDialog(config, stdio);
  await wakeUp(config);
  return status;
}

/** The modes that are another command's work. */
async function control(options: SendmailOptions, mode: string, config: Config, stdio: Stdio): Promise<number> {
  refuseOperands(options, mode);
  const {runControlMode} = await import('./sendmail-modes.ts');
  return runControlMode(options, config, stdio);
}

function refuseOperands(options: SendmailOptions, mode: string): void {
  if (options.operands.length > 0) throw new FatalError(`${mode} requires no recipient`, EX_TEMPFAIL);
}

/** postconf(5) authorized_submit_users. */
async function checkSubmitter(config: Config): Promise<void> {
  if (config.get('authorized_submit_users') === 'static:anyone') return;
  const {refuseUnauthorized} = await import('./submit-access.ts');
  refuseUnauthorized(config, EX_TEMPFAIL);
}

/** Tells a running mail system of the new file; without one, the queue may be worked off here. */
async function wakeUp(config: Config): Promise<void> {
  if (existsSync(`${config.get('queue_directory')}/pid/master.pid`)) {
    const {wakePickup} = await import('../core/daemon/control-client.ts');
    if (await wakePickup(config)) return;
  }
  if (config.root === '/' || !config.get('posthorn_sendmail_delivers')) return;
  const {ensureAliasDatabase} = await import('./first-aliases.ts');
  await ensureAliasDatabase(config, {env: process.env});
  const {deliverNow} = await import('../core/daemon/deliver-now.ts');
  await deliverNow(config);
}
