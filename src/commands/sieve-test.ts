/** sieve-test: runs scripts over a message and prints what would be done (sieve-test(1) of Pigeonhole 0.5). */
import {closeSync, openSync, readFileSync, writeFileSync, writeSync} from 'node:fs';
import {hostname, userInfo} from 'node:os';
import {toPath} from '../core/base/bytes.ts';
import {describe} from '../core/base/errors.ts';
import {EX_USAGE} from '../core/base/exit-status.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {binaryPath} from '../core/filter/sieve/binary-file.ts';
import {dumpProgram} from '../core/filter/sieve/dump.ts';
import {printRemark} from '../core/filter/sieve/compile/report.ts';
import {operationKinds} from '../core/filter/sieve/extensions/index.ts';
import {BufferMessage} from '../core/filter/sieve/message/buffer-message.ts';
import {headerAddresses} from '../core/filter/sieve/message/header-address.ts';
import type {SieveMessage} from '../core/filter/sieve/message/message.ts';
import type {Envelope, RunEnvironment, SeenBefore, TestSeen} from '../core/filter/sieve/run/environment.ts';
import {Filtering} from '../core/filter/sieve/run/interpreter.ts';
import {linkProgram} from '../core/filter/sieve/run/link.ts';
import {printResult} from '../core/filter/sieve/run/print-result.ts';
import {TRACE_ACTIONS, TRACE_LEVELS, type Tracer} from '../core/filter/sieve/run/trace.ts';
import {readSieveOptions, SieveFatal, sieveMain, type SieveOptions} from './sieve-options.ts';
import {performForTest} from './sieve-perform.ts';
import {runProgram} from './sieve-programs.ts';
import {compileAndKeep, loadFile, type LoadOptions, ScriptFolders} from './sieve-script.ts';
import {compileSettings, readSettings, type SieveSettings} from './sieve-settings.ts';

const USAGE = `Usage: sieve-test [-a <orig-recipient-address] [-c <config-file>]
                  [-C] [-D] [-d <dump-filename>] [-e]
                  [-f <envelope-sender>] [-l <mail-location>]
                  [-m <default-mailbox>] [-P <plugin>]
                  [-r <recipient-address>] [-s <script-file>]
                  [-t <trace-file>] [-T <trace-option>] [-x <extensions>]
                  <script-file> <mail-file>
`;

export const sieveTest: Tool = {
  name: 'sieve-test',
  summary: 'show what a Sieve script does with a message',
  usage: [
    '[-CDe] [-a ADDRESS] [-f SENDER] [-r ADDRESS] [-m MAILBOX] [-s SCRIPT] [-t FILE] [-T OPTION] [-x EXTENSIONS] SCRIPT MESSAGE',
  ],
  options: [
    {flag: '-a ADDRESS', text: 'The recipient as the sender wrote it; the default is in the message.'},
    {flag: '-c FILE', text: 'The Dovecot configuration to read.'},
    {flag: '-C', text: 'Compile the script even when the form kept beside it is new enough.'},
    {flag: '-D', text: 'Say more about what goes on.'},
    {flag: '-d FILE', text: 'Write the compiled script as text; `-` is standard output.'},
    {flag: '-e', text: 'Do the actions; messages to others are printed, never sent.'},
    {flag: '-f SENDER', text: 'The envelope sender; the default is in the message.'},
    {flag: '-l LOCATION', text: 'The mailboxes that -e stores into.'},
    {flag: '-m MAILBOX', text: 'Where keep stores; the default is INBOX.'},
    {flag: '-o NAME=VALUE', text: 'Override a setting.'},
    {flag: '-r ADDRESS', text: 'The final recipient; the default is that of -a.'},
    {flag: '-s SCRIPT', text: 'A script to run before the main one; may be repeated.'},
    {flag: '-t FILE', text: 'Write a trace of the run; `-` is standard output.'},
    {flag: '-T OPTION', text: '`level=actions|commands|tests|matching`, `debug` or `addresses`.'},
    {flag: '-u USER', text: 'The user whose settings and mailboxes count.'},
    {flag: '-x EXTENSIONS', text: 'The extensions a script may use, or `+name -name` to change the list.'},
    {flag: '--why', text: 'Print for each test what it saw and why it was true or false. An addition of ours.'},
  ],
  main: (argv, stdio) => sieveMain('sieve-test', stdio, async () => run(argv, stdio)),
};

