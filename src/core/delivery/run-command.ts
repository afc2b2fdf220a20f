/**
 * Runs a command with a message on its standard input: in its own session, with the rights, environment and working
 * directory it is given, its output kept for the report, killed with all its children when it takes too long.
 *
 * A shell stands between to do what Node can't ask of the kernel: one pipe for both outputs, so that their order
 * stays, and umask 077. It replaces itself by the command.
 */
import {spawn, type ChildProcess} from 'node:child_process';
import {access, constants} from 'node:fs/promises';
import {constants as systemConstants} from 'node:os';
import {toPath, toText} from '../base/bytes.ts';
import {systemCode} from '../base/errors.ts';
import type {Pieces} from '../mailbox/write-pieces.ts';
import {type CommandEnd, MAX_OUTPUT_BYTES, printableOutput} from './command-output.ts';
import type {Rights} from './user-files.ts';

export interface CommandJob {
  /** The program and its arguments; its path is looked for in PATH unless it has a slash. */
  readonly argv: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  readonly directory: string;
  /** Undefined: those of this process. */
  readonly rights: Rights | undefined;
  readonly timeLimitSeconds: number;
}

export interface CommandRun {
  readonly end: CommandEnd;
  /** The message could not be read to its end: the command has seen half of it. */
  readonly contentFault?: unknown;
  /** Time ran out while the message was still being written. */
  readonly wasWriting: boolean;
  /** Why the program could not be executed, in the words of the C library. */
  readonly cannotExecute?: string | undefined;
}

/** The confstr(3) default, which both agents give. */
export const DEFAULT_PATH = '/usr/bin:/bin';

/** The shell's own variables go; `exec` keeps the process id, so that a signal reaches the command. */
const LAUNCH = 'unset PWD OLDPWD SHLVL _; umask 077; exec "$@" 2>&1';

export async function runCommand(job: CommandJob, pieces: Pieces): Promise<CommandRun> {
  const child = spawn('/bin/sh', ['-c', LAUNCH, 'sh', ...job.argv.map(toText)], {
    cwd: toText(job.directory),
    env: Object.fromEntries([...job.env].map(([name, value]) => [toText(name), toText(value)])),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    ...(job.rights === undefined ? {} : {uid: job.rights.uid, gid: job.rights.gid}),
  });
  const output = collectOutput(child);
  const ended = waitForEnd(child);
  const watch = watchTime(child, job.timeLimitSeconds);
  let contentFault: unknown;
  const feeding = feed(child, pieces).catch((fault: unknown) => {
    contentFault = fault;
    killSession(child);
  });
  const feedState = {isOver: false};
  void feeding.then(() => (feedState.isOver = true));
  const end = await ended;
  const wasWriting = watch.hasExpired && !feedState.isOver;
  watch.stop();
  child.stdin?.destroy();
  await feeding;
  const text = printableOutput(Buffer.concat(output).subarray(0, MAX_OUTPUT_BYTES));
  if (watch.hasExpired) return {end: {kind: 'time-out', output: text}, contentFault, wasWriting};
  return {end: commandEnd(end, text), contentFault, wasWriting, cannotExecute: executionFault(end, text)};
}

/** Is it there, and may it be executed by somebody? Answers the path, or undefined. */
export async function findProgram(name: string): Promise<string | undefined> {
  const candidates = name.includes('/') ? [name] : DEFAULT_PATH.split(':').map(folder => `${folder}/${name}`);
  for (const candidate of candidates) {
    const fault = await access(toPath(candidate), constants.F_OK).catch((fault: unknown) => fault);
    if (fault === undefined || systemCode(fault) === 'EACCES') return candidate;
  }
  return undefined;
}

interface ProcessEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly fault?: unknown;
}

function waitForEnd(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise(resolve => {
    child.once('error', fault => {
      if (child.pid === undefined) resolve({status: null, signal: null, fault});
    });
    child.once('close', (status, signal) => resolve({status, signal}));
  });
}

function commandEnd(end: ProcessEnd, output: string): CommandEnd {
  if (end.fault !== undefined) return {kind: 'unstarted', output: `${systemCode(end.fault) ?? ''} `};
  if (end.signal !== null) return {kind: 'signal', signal: systemConstants.signals[end.signal], output};
  return {kind: 'exit', status: end.status ?? 0, output};
}

/** The launching shell's complaint, as dash and bash word it. */
function executionFault(end: ProcessEnd, output: string): string | undefined {
  if (end.status !== 126 && end.status !== 127) return undefined;
  return /^(?:\/bin\/)?sh: (?:line )?\d+: (?:exec: )?\S+: (Permission denied|not found|No such file or directory) $/.exec(
    output,
  )?.[1];
}

async function feed(child: ChildProcess, pieces: Pieces): Promise<void> {
  const {stdin} = child;
  if (stdin === null) return;
  let isClosed = false;
  stdin.on('error', () => (isClosed = true)); // EPIPE: a command need not read its input (procmail, vacation)
  stdin.on('close', () => (isClosed = true));
  for await (const piece of pieces) {
    if (isClosed) return;
    if (!stdin.write(piece)) await drained(stdin);
  }
  if (!isClosed) await new Promise<void>(resolve => stdin.end(resolve));
}

function drained(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      stream.off('drain', done).off('close', done).off('error', done);
      resolve();
    };
    stream.on('drain', done).on('close', done).on('error', done);
  });
}

/** Reads all of it, so that the command does not stand still, and keeps the beginning. */
function collectOutput(child: ChildProcess): Buffer[] {
  const kept: Buffer[] = [];
  let length = 0;
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      if (length < MAX_OUTPUT_BYTES) kept.push(chunk);
      length += chunk.length;
    });
  return kept;
}

function watchTime(child: ChildProcess, seconds: number): {readonly hasExpired: boolean; stop(): void} {
  const watch = {hasExpired: false, stop: () => clearTimeout(timer)};
  const timer = setTimeout(
    () => {
      watch.hasExpired = true;
      killSession(child);
      child.stdout?.destroy(); // a process that left the session may keep it open for ever
      child.stderr?.destroy();
    },
    Math.min(seconds * 1000, 2 ** 31 - 1),
  );
  return watch;
}

function killSession(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL'); // no such session any more
  }
}
