/** postfix(1), control of the mail system: its description and options; what each command does is in postfix-actions.ts. */
import {OptionReader} from '../core/base/getopt.ts';
import {ConfigError, describe, warningBefore} from '../core/base/errors.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import {parameters, type ParameterName} from '../core/config/parameters.ts';
import {openToolConfig} from './open-config.ts';

export const postfix: Tool = {
  name: 'postfix',
  summary: 'start, stop and control the mail system',
  usage: ['[-Dv] [-c DIR] COMMAND'],
  options: [
    {flag: '-c DIR', text: 'The configuration directory.'},
    {flag: '-D', text: 'Accepted and ignored: no debugger is run.'},
    {flag: '-v', text: 'Accepted and ignored.'},
    {flag: 'start', text: 'Check the configuration, then run the mail system in the background.'},
    {flag: 'start-fg', text: 'The same, in the foreground.'},
    {flag: 'stop', text: 'Stop in an orderly way: deliveries under way are finished, for some seconds.'},
    {flag: 'abort', text: 'Stop at once. Nothing that was accepted is lost.'},
    {flag: 'reload', text: 'Read the configuration again.'},
    {flag: 'flush', text: 'Try to deliver all deferred mail now.'},
    {flag: 'check', text: 'Say what is wrong with the configuration and with the folders.'},
    {flag: 'status', text: 'Say whether the mail system runs.'},
    {flag: 'logrotate', text: 'Move maillog_file away, under a name with the time, and compress it.'},
    {flag: 'set-permissions', text: 'Make missing queue folders; owners and modes are left alone.'},
    {flag: 'upgrade-configuration', text: 'The same; an instance needs no upgrade.'},
  ],
  description: [
    'What there is to say goes to the log, and to standard error when that is a terminal. "postfix check" also tells on standard error, terminal or not, of parameters that are misspelt or have no effect, with the file and the line.',
    'The exit status is 0 when the command was carried out; "status" answers 1 when no mail system runs.',
  ],
  main,
};

async function main(argv: readonly string[], stdio: Stdio): Promise<number> {
  const complain = (text: string): void => {
    if (stdio.stderr.isTTY === true) stdio.stderr.write(`postfix: ${text}\n`);
  };
  const read = readArguments(argv, stdio, complain);
  if (read === undefined) return 1;
  let config: Config;
  try {
    config = openToolConfig(read.directory, stdio.env);
    checkNumbers(config);
  } catch (fault) {
    const warning = warningBefore(fault);
    if (warning !== undefined) complain(`warning: ${warning}`);
    complain(`fatal: ${describe(fault)}`);
    if (read.command === 'check') nameThePlace(fault, stdio);
    return 1;
  }
  if (config.root === '/' && process.getuid?.() !== 0) {
    stdio.stderr.write('postfix: error: to submit mail, use the Postfix sendmail command\n');
    stdio.stderr.write('postfix: fatal: the postfix command is reserved for the superuser\n');
    return 1;
  }
  const {runCommand} = await import('./postfix-actions.ts');
  return runCommand(read.command, config, stdio);
}

/** Where to mend what is wrong, terminal or not; the original does not tell. */
function nameThePlace(fault: unknown, {stderr}: Stdio): void {
  if (!(fault instanceof ConfigError) || fault.line === 0) return;
  stderr.write(`postfix: error: ${fault.file}, line ${fault.line}: ${warningBefore(fault) ?? reasonOf(fault)}\n`);
}

/** Without the place, which syntax faults begin with. */
function reasonOf({message, file, line}: ConfigError): string {
  const place = `${file}, line ${line}: `;
  return message.startsWith(place) ? message.slice(place.length) : message;
}

/** Every command of the original refuses to work with a number that is none or out of bounds. */
function checkNumbers(config: Config): void {
  for (const name of Object.keys(parameters) as ParameterName[])
    // its keys are just these
    if (parameters[name].kind === 'number' && config.origin(name) !== undefined) config.get(name);
}

interface Arguments {
  readonly directory: string | undefined;
  readonly command: string;
}

function readArguments(argv: readonly string[], stdio: Stdio, complain: (text: string) => void): Arguments | undefined {
  const reader = new OptionReader(argv, 'c:Dv');
  let directory: string | undefined;
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    if (read.option === 'c') directory = read.value;
    if (read.option === '?') stdio.stderr.write(`postfix: invalid option -- '${read.letter}'\n`);
    if (read.option === ':') stdio.stderr.write(`postfix: option requires an argument -- '${read.letter}'\n`);
    if (read.option === '?' || read.option === ':') {
      complain('fatal: usage: postfix [-c config_dir] [-Dv] command');
      return undefined;
    }
  }
  return {directory, command: reader.operands()[0] ?? ''};
}
