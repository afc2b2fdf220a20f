/**
 * sieve-filter: runs a script over the messages of a mailbox (sieve-filter(1) of Pigeonhole 0.5). Without -e it says what
 * would be done; with it, it does that; the mailbox itself is only changed with -W.
 */
import {userInfo} from 'node:os';
import {describe} from '../core/base/errors.ts';
import {EX_USAGE} from '../core/base/exit-status.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import type {MailAccess} from '../core/daemon/access/mail-access.ts';
import {SizedMessage} from '../core/delivery/sieve/final-content.ts';
import {flagNames, mailboxTests} from '../core/delivery/sieve/mailboxes.ts';
import {LOOKED_AT_BYTES} from '../core/delivery/sieve/stored-message.ts';
import {binaryPath, stampOf} from '../core/filter/sieve/binary-file.ts';
import type {Program} from '../core/filter/sieve/compile/operand.ts';
import {printRemark} from '../core/filter/sieve/compile/report.ts';
import {operationKinds} from '../core/filter/sieve/extensions/index.ts';
import type {RunEnvironment} from '../core/filter/sieve/run/environment.ts';
import {Filtering} from '../core/filter/sieve/run/interpreter.ts';
import {type Linked, linkProgram} from '../core/filter/sieve/run/link.ts';
import {printResult} from '../core/filter/sieve/run/print-result.ts';
import type {SieveSettings} from '../core/filter/sieve/sieve-settings.ts';
import {MailError} from '../core/mailbox/mail-error.ts';
import type {Mailbox, MessageReader} from '../core/mailbox/mailbox.ts';
import type {MailStore} from '../core/mailbox/mail-store.ts';
import {openAccess} from './open-access.ts';
import {type Discard, FilterExecution} from './sieve-filter-execution.ts';
import {FilterReport, type Headline, headlineOf} from './sieve-filter-report.ts';
import {readSieveOptions, SieveFatal, sieveMain, type SieveOptions, warnUnknown} from './sieve-options.ts';
import {compileAndKeep, loadFile, type LoadOptions, ScriptFolders} from './sieve-script.ts';
import {compileSettings, readSettings} from './sieve-settings.ts';
import {envelopeOf, environmentOf} from './sieve-surroundings.ts';

const TOOL = 'sieve-filter';

const USAGE = `Usage: sieve-filter [-c <config-file>] [-C] [-D] [-e] [-m <default-mailbox>]
                    [-P <plugin>] [-q <output-mailbox>] [-Q <mail-command>]
                    [-s <script-file>] [-u <user>] [-v] [-W] [-x <extensions>]
                    <script-file> <source-mailbox> [<discard-action>]
`;

export const sieveFilter: Tool = {
  name: TOOL,
  summary: 'run a Sieve script over the messages of a mailbox',
  usage: ['[-CDevW] [-c FILE] [-m MAILBOX] [-o NAME=VALUE] [-u USER] [-x EXTENSIONS] SCRIPT MAILBOX [DISCARD-ACTION]'],
  options: [
    {flag: '-c FILE', text: 'The Dovecot configuration to read.'},
    {flag: '-C', text: 'Compile the script even when the form kept beside it is new enough.'},
    {flag: '-D', text: 'Say more about what goes on.'},
    {flag: '-e', text: 'Do what the script says, instead of only printing it.'},
    {flag: '-m MAILBOX', text: 'Where keep stores; MAILBOX by default, which leaves the message there.'},
    {flag: '-o NAME=VALUE', text: 'Override a setting.'},
    {flag: '-q MAILBOX', text: 'Refused, as the original refuses it.'},
    {flag: '-Q COMMAND', text: 'Refused, as the original refuses it.'},
    {flag: '-s SCRIPT', text: 'Refused, as the original refuses it.'},
    {flag: '-u USER', text: 'Whose mail it is; else that of the caller.'},
    {flag: '-v', text: 'Tell what is done with each message.'},
    {flag: '-W', text: 'The mailbox may be changed: what is stored elsewhere leaves it, flags are set.'},
    {flag: '-x EXTENSIONS', text: 'The extensions a script may use, or `+name -name` to change the list.'},
  ],
  description: [
    'DISCARD-ACTION says what becomes of messages that the script neither keeps nor stores, with -W: `keep` leaves them, `move MAILBOX` moves them there, `delete` flags them as deleted, `expunge` removes them.',
    'Nothing is sent: redirect, reject and their like keep the message where it is. All that is stored is on disk before anything leaves the mailbox.',
  ],
  main: (argv, stdio) => sieveMain(TOOL, stdio, () => run(argv, stdio)),
};

