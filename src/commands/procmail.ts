/**
 * procmail(1): delivers the message on standard input by the recipes of an rc file. The work is in core/filter/procmail; this
 * reads the command line, joins it with the process (standard input, signals) and, for several recipients of -d, runs
 * itself once for each.
 */
import {readFileSync} from 'node:fs';
import {toByteString} from '../core/base/bytes.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {version} from '../core/base/version.ts';
import {openIdentities} from '../core/filter/procmail/identity.ts';
import {type Options, readOptions, USAGE} from '../core/filter/procmail/options.ts';
import {RECIPE_FLAGS} from '../core/filter/procmail/recipe-header.ts';
import {CANNOT_CREATE, Session, TEMPORARY_FAILURE} from '../core/filter/procmail/session.ts';

const EX_USAGE = 64;

export const procmail: Tool = {
  name: 'procmail',
  summary: 'deliver or filter mail by the recipes of an rc file',
  usage: [
    '[-ptoY] [-f FROM] [VARIABLE=VALUE | RCFILE] ...',
    '[-toY] [-f FROM] [-a ARGUMENT] ... -d RECIPIENT ...',
    '[-ptY] [-f FROM] -m [VARIABLE=VALUE] ... RCFILE [ARGUMENT] ...',
    '-v',
  ],
  options: [
    {flag: '-a ARGUMENT', text: 'Set $1; each further one the next.'},
    {flag: '-d RECIPIENT ...', text: "Deliver to local users, with their rights: root's to use, or one's own name."},
    {flag: '-f FROM', text: 'Make the `From ` line anew with this sender; `-` only dates it anew.'},
    {flag: '-m', text: 'Be a filter: one rc file, and its arguments.'},
    {flag: '-o', text: "Accepted: this procmail never doubts its caller's `From ` line."},
    {flag: '-p', text: 'Keep the environment.'},
    {flag: '-t', text: 'When the mail cannot be delivered, let it come again (exit status 75 instead of 73).'},
    {flag: '-v', text: 'Print the version and exit.'},
    {flag: '-Y', text: 'Ignore Content-Length fields.'},
  ],
  description: [
    'Without an rc file on the command line /etc/procmailrc and $HOME/.procmailrc are read; what no recipe delivers goes to $DEFAULT.',
    'A delivery is on disk, file and name, before procmail exits. Mailbox files are not waited a second for, as the original does.',
  ],
  async main(argv, stdio) {
    const options = readOptions(argv);
    if (options === 'version') return printVersion(stdio);
    if (options === 'help') return printHelp(stdio);
    if (options === 'lmtp') {
      stdio.stderr.write('procmail: LMTP support not enabled in this binary\n');
      return EX_USAGE;
    }
    stdio.stderr.write(options.complaints);
    return deliver(options, argv, stdio, await readMessage(stdio));
  },
};

function printVersion(stdio: Stdio): number {
  const mailbox = openIdentities(stdio.env).invoker()?.mailbox ?? '';
  stdio.stderr.write(
    `procmail v3.23pre 2001/09/13\n    as Posthorn ${version} understands it\n\n` +
      'Locking strategies:\tdotlocking, fcntl()\nDefault rcfile:\t\t$HOME/.procmailrc\n' +
      `\tIt may be writable by your primary group\nYour system mailbox:\t${mailbox}\n`,
  );
  return 0;
}

function printHelp(stdio: Stdio): number {
  const options = procmail.options.map(({flag, text}) => `\t${flag.padEnd(18)}${text}\n`).join('');
  const flags = Object.entries(RECIPE_FLAGS).map(([flag, text]) => `\t${flag}  ${text}\n`);
  stdio.stderr.write(`${USAGE}${options}Recipe flags:\n${flags.join('')}`);
  return EX_USAGE;
}

async function readMessage(stdio: Stdio): Promise<Buffer> {
  if (stdio.stdinFd !== undefined) {
    try {
      return readFileSync(stdio.stdinFd);
    } catch {
      // A descriptor that is not ready yet, or no file at all: as a stream.
    }
  }
  const chunks: Buffer[] = [];
  for await (const chunk of stdio.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function deliver(options: Options, argv: readonly string[], stdio: Stdio, message: Buffer): Promise<number> {
  const [last = options.recipient, ...others] = [...options.moreRecipients].reverse();
  let failed = 0;
  if (last !== options.recipient)
    for (const recipient of [options.recipient, ...others.reverse()])
      if ((await deliverApart(argv, recipient ?? '', message)) !== 0) failed = failureOf(options);
  const identities = openIdentities(stdio.env);
  const session = new Session(
    {...options, recipient: last},
    {
      env: stdio.env,
      identities,
      log: {write: text => stdio.stderr.write(text), fd: stdio.stderrFd ?? 2},
      writeOutput: bytes => stdio.stdout.write(bytes),
      now: () => new Date(),
      sendmail: identities.root === undefined ? undefined : ownSendmail(),
    },
    message,
  );
  const restore = catchSignals(session);
  try {
    return (await session.run()) || failed;
  } finally {
    restore();
  }
}

function failureOf({failsSoftly}: Options): number {
  return failsSoftly ? TEMPORARY_FAILURE : CANNOT_CREATE;
}

/** The options up to -d, then one recipient. */
async function deliverApart(argv: readonly string[], recipient: string, message: Buffer): Promise<number> {
  const {spawnSync} = await import('node:child_process');
  const end = argv.findIndex(word => /^-[^-]*d/.test(word));
  const before = [...argv.slice(0, end), ...clusterBefore(argv[end] ?? '')];
  const program = [...process.execArgv, process.argv[1] ?? ''];
  const child = spawnSync(process.execPath, [...program, ...before, '-d', recipient], {
    input: message,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  return child.status ?? TEMPORARY_FAILURE;
}

function clusterBefore(word: string): string[] {
  const flags = word.slice(1, word.indexOf('d'));
  return flags === '' ? [] : [`-${flags}`];
}

/** Beside this launcher. */
function ownSendmail(): string | undefined {
  const launcher = process.argv[1];
  return launcher === undefined ? undefined : toByteString(launcher).replace(/[^/]*$/, 'sendmail');
}

/** procmail(1) Signals. */
function catchSignals(session: Session): () => void {
  const handlers: readonly (readonly [NodeJS.Signals, () => void])[] = [
    ['SIGTERM', () => process.exit(session.interrupt(TEMPORARY_FAILURE, false))],
    ['SIGINT', () => process.exit(session.interrupt(CANNOT_CREATE, false))],
    ['SIGHUP', () => process.exit(session.interrupt(CANNOT_CREATE, false))],
    ['SIGQUIT', () => process.exit(session.interrupt(CANNOT_CREATE, true))],
    ['SIGALRM', () => session.forceTimeout()],
    ['SIGUSR1', () => session.setVerbose(false)],
    ['SIGUSR2', () => session.setVerbose(true)],
  ];
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}
