/**
 * The commands of postfix(1). Each answers the exit status; what it says goes to the log under the name postfix-script,
 * and to a terminal as `postfix/postfix-script: text`, as the original's script does.
 */
import {existsSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import {describe} from '../core/base/errors.ts';
import type {Stdio} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import {daemonSinkFor, sinkFor, type OpenSink} from '../core/config/log-sink.ts';
import {readMasterCf} from '../core/config/master-cf.ts';
import {sendControl} from '../core/daemon/control-client.ts';
import {lockOwner} from '../core/daemon/instance-lock.ts';
import {Log} from '../core/log/log.ts';

/** What a command has at hand. */
export interface Script {
  readonly config: Config;
  readonly stdio: Stdio;
  say(severity: 'info' | 'warning' | 'fatal', text: string): void;
  /** Resolves when what was said is written. */
  flush(): Promise<void>;
}

export async function runCommand(command: string, config: Config, stdio: Stdio): Promise<number> {
  // In the foreground the log may be standard output, which is the daemon's to write on.
  const script = makeScript(config, stdio, command === 'start-fg' ? daemonSinkFor(config) : sinkFor(config));
  const action = ACTIONS.get(command);
  warnOfOldDefaults(config, stdio);
  try {
    if (!hasReadableServices(script)) return 1;
    if (action !== undefined) return await action(script);
    const known =
      'start (or stop, reload, abort, flush, check, status, set-permissions, upgrade-configuration, logrotate)';
    script.say('fatal', `unknown command: '${command}'. Usage: postfix ${known}`);
    return 1;
  } finally {
    await script.flush();
  }
}

/** A master.cf that can't be read stops every command; that there is none is for `check` to say. */
function hasReadableServices({config, stdio, say}: Script): boolean {
  if (!existsSync(`${config.directory}/master.cf`)) return true;
  try {
    readMasterCf(config.directory);
    return true;
  } catch (fault) {
    const command = `${config.get('command_directory')}/postconf`;
    stdio.stderr.write(`${command}: fatal: ${describe(fault)}\n`);
    say('fatal', `cannot execute ${command}!`);
    return false;
  }
}

function makeScript(config: Config, stdio: Stdio, sink: OpenSink): Script {
  const log = new Log('postfix-script', sink);
  const tag = `${config.get('syslog_name')}/postfix-script`;
  return {
    config,
    stdio,
    say(severity, text) {
      log[severity](text);
      if (stdio.stderr.isTTY === true)
        stdio.stderr.write(`${tag}: ${severity === 'info' ? '' : `${severity}: `}${text}\n`);
    },
    flush: () => sink.flush(),
  };
}

/** postconf(5) compatibility_level: told at each command, until it is set. */
function warnOfOldDefaults(config: Config, stdio: Stdio): void {
  if (config.expand('${{$compatibility_level} <level {3.6} ? {old} : {}}') === '') return;
  const log = new Log('postfix', sinkFor(config));
  for (const text of [
    'Postfix is using backwards-compatible default settings',
    'See http://www.postfix.org/COMPATIBILITY_README.html for details',
    'To disable backwards compatibility use "postconf compatibility_level=3.6" and "postfix reload"',
  ]) {
    log.info(text);
    if (stdio.stderr.isTTY === true) stdio.stderr.write(`postfix: ${text}\n`);
  }
}

type Action = (script: Script) => Promise<number> | number;

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['start', start],
  ['start-fg', startInForeground],
  ['stop', stop],
  ['abort', abort],
  ['reload', reload],
  ['flush', flush],
  ['check', check],
  ['status', status],
  ['logrotate', logrotate],
  ['set-permissions', makeFolders],
  ['upgrade-configuration', makeFolders],
]);

/** The process that answers for the instance, if one runs. */
export function runningMaster(config: Config): number | undefined {
  return lockOwner(config.get('queue_directory'), 'master')?.pid;
}

async function start(script: Script): Promise<number> {
  if (!(await mayStart(script))) return 1;
  const {startInBackground} = await import('../core/daemon/run-master.ts');
  try {
    await startInBackground(script.config);
    return 0;
  } catch (fault) {
    if (script.stdio.stderr.isTTY === true) script.stdio.stderr.write(`postfix/master: fatal: ${describe(fault)}\n`);
    script.say('fatal', 'mail system startup failed'); // why is in the log already
    return 1;
  }
}