async function run(argv: readonly string[], stdio: Stdio): Promise<number> {
  const options = readSieveOptions(argv, 'c:CDem:o:P:q:Q:s:u:vWx:', TOOL, USAGE, stdio);
  const {flags} = options;
  for (const letter of ['q', 'Q', 's'])
    if (flags.has(letter)) throw new SieveFatal(`The -${letter} argument is currently NOT IMPLEMENTED`, EX_USAGE);
  const [script, source, action, ...rest] = options.operands;
  if (script === undefined) return usage(stdio, 'Missing <script-file> argument');
  if (source === undefined) return usage(stdio, 'Missing <source-mailbox> argument');
  const discard = discardOf(stdio, action, rest);
  const settings = readSettings(options, stdio.env);
  const program = load(script, settings, options, stdio);
  const access = openAccess({configFile: flags.get('c')?.at(-1), overrides: flags.get('o') ?? [], env: stdio.env});
  const {username, store} = await openMail(access, flags.get('u')?.at(-1), stdio);
  try {
    const linked = linkProgram(program, operationKinds);
    await new FilterSession({source, discard, options, settings, linked, username, store, stdio}).run();
  } finally {
    await store.close();
    access.accounts.close();
  }
  return 0;
}

/** Seen: usage comes on standard output. */
function usage(stdio: Stdio, text: string): never {
  stdio.stdout.write(USAGE);
  throw new SieveFatal(text, EX_USAGE);
}

function discardOf(stdio: Stdio, action: string | undefined, rest: readonly string[]): Discard {
  const [mailbox] = rest;
  const more = rest[action === 'move' ? 1 : 0];
  if (action === 'move' && mailbox === undefined)
    return usage(stdio, "Invalid <discard-action> argument: the `move' action requires mailbox argument");
  if (action !== undefined && !['keep', 'move', 'delete', 'expunge'].includes(action))
    return usage(stdio, 'Invalid <discard-action> argument');
  if (more !== undefined) return usage(stdio, `Unknown argument: ${more}`);
  if (action === 'move') return {kind: 'move', mailbox: mailbox ?? ''};
  return {kind: action === 'delete' || action === 'expunge' ? action : 'keep'};
}

function load(script: string, settings: SieveSettings, {flags}: SieveOptions, stdio: Stdio): Program {
  const isForced = flags.has('C');
  const isThere = stampOf(script) !== undefined;
  if (!isThere) stdio.stderr.write('error: script not found.\n');
  const compile = compileSettings(settings, flags.get('x')?.at(-1), name => warnUnknown(TOOL, stdio, name));
  const options: LoadOptions = {tool: TOOL, settings: compile, folders: new ScriptFolders(settings), stdio};
  const program = isThere
    ? isForced
      ? compileAndKeep(script, binaryPath(script), options)
      : loadFile(script, options)
    : undefined;
  if (program === undefined) throw new SieveFatal(`failed to compile sieve script${isForced ? ` '${script}'` : ''}`); // seen
  return program;
}

/** Without -u the caller's mail, whether an account of his is known or not. */
async function openMail(
  access: MailAccess,
  named: string | undefined,
  {env}: Stdio,
): Promise<{username: string; store: MailStore}> {
  const username = named ?? env['USER'] ?? userInfo().username;
  const found = await access.lookupUserOrCaller(username, {service: TOOL}, named === undefined ? username : '');
  if (found.kind === 'broken')
    throw new SieveFatal('Internal error occurred. Refer to server log for more information.');
  if (found.kind === 'unknown') throw new SieveFatal('User is unknown');
  return {username, store: await access.openStoreOf(found.user, 'lda')};
}

interface FilterTask {
  readonly source: string;
  readonly discard: Discard;
  readonly options: SieveOptions;
  readonly settings: SieveSettings;
  readonly linked: Linked;
  readonly username: string;
  readonly store: MailStore;
  readonly stdio: Stdio;
}