async function run(argv: readonly string[], stdio: Stdio): Promise<number> {
  const options = readSieveOptions(
    argv.filter(word => word !== '--why'),
    'a:c:Cd:Def:l:m:o:P:r:s:t:T:u:x:',
    'sieve-test',
    USAGE,
    stdio,
  );
  const value = (letter: string): string | undefined => options.flags.get(letter)?.at(-1);
  const [script, mail, ...rest] = options.operands;
  if (script === undefined) return usage(stdio, 'Missing <script-file> argument');
  if (mail === undefined) return usage(stdio, 'Missing <mail-file> argument');
  if (rest[0] !== undefined) return usage(stdio, `Unknown argument: ${rest[0]}`);
  const settings = readSettings(value('c'), options.flags.get('o') ?? []);
  const files = [...(options.flags.get('s') ?? []), script];
  const compile = compileSettings(settings, value('x'), name => warnUnknown(stdio, name));
  const programs = files.map(file => {
    const load: LoadOptions = {tool: 'sieve-test', settings: compile, folders: new ScriptFolders(settings), stdio};
    const isForced = options.flags.has('C');
    const program = isForced ? compileAndKeep(file, binaryPath(file), load) : loadFile(file, load);
    if (program === undefined) throw new SieveFatal(`failed to compile sieve script${isForced ? ` '${file}'` : ''}`); // seen
    return program;
  });
  const dumpFile = value('d');
  if (dumpFile === '-') stdio.stdout.write(programs.map(dumpProgram).join(''));
  else if (dumpFile !== undefined) writeFileSync(toPath(dumpFile), programs.map(dumpProgram).join(''), 'latin1');
  const message = new BufferMessage(readMail(mail));
  const environment = environmentOf(settings, value('m') ?? 'INBOX', envelopeOf(message, value), stdio);
  const trace = openTrace(options, stdio);
  const recorder = argv.includes('--why')
    ? {tested: (seen: TestSeen) => stdio.stdout.write(printSeen(seen))}
    : undefined;
  const filtering = new Filtering(message, environment, {tracer: trace?.tracer, recorder});
  const isExecuting = options.flags.has('e');
  for (const [index, program] of programs.entries()) {
    if (!filtering.goesOn) break;
    if (files.length > 1) stdio.stdout.write(`\n## Executing script: ${files[index] ?? ''}\n`);
    await filtering.run(linkProgram(program, operationKinds));
    if (!isExecuting && filtering.status === 'ok' && (files.length > 1 || index === files.length - 1))
      stdio.stdout.write(printResult(filtering.result, environment.defaultMailbox));
  }
  trace?.close();
  const trailer =
    isExecuting && filtering.status === 'ok'
      ? await performForTest(filtering.result, filtering.message, environment, stdio)
      : '';
  const status = finish(filtering, stdio);
  stdio.stdout.write(trailer);
  return status;
}

function usage(stdio: Stdio, text: string): never {
  stdio.stdout.write(USAGE);
  throw new SieveFatal(text, EX_USAGE);
}

function warnUnknown(stdio: Stdio, name: string): void {
  stdio.stderr.write(
    `sieve-test: Warning: sieve: ignored unknown extension '${name}' while configuring available extensions\n`,
  );
}

function finish(filtering: Filtering, stdio: Stdio): number {
  for (const remark of filtering.remarks) stdio.stderr.write(`${printRemark(remark)}\n`);
  const isFine = filtering.status === 'ok';
  const text = isFine ? 'success' : 'failed; resolved with successful implicit keep';
  stdio.stderr.write(`sieve-test: Info: final result: ${text}\n`);
  return isFine ? 0 : 1;
}

function readMail(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : toPath(file));
  } catch (fault) {
    throw new SieveFatal(`open(${file}) failed: ${describe(fault)}`);
  }
}

/** The first address of the first of these fields that is there. */
function addressIn(message: SieveMessage, names: readonly string[]): string | undefined {
  for (const name of names) {
    const [value] = message.rawValues(name);
    const [address] = value === undefined ? [] : headerAddresses(value);
    if (address !== undefined) return address.text;
  }
  return undefined;
}

