/**
 * The programs an rc file runs. With a character of SHELLMETAS in the line a shell runs it, else procmail itself, word by
 * word (procmailrc(5) SHELLMETAS); the line is the rc file's and what its variables hold, never looked at again.
 *
 * TIMEOUT: the program gets SIGTERM; the original waits on for one that ignores it, here SIGKILL follows.
 */
import {spawn, type ChildProcess, type StdioOptions} from 'node:child_process';
import {constants} from 'node:os';
import {toText} from '../../base/bytes.ts';
import type {State} from './state.ts';

/** EX_UNAVAILABLE: it could not be run. */
const CANNOT_EXECUTE = 69;
const KILL_AFTER_MS = 10_000;

export interface Command {
  /** In the words of the log: the line for the shell, or the words with blanks between. */
  readonly text: string;
  /** Undefined: for the shell. */
  readonly words: readonly string[] | undefined;
  /** The words as the log shows them, when not as they are. */
  readonly shownWords?: readonly string[];
}

export interface ProgramEnd {
  /** Exit code, or minus the signal's number; undefined when nobody waited, or nothing ran. */
  readonly status: number | undefined;
  /** It did not take all its input. */
  readonly hasWriteError: boolean;
  readonly output: Buffer;
  readonly timedOut: boolean;
}

export interface ProgramRequest {
  readonly command: Command;
  /** What LASTFOLDER and complaints call it, when it is not the command's text. */
  readonly input: Buffer;
  readonly output: 'discard' | 'collect' | 'log';
  /** Else it may go on by itself once it has its input. */
  readonly waits: boolean;
  /** More output than this is read and thrown away. */
  readonly outputLimit?: number;
}

/** `Programs`, or what stands for it where nothing may run. */
export interface ProgramRunner {
  run(state: State, request: ProgramRequest): Promise<ProgramEnd>;
}

export class Programs implements ProgramRunner {
  #running: ChildProcess | undefined;
  #watch: Watch | undefined;

  /** To the program that runs, when procmail itself is told to end. */
  terminate(): void {
    this.#running?.kill('SIGTERM');
  }

  /** Its time is over. */
  expire(): void {
    this.#watch?.expire();
  }

  async run(state: State, request: ProgramRequest): Promise<ProgramEnd> {
    announce(state, request.command);
    const child = start(state, request);
    if (child === undefined) return {status: CANNOT_EXECUTE, hasWriteError: true, output: EMPTY, timedOut: false};
    this.#running = child;
    const watch = new Watch(state, child, request.command);
    this.#watch = watch;
    const ended = exitOf(child);
    const collected = request.output === 'collect' ? collect(child, request.outputLimit ?? Infinity) : undefined;
    const hasWriteError = await feed(child, request.input);
    const output = collected === undefined ? EMPTY : await collected;
    const status = request.waits ? await ended : undefined;
    if (!request.waits) child.unref();
    watch.stop();
    this.#running = this.#watch = undefined;
    return {status, hasWriteError, output, timedOut: watch.hasExpired};
  }
}

const EMPTY = Buffer.alloc(0);

function announce(state: State, {text, words, shownWords = words}: Command): void {
  state.log.tell('Executing', shownWords === undefined ? text : shownWords.join(','));
  state.log.flush();
}

/** What can't be executed is tried as a shell script, as execvp(3)'s callers of old do. */
function start(state: State, {command, output}: ProgramRequest): ChildProcess | undefined {
  const {variables, log} = state;
  const argv = command.words ?? [variables.text('SHELL'), state.steer('SHELLFLAGS'), command.text];
  const stdout = output === 'collect' ? 'pipe' : output === 'log' ? log.fd : 'ignore';
  const options = {
    env: Object.fromEntries([...variables.entries()].map(([name, value]) => [toText(name), toText(value)])),
    stdio: ['pipe', stdout, log.fd] satisfies StdioOptions,
  };
  for (const [program = '', ...rest] of [argv, ['/bin/sh', ...argv]]) {
    const child = program === '' ? undefined : tryToSpawn(toText(program), rest.map(toText), options);
    if (child !== undefined) return child;
  }
  log.quote('Failed to execute', argv[0] ?? '');
  return undefined;
}

function tryToSpawn(
  program: string,
  argv: readonly string[],
  options: Parameters<typeof spawn>[2],
): ChildProcess | undefined {
  try {
    const child = spawn(program, argv, options);
    child.on('error', () => undefined); // told by the missing pid
    return child.pid === undefined ? undefined : child;
  } catch {
    return undefined; // too long an argument list, a NUL in it
  }
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise(resolve => {
    child.once('exit', (status, signal) => {
      resolve(signal === null ? (status ?? 0) : -constants.signals[signal]);
    });
  });
}

/** What a pipe of Linux holds (pipe(7)): so much the original gets rid of, whether or not the program reads it. */
const PIPE_BYTES = 65536;

/** Writes the input; true when the program closed its side before it had all. */
function feed(child: ChildProcess, input: Buffer): Promise<boolean> {
  return new Promise(resolve => {
    const {stdin} = child;
    if (stdin === null) return resolve(false);
    let hasFailed = false;
    stdin.on('error', () => (hasFailed = input.length > PIPE_BYTES));
    stdin.on('close', () => resolve(hasFailed));
    stdin.end(input);
  });
}

function collect(child: ChildProcess, limit: number): Promise<Buffer> {
  return new Promise(resolve => {
    const chunks: Buffer[] = [];
    let length = 0;
    child.stdout?.on('data', (chunk: Buffer) => {
      if (length <= limit) chunks.push(chunk);
      length += chunk.length;
    });
    child.stdout?.on('close', () => resolve(Buffer.concat(chunks)));
  });
}

class Watch {
  hasExpired = false;
  readonly #state: State;
  readonly #child: ChildProcess;
  readonly #name: string;
  #timer: NodeJS.Timeout | undefined;

  constructor(state: State, child: ChildProcess, command: Command) {
    this.#state = state;
    this.#child = child;
    this.#name = command.words?.[0] ?? command.text;
    const seconds = state.settings.timeoutSeconds;
    if (seconds > 0) this.#timer = setTimeout(() => this.expire(), Math.min(seconds * 1000, 2 ** 31 - 1));
  }

  expire(): void {
    const child = this.#child;
    this.hasExpired = true;
    const isThere = child.exitCode === null && child.signalCode === null && child.kill('SIGTERM');
    this.#state.log.quote(`Timeout, ${isThere ? 'terminating' : 'was waiting for'}`, this.#name);
    this.stop();
    this.#timer = setTimeout(() => giveUp(child), KILL_AFTER_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** Its children may hold the pipes for ever. */
function giveUp(child: ChildProcess): void {
  child.kill('SIGKILL');
  child.stdin?.destroy();
  child.stdout?.destroy();
}