/** One script over one mailbox. */
class FilterSession {
  readonly #task: FilterTask;
  readonly #report: FilterReport;
  readonly #defaultMailbox: string;

  constructor(task: FilterTask) {
    this.#task = task;
    const {flags} = task.options;
    this.#report = new FilterReport(TOOL, task.stdio, flags.has('v'));
    this.#defaultMailbox = flags.get('m')?.at(-1) ?? task.source;
  }

  async run(): Promise<void> {
    const {source, discard, options, store} = this.#task;
    const isExecuting = options.flags.has('e');
    const isWritable = isExecuting && options.flags.has('W');
    const mailbox = await this.#open(source, 'source mailbox', !isWritable);
    const execution = !isExecuting
      ? undefined
      : new FilterExecution({
          ...{store, source, discard, isWritable, mailbox},
          defaultMailbox: this.#defaultMailbox,
          report: this.#report,
        });
    try {
      if (isWritable && discard.kind === 'move') await this.#checkTarget(discard.mailbox, mailbox);
      for (let sequence = 1; sequence <= mailbox.count; sequence++) await this.#filter(mailbox, sequence, execution);
      await execution?.finish();
    } finally {
      await execution?.end();
      mailbox.close();
    }
  }

  async #open(name: string, what: string, isReadOnly: boolean): Promise<Mailbox> {
    try {
      if (name === '') throw new MailError('invalid-name', 'Invalid mailbox name: Name is empty');
      return await this.#task.store.open(name, {isReadOnly, keepsRecent: true});
    } catch (fault) {
      if (!(fault instanceof MailError)) throw fault;
      throw new SieveFatal(`Couldn't open ${what} '${name}': ${describe(fault)}`);
    }
  }

  async #checkTarget(name: string, source: Mailbox): Promise<void> {
    const target = await this.#open(name, 'mailbox', true);
    const isSame = target.name === source.name;
    target.close();
    if (isSame) throw new SieveFatal('Source mailbox and mailbox for move action are identical.');
  }

  async #filter(mailbox: Mailbox, sequence: number, execution: FilterExecution | undefined): Promise<void> {
    const reader = await mailbox.open(sequence);
    if (reader === undefined) return; // expunged meanwhile
    try {
      const {message, received, headline} = await readMessage(mailbox, sequence, reader);
      if (execution === undefined) this.#report.headline(headline);
      else this.#report.filtering(headline);
      const environment = this.#environment(message, mailbox, sequence);
      const filtering = new Filtering(message, environment);
      await filtering.run(this.#task.linked);
      for (const remark of filtering.remarks) this.#report.line(printRemark(remark));
      if (execution !== undefined)
        await execution.perform({filtering, environment, sequence, reader, received, first: message, headline});
      else if (filtering.status === 'ok')
        this.#task.stdio.stdout.write(printResult(filtering.result, this.#defaultMailbox));
      else this.#report.failed('left in source mailbox');
    } finally {
      reader.close();
    }
  }

  #environment(message: SizedMessage, mailbox: Mailbox, sequence: number): RunEnvironment {
    const {settings, stdio, username, store} = this.#task;
    const envelope = envelopeOf(message, () => undefined);
    return {
      ...environmentOf(settings, this.#defaultMailbox, envelope, TOOL, stdio),
      user: username,
      ...mailboxTests(store),
      seen: undefined, // the original has none here either
      flags: flagNames(mailbox.flags(sequence), mailbox.keywordsOf(sequence)),
    };
  }
}

async function readMessage(
  mailbox: Mailbox,
  sequence: number,
  reader: MessageReader,
): Promise<{message: SizedMessage; received: number | undefined; headline: Headline}> {
  let size = reader.sizeBytes;
  let received: number | undefined;
  await mailbox.items([[sequence, sequence]], {size: true, received: true}, (_sequence, items) => {
    size = items?.size ?? size;
    received = items?.received;
  });
  const message = new SizedMessage(await reader.read(0, Math.min(reader.sizeBytes, LOOKED_AT_BYTES)), size);
  return {message, received, headline: headlineOf(message)};
}