/** RFC 5321 section 4.1.2, in Dovecot's words; undefined when it is an address. Recipients may lack the domain. */
function mailboxFault(text: string, needsDomain: boolean): string | undefined {
  const [localPart = ''] = /^(?:"(?:[^"\\]|\\[^])*"|[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+)/.exec(text) ?? [];
  if (localPart === '') return 'Invalid character in localpart';
  const rest = text.slice(localPart.length);
  if (rest === '') return needsDomain ? 'Missing domain' : undefined;
  if (!rest.startsWith('@')) return 'Invalid character in localpart';
  if (rest === '@') return "Missing domain after '@'";
  return /^@(?:\[[^\]]*\]|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)$/.test(rest) ? undefined : 'Invalid character in mailbox';
}

function envelopeOf(message: SieveMessage, value: (letter: string) => string | undefined): Envelope {
  const given = (letter: string): string | undefined => {
    const text = value(letter);
    if (text === undefined) return undefined;
    const fault = mailboxFault(text, letter === 'f');
    if (fault !== undefined) throw new SieveFatal(`Invalid -${letter} parameter: ${fault}`);
    return text;
  };
  const originalTo = given('a') ?? addressIn(message, ['Envelope-To', 'To']) ?? 'recipient@example.com';
  return {
    from: given('f') ?? addressIn(message, ['Return-Path', 'Sender', 'From']) ?? 'sender@example.com',
    to: given('r') ?? originalTo,
    originalTo,
    auth: userInfo().username,
  };
}

function environmentOf(
  settings: SieveSettings,
  defaultMailbox: string,
  envelope: Envelope,
  stdio: Stdio,
): RunEnvironment {
  const hostName = hostname(); // seen: the tool does not ask for the setting
  const dot = hostName.indexOf('.');
  return {
    envelope,
    user: userInfo().username,
    userEmail: settings.get('sieve_user_email'),
    hostName,
    domain: dot < 0 ? hostName : hostName.slice(dot + 1),
    now: () => Date.now(),
    defaultMailbox,
    location: 'MS',
    phase: 'post',
    maxActions: Number(settings.get('sieve_max_actions') ?? 32),
    maxRedirects: Number(settings.get('sieve_max_redirects') ?? 4),
    maxCpuMs: 30_000,
    maxVariableBytes: Number(settings.get('sieve_variables_max_variable_size') ?? 4000),
    vacationSeconds: 7 * 86_400,
    duplicateSeconds: 12 * 3600,
    mailboxExists: () => false,
    seen: forgetful(stdio),
    run: request => runProgram(request, settings, stdio),
    setting: name => settings.get(name),
  };
}

/** A test run knows of no message, and says when it was asked. */
function forgetful(stdio: Stdio): SeenBefore {
  const {username} = userInfo();
  return {
    has() {
      stdio.stderr.write(`sieve-test: Info: checked duplicate for user ${username}.\n\n`);
      return false;
    },
    mark: () => void stdio.stderr.write(`sieve-test: Info: marked duplicate for user ${username}.\n\n`),
  };
}

interface OpenTrace {
  readonly tracer: Tracer;
  close(): void;
}

function openTrace({flags}: SieveOptions, stdio: Stdio): OpenTrace | undefined {
  const file = flags.get('t')?.at(-1);
  let level = TRACE_ACTIONS;
  let isDebug = false;
  for (const option of flags.get('T') ?? []) {
    const [name, word = ''] = option.split('=', 2);
    if (name === 'debug') isDebug = true;
    else if (name === 'level') level = levelOf(word);
    else if (name !== 'addresses') throw new SieveFatal(`Unknown -t trace option value: ${option}`, EX_USAGE);
  }
  if (file === undefined) return undefined;
  const fd = file === '-' ? undefined : openSync(toPath(file), 'w');
  const write = (line: string): void => {
    if (fd === undefined) stdio.stdout.write(`${line}\n`);
    else writeSync(fd, `${line}\n`, null, 'latin1');
  };
  return {tracer: {level, isDebug, write}, close: () => (fd === undefined ? undefined : closeSync(fd))};
}

function levelOf(word: string): number {
  const level = TRACE_LEVELS.get(word);
  if (level === undefined) throw new SieveFatal(`Unknown -tlevel= trace level: ${word}`, EX_USAGE);
  return level;
}

function printSeen({script, line, test, saw, keys, result}: TestSeen): string {
  const quoted = (texts: readonly string[]): string =>
    texts.length === 0 ? 'nothing' : texts.map(text => JSON.stringify(text)).join(', ');
  return `${script}:${line}: ${test} ${quoted(keys)} is ${result ? 'true' : 'false'}: saw ${quoted(saw)}\n`;
}
