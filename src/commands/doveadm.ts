/**
 * doveadm(1): administers mail access. Options before the command are read here, those behind it as its row of the
 * registry says; words that make no command print the help and end with status 64, as the original does.
 */
import {FatalError, describe} from '../core/base/errors.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {type Call, type DoveadmCommand, status, usageOf} from './doveadm/command.ts';
import {UserFatal} from './doveadm/user-fatal.ts';
import {runForUsers, whoseMail, withUsers} from './doveadm/mail-users.ts';
import type {MailAccess} from '../core/daemon/access/mail-access.ts';
import {openAccess} from './open-access.ts';
import {type Formatter, FORMATTERS, makePrinter, type Printer} from './doveadm/printer.ts';
import {type Arguments, badOption, findCommand, readArguments} from './doveadm/find-command.ts';
import {commands} from './doveadm/registry.ts';

export const doveadm: Tool = {
  name: 'doveadm',
  summary: 'administer mail access: users, mailboxes, messages, processes',
  usage: ['[-Dv] [-f FORMATTER] [-c FILE] [-o NAME=VALUE] COMMAND [ARGUMENT ...]'],
  options: [
    {flag: '-D', text: 'Tell what is done, in detail.'},
    {flag: '-v', text: 'Tell of progress.'},
    {flag: '-f FORMATTER', text: 'How records are printed: flow, tab, table, pager or json.'},
    {flag: '-c FILE', text: 'Another dovecot.conf than the instance’s.'},
    {flag: '-o NAME=VALUE', text: 'A setting, before all that the file says.'},
  ],
  description: [
    'Mail commands work on the files themselves, whether mail access runs or not, for the users of -u USER (with * and ? for several), of -A (all), or of -F FILE (one a line).',
    'Exit status: 0, 64 for wrong use, 65 for what is not possible, 68 for what is not there, 73 when quota is exceeded, 75 for what may work later, 77 for a refused login.',
  ],
  async main(argv, stdio) {
    const globals = readGlobals(argv, stdio);
    if (typeof globals === 'number') return globals;
    const found = findCommand(globals.words);
    if (found === undefined) return printHelp(globals.words, stdio);
    try {
      return await runCommand(found.command, found.rest, globals, stdio);
    } catch (fault) {
      if (fault instanceof CommandEnd) return fault.exitStatus;
      const user = fault instanceof UserFatal ? `doveadm(${fault.user}): ` : '';
      stdio.stderr.write(`${user}Fatal: ${describe(fault)}\n`);
      return fault instanceof FatalError && fault.exitStatus !== 1 ? fault.exitStatus : status.temporary;
    }
  },
};

export interface Globals {
  readonly words: readonly string[];
  readonly formatter: Formatter | undefined;
  readonly configFile: string | undefined;
  /** `name=value`. */
  readonly overrides: readonly string[];
  readonly isDebug: boolean;
  readonly isVerbose: boolean;
}

/** Ends a command from within, with a status. */
class CommandEnd extends Error {
  readonly exitStatus: number;

  constructor(exitStatus: number) {
    super('');
    this.exitStatus = exitStatus;
  }
}

function readGlobals(argv: readonly string[], stdio: Stdio): Globals | number {
  const reader = new OptionReader(argv, 'c:f:hDo:v');
  let formatter: Formatter | undefined;
  let configFile: string | undefined;
  const overrides: string[] = [];
  const seen = new Set<string>();
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    if (read.option === '?' || read.option === ':') return badOption('doveadm', read, stdio, BAD_GLOBAL);
    if (read.option === 'c') configFile = read.value;
    else if (read.option === 'o') overrides.push(read.value);
    else if (read.option === 'f') {
      formatter = FORMATTERS.find(name => name === read.value);
      if (formatter === undefined) {
        stdio.stderr.write(`doveadm: Fatal: Unknown print formatter: ${read.value}\n`);
        return status.temporary;
      }
    } else seen.add(read.option);
  }
  const words = argv.slice(reader.index);
  return {words, formatter, configFile, overrides, isDebug: seen.has('D'), isVerbose: seen.has('v') || seen.has('D')};
}

/** Of a wrong option before the command. */
const BAD_GLOBAL = 89;

async function runCommand(
  command: DoveadmCommand,
  rest: readonly string[],
  globals: Globals,
  stdio: Stdio,
): Promise<number> {
  const usage = (): never => {
    stdio.stderr.write(`doveadm ${command.name} ${usageOf(command)}\n`);
    throw new CommandEnd(status.usage);
  };
  const read = readArguments(command, rest, stdio);
  if (typeof read === 'number') return read;
  if (read.args.length < (command.leastOperands ?? 0)) usage();
  const printer = makePrinter(globals.formatter ?? command.formatter ?? 'flow', text => stdio.stdout.write(text));
  const call = makeCall({...read, globals, printer, usage, stdio});
  if (command.kind === 'plain') {
    const {run} = await command.load();
    const exitStatus = await run(call);
    printer.finish();
    return exitStatus;
  }
  const {prepare} = await command.load();
  const users = whoseMail(call);
  const prepared = {
    ...call,
    printer: withUsers(printer, users),
    get access() {
      return call.access;
    },
  };
  const exitStatus = await runForUsers(prepared, users, await prepare(prepared));
  printer.finish();
  return exitStatus;
}

interface CallParts extends Arguments {
  readonly globals: Globals;
  readonly printer: Printer;
  readonly stdio: Stdio;
  usage(): never;
}

function makeCall({args, options, globals, printer, stdio, usage}: CallParts): Call {
  let access: MailAccess | undefined;
  return {
    args,
    options,
    stdio,
    printer,
    isDebug: globals.isDebug,
    isVerbose: globals.isVerbose,
    configWords: [
      ...(globals.configFile === undefined ? [] : ['-c', globals.configFile]),
      ...globals.overrides.flatMap(one => ['-o', one]),
    ],
    get access() {
      return (access ??= openAccess({configFile: globals.configFile, overrides: globals.overrides, env: stdio.env}));
    },
    usage,
    error: text => stdio.stderr.write(`Error: ${text}\n`),
  };
}

/** Of all commands, or of those that begin with the word that was given. */
export function printHelp(words: readonly string[], stdio: Stdio): number {
  const [group] = words;
  const members = commands.filter(({name}) => group !== undefined && name.startsWith(`${group} `));
  if (group !== undefined && members.length > 0) {
    stdio.stderr.write(`usage: doveadm [-Dv] [-f <formatter>] ${group} <command> [<args>]\n`);
    stdio.stderr.write(listing(members, group.length + 1));
  } else {
    stdio.stderr.write('usage: doveadm [-Dv] [-f <formatter>] <command> [<args>]\n               \n');
    stdio.stderr.write(listing(commands, 0));
  }
  return status.usage;
}

/** A line each; commands of several words by their first one, with the second ones behind it. */
function listing(rows: readonly DoveadmCommand[], skip: number): string {
  const lines = new Map<string, string>();
  let last = '';
  for (const row of rows) {
    const [first = '', second] = row.name.slice(skip).split(' ');
    const known = lines.get(first);
    if (second === undefined) lines.set(first, usageOf(row));
    else if (known === undefined) lines.set(first, second);
    else if (second !== last) lines.set(first, `${known}|${(last = second)}`); // the first one may come twice, as in the original
    if (skip > 0) last = second ?? '';
  }
  return [...lines].map(([name, text]) => `  ${name.padEnd(NAME_COLUMNS)} ${text}\n`).join('');
}

const NAME_COLUMNS = 12;