async function startInForeground(script: Script): Promise<number> {
  if (!(await mayStart(script))) return 1;
  await script.flush();
  const {runInForeground, dieOf} = await import('../core/daemon/run-master.ts');
  try {
    dieOf(await runInForeground(script.config));
    return 0;
  } catch (fault) {
    script.say('fatal', `cannot start-fg the master daemon: ${describe(fault)}`);
    return 1;
  }
}

async function mayStart(script: Script): Promise<boolean> {
  if (runningMaster(script.config) !== undefined) {
    script.say('fatal', 'the Postfix mail system is already running');
    return false;
  }
  const {checkInstance} = await import('./postfix-check.ts');
  if (!(await checkInstance(script, {isThorough: false}))) {
    script.say('fatal', 'Postfix integrity check failed!');
    return false;
  }
  const {ensureAliasDatabase} = await import('./first-aliases.ts');
  await ensureAliasDatabase(script.config, script.stdio);
  script.say('info', 'starting the Postfix mail system');
  return true;
}

/** How often a stopping mail system is looked at, and how long it is given before it is stopped by force. */
const LOOK_MILLISECONDS = 20;
const PATIENCE_SECONDS = 5;

async function stop(script: Script): Promise<number> {
  const master = runningMaster(script.config);
  if (master === undefined) return notRunning(script);
  script.say('info', 'stopping the Postfix mail system');
  await sendControl(script.config, {op: 'stop'});
  for (let second = 0; second < PATIENCE_SECONDS; second++) {
    if (await ends(script.config, second === 0 ? LOOK_MILLISECONDS * 10 : 1000)) return 0;
    script.say('info', 'waiting for the Postfix mail system to terminate');
  }
  if (await ends(script.config, 1000)) return 0;
  script.say('warning', 'stopping the Postfix mail system with force');
  await sendControl(script.config, {op: 'abort'});
  if (!(await ends(script.config, 1000))) process.kill(master, 'SIGKILL');
  return 0;
}

/** Whether the mail system is gone within the time. */
async function ends(config: Config, limitMilliseconds: number): Promise<boolean> {
  const limit = performance.now() + limitMilliseconds;
  while (runningMaster(config) !== undefined) {
    if (performance.now() > limit) return false;
    await pause(LOOK_MILLISECONDS);
  }
  return true;
}

async function abort(script: Script): Promise<number> {
  if (runningMaster(script.config) === undefined) return notRunning(script);
  script.say('info', 'aborting the Postfix mail system');
  await sendControl(script.config, {op: 'abort'});
  await ends(script.config, 1000);
  return 0;
}

async function reload(script: Script): Promise<number> {
  if (runningMaster(script.config) === undefined) return notRunning(script);
  script.say('info', 'refreshing the Postfix mail system');
  const reply = await sendControl(script.config, {op: 'reload'});
  if (reply?.done === true) return 0;
  script.say('fatal', reply?.text ?? 'the mail system does not answer');
  return 1;
}

async function flush(script: Script): Promise<number> {
  const {postqueue} = await import('./postqueue.ts');
  const {runGuarded} = await import('../core/base/tool.ts');
  return runGuarded(postqueue, ['-c', script.config.directory, '-f'], script.stdio);
}

async function check(script: Script): Promise<number> {
  const {checkInstance} = await import('./postfix-check.ts');
  return (await checkInstance(script, {isThorough: true})) ? 0 : 1;
}

/** Owners and modes of what exists are the administrator's; `check` tells of them. */
async function makeFolders(script: Script): Promise<number> {
  const {makeQueueFolders} = await import('../core/daemon/queue-folders.ts');
  makeQueueFolders(script.config);
  return 0;
}

function status(script: Script): number {
  const master = runningMaster(script.config);
  script.say('info', `the Postfix mail system is ${master === undefined ? 'not running' : `running: PID: ${master}`}`);
  return master === undefined ? 1 : 0;
}

async function logrotate(script: Script): Promise<number> {
  const {rotateLog} = await import('./postfix-logrotate.ts');
  return rotateLog(script);
}

function notRunning(script: Script): number {
  script.say('fatal', 'the Postfix mail system is not running');
  return 1;
}
