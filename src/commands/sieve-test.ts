/** sieve-test: runs scripts over a message and prints what would be done (sieve-test(1) of Pigeonhole 0.5). */
import {closeSync, openSync, readFileSync, writeFileSync, writeSync} from 'node:fs';
import {toPath} from '../core/base/bytes.ts';
import {describe} from '../core/base/errors.ts';
import {EX_USAGE} from '../core/base/exit-status.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {binaryPath} from '../core/filter/sieve/binary-file.ts';
import {dumpProgram} from '../core/filter/sieve/dump.ts';
import {printRemark} from '../core/filter/sieve/compile/report.ts';
import {operationKinds} from '../core/filter/sieve/extensions/index.ts';
import {BufferMessage} from '../core/filter/sieve/message/buffer-message.ts';
import type {SieveMessage} from '../core/filter/sieve/message/message.ts';
import type {Program} from '../core/filter/sieve/compile/operand.ts';
import type {RunEnvironment, TestSeen} from '../core/filter/sieve/run/environment.ts';
import {Filtering} from '../core/filter/sieve/run/interpreter.ts';
import {linkProgram} from '../core/filter/sieve/run/link.ts';
import {printResult} from '../core/filter/sieve/run/print-result.ts';
import {TRACE_ACTIONS, TRACE_LEVELS, type Tracer} from '../core/filter/sieve/run/trace.ts';
import {readSieveOptions, SieveFatal, sieveMain, type SieveOptions, warnUnknown} from './sieve-options.ts';
import {envelopeOf, environmentOf} from './sieve-surroundings.ts';
import {compileAndKeep, loadFile, type LoadOptions, ScriptFolders} from './sieve-script.ts';
import type {SieveSettings} from '../core/filter/sieve/sieve-settings.ts';
import {compileSettings, readSettings} from './sieve-settings.ts';

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
  const [script, mail, ...rest] = options.operands;
  if (script === undefined) return usage(stdio, 'Missing <script-file> argument');
  if (mail === undefined) return usage(stdio, 'Missing <mail-file> argument');
  if (rest[0] !== undefined) return usage(stdio, `Unknown argument: ${rest[0]}`);
  const session = new TestSession(options, stdio, argv.includes('--why'));
  return session.run([...(options.flags.get('s') ?? []), script], new BufferMessage(readMail(mail)));
}

/** Scripts one after the other over one message. */
class TestSession {
  readonly #options: SieveOptions;
  readonly #stdio: Stdio;
  readonly #explains: boolean;
  readonly #settings: SieveSettings;

  constructor(options: SieveOptions, stdio: Stdio, explains: boolean) {
    this.#options = options;
    this.#stdio = stdio;
    this.#explains = explains;
    this.#settings = readSettings(options, stdio.env);
  }

  #value(letter: string): string | undefined {
    return this.#options.flags.get(letter)?.at(-1);
  }

  async run(files: readonly string[], message: SieveMessage): Promise<number> {
    const envelope = envelopeOf(message, letter => this.#value(letter));
    const environment = environmentOf(this.#settings, this.#value('m') ?? 'INBOX', envelope, 'sieve-test', this.#stdio);
    const trace = openTrace(this.#options, this.#stdio);
    const tested = (seen: TestSeen): void => this.#stdio.stdout.write(printSeen(seen));
    const recorder = this.#explains ? {tested} : undefined;
    const filtering = new Filtering(message, environment, {tracer: trace?.tracer, recorder});
    await this.#runAll(files, filtering, environment.defaultMailbox);
    trace?.close();
    const trailer = await this.#perform(filtering, environment);
    const status = finish(filtering, this.#stdio);
    this.#stdio.stdout.write(trailer);
    return status;
  }

  /** What comes last on standard output. */
  async #perform(filtering: Filtering, environment: RunEnvironment): Promise<string> {
    if (!this.#isExecuting || filtering.status !== 'ok') return '';
    const {performForTest} = await import('./sieve-perform.ts'); // few runs need it
    return performForTest(filtering.result, filtering.message, environment, this.#stdio);
  }

  get #isExecuting(): boolean {
    return this.#options.flags.has('e');
  }

  /** Each is compiled when its turn comes. */
  async #runAll(files: readonly string[], filtering: Filtering, defaultMailbox: string): Promise<void> {
    const isMany = files.length > 1;
    for (const [index, file] of files.entries()) {
      if (index > 0 && !filtering.goesOn) return;
      if (isMany && !this.#isExecuting)
        this.#stdio.stdout.write(`${index === 0 ? '\n' : ''}## Executing script: ${file}\n`);
      const program = this.#load(file, index < files.length - 1 ? file : undefined);
      await filtering.run(linkProgram(program, operationKinds));
      if (!this.#isExecuting && filtering.status === 'ok')
        this.#stdio.stdout.write(printResult(filtering.result, defaultMailbox, isMany));
    }
  }

  #load(file: string, name: string | undefined): Program {
    const settings = compileSettings(this.#settings, this.#value('x'), extension =>
      warnUnknown('sieve-test', this.#stdio, extension),
    );
    const folders = new ScriptFolders(this.#settings);
    const load: LoadOptions = {tool: 'sieve-test', settings, folders, stdio: this.#stdio, name};
    const isForced = this.#options.flags.has('C');
    const program = isForced ? compileAndKeep(file, binaryPath(file), load) : loadFile(file, load);
    if (program === undefined) throw new SieveFatal(`failed to compile sieve script${isForced ? ` '${file}'` : ''}`); // seen
    this.#dump(program);
    return program;
  }

  #dump(program: Program): void {
    const file = this.#value('d');
    if (file === '-') this.#stdio.stdout.write(dumpProgram(program));
    else if (file !== undefined) writeFileSync(toPath(file), dumpProgram(program), 'latin1');
  }
}

function usage(stdio: Stdio, text: string): never {
  stdio.stdout.write(USAGE);
  throw new SieveFatal(text, EX_USAGE);
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
