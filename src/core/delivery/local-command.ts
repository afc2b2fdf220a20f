/** Runs a `|command` or mailbox_command with local(8)'s environment, directly where no shell is needed. */
import type {Envelope, Outcome} from '../queue/agent.ts';
import type {CommandEnd} from './command-output.ts';
import {exportedEnvironment} from './exported-environment.ts';
import type {Attempt} from './local-attempt.ts';
import {localValue} from './local-names.ts';
import {type LocalSettings, unexpanded} from './local-settings.ts';
import {findProgram, runCommand} from './run-command.ts';
import {expandTemplate, keepAllowed} from './template.ts';
import {messagePieces, type MessageToStore, type Rights} from './user-files.ts';

export async function runLocalCommand(
  command: string,
  attempt: Attempt,
  message: MessageToStore,
  rights: Rights,
  envelope: Envelope,
  settings: LocalSettings,
): Promise<{readonly end: CommandEnd} | {readonly outcome: Outcome}> {
  const directory = workingDirectory(attempt, settings);
  if (directory === undefined)
    return {outcome: {kind: 'deferred', status: '4.3.5', text: 'mail system configuration error'}};
  const argv = await commandWords(command, settings.config.get('local_command_shell'));
  if (argv[0] !== undefined && (await findProgram(argv[0])) === undefined)
    return {end: unstarted(argv[0], 'No such file or directory', settings)};
  const job = {
    argv,
    env: commandEnvironment(attempt, envelope, settings),
    directory,
    rights: settings.switchesUsers ? rights : undefined,
    timeLimitSeconds: settings.config.get('command_time_limit'),
  };
  const run = await runCommand(job, await messagePieces(message));
  if (run.contentFault !== undefined) throw new Error('message content', {cause: run.contentFault});
  if (run.end.kind === 'time-out') {
    const what = run.wasWriting ? 'pipe_command_write: write' : 'pipe_command_read: read';
    settings.log.warning(`${what} time limit exceeded`);
  }
  if (run.cannotExecute !== undefined && argv[0]?.includes('/') === true && argv[0] !== SHELL)
    return {end: unstarted(argv[0], run.cannotExecute, settings)};
  return {end: run.end};
}

/** Found in PATH, which is ours; by this name the shell's own messages begin. */
const SHELL = 'sh';

/** A command of these characters alone needs no shell, unless it is one of the shell's own (`exit 0`). */
const NEEDS_SHELL = /[^1234567890!@%\-_=+:,./a-zA-Z \t]/;

async function commandWords(command: string, shell: string): Promise<string[]> {
  if (shell !== '') return [...words(shell), command];
  if (!NEEDS_SHELL.test(command)) {
    const argv = words(command);
    const [program] = argv;
    if (program !== undefined && (program.includes('/') || (await findProgram(program)) !== undefined)) return argv;
  }
  return [SHELL, '-c', command];
}

function words(text: string): string[] {
  return text.split(/[ \t]+/).filter(word => word !== '');
}

/** The child of the original says this with its last breath, to the log and to the report. */
function unstarted(program: string, reason: string, settings: LocalSettings): CommandEnd {
  const text = `execvp ${program}: ${reason}`;
  settings.log.fatal(text);
  return {kind: 'unstarted', output: `local: fatal: ${text} `};
}

function workingDirectory(attempt: Attempt, settings: LocalSettings): string | undefined {
  const template = unexpanded(settings.config, 'command_execution_directory');
  if (template === '') return settings.config.get('queue_directory');
  const expansion = expandTemplate(template, {
    value: name => localValue(name, attempt, settings),
    allowed: settings.config.get('execution_directory_expansion_filter'),
  });
  if (expansion.problem !== undefined) settings.log.warning(expansion.problem);
  return expansion.problem === undefined ? expansion.text : undefined;
}

/** local(8) EXTERNAL COMMAND DELIVERY; characters a shell might act on are made harmless. */
function commandEnvironment(attempt: Attempt, envelope: Envelope, settings: LocalSettings): Map<string, string> {
  const env = exportedEnvironment(settings.config);
  const allowed = settings.config.get('command_expansion_filter');
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') env.set(name, keepAllowed(value, allowed));
  };
  set('LOGNAME', attempt.user);
  set('USER', attempt.user);
  // seen: the null sender is in the environment, empty.
  env.set('SENDER', keepAllowed(attempt.sender, allowed));
  set('RECIPIENT', attempt.address);
  set('LOCAL', attempt.local);
  set('DOMAIN', attempt.domain);
  set('EXTENSION', attempt.extension);
  set('ORIGINAL_RECIPIENT', attempt.recipient.original);
  set('HOME', attempt.rights?.home);
  set('SHELL', attempt.rights?.shell);
  for (const [name, attribute] of CLIENT_VARIABLES) set(name, envelope.attributes.get(attribute));
  return env;
}

const CLIENT_VARIABLES = [
  ['CLIENT_HOSTNAME', 'client_name'],
  ['CLIENT_ADDRESS', 'client_address'],
  ['CLIENT_HELO', 'helo_name'],
  ['CLIENT_PROTOCOL', 'protocol_name'],
  ['SASL_METHOD', 'sasl_method'],
  ['SASL_SENDER', 'sasl_sender'],
  ['SASL_USERNAME', 'sasl_username'],
] as const;
