/** Where formail's messages go: standard output, a program for each, or nowhere. Text is gathered and written in large pieces. */
import {spawn, type ChildProcess} from 'node:child_process';
import {constants} from 'node:os';
import {toText} from '../../../base/bytes.ts';

export interface Outlet {
  write(text: string): void;
  /** Waits until what was written has been taken, when much of it waits. */
  settle(): Promise<void>;
  /** Answers false when not all of it was taken. */
  close(): Promise<boolean>;
}

export const SINK: Outlet = {
  write: () => undefined,
  settle: () => Promise.resolve(),
  close: () => Promise.resolve(true),
};

const PIECE = 65536;

export class StreamOutlet implements Outlet {
  readonly #put: (text: string) => void;
  #pending = '';

  constructor(put: (text: string) => void) {
    this.#put = put;
  }

  write(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= PIECE) this.#flush();
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<boolean> {
    this.#flush();
    return Promise.resolve(true);
  }

  #flush(): void {
    if (this.#pending !== '') this.#put(this.#pending);
    this.#pending = '';
  }
}

/** What programs write to. */
interface Descriptors {
  readonly stdoutFd: number;
  readonly stderrFd: number;
}

/** EX_UNAVAILABLE. */
const CANNOT_EXECUTE = 69;

/** A program that takes one message. */
export class ProgramOutlet implements Outlet {
  /** Its exit code, or minus the number of the signal that ended it. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcess | undefined;
  #pending = '';
  #written = 0;
  #hasFailed = false;

  constructor(argv: readonly string[], env: NodeJS.ProcessEnv, complain: (text: string) => void, output: Descriptors) {
    this.#child = start(argv, env, output);
    const child = this.#child;
    if (child === undefined) {
      complain(`Failed to execute "${argv[0] ?? ''}"\n`);
      this.ended = Promise.resolve(CANNOT_EXECUTE);
      return;
    }
    child.stdin?.on('error', () => (this.#hasFailed = this.#written > PIPE_BYTES));
    this.ended = new Promise(resolve => {
      child.once('exit', (status, signal) => resolve(signal === null ? (status ?? 0) : -constants.signals[signal]));
    });
  }

  write(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= PIECE) this.#flush();
  }

  async settle(): Promise<void> {
    const stdin = this.#child?.stdin;
    if (stdin?.writableNeedDrain !== true || stdin.destroyed) return;
    await new Promise<void>(resolve => {
      const done = (): void => {
        stdin.off('drain', done).off('close', done);
        resolve();
      };
      stdin.on('drain', done).on('close', done);
    });
  }

  async close(): Promise<boolean> {
    this.#flush();
    const stdin = this.#child?.stdin;
    if (stdin !== null && stdin !== undefined && !stdin.destroyed)
      await new Promise<void>(resolve => {
        stdin.once('close', resolve);
        stdin.end();
      });
    return !this.#hasFailed && this.#child !== undefined;
  }

  #flush(): void {
    this.#written += this.#pending.length;
    if (this.#pending !== '' && this.#child?.stdin?.writable === true) this.#child.stdin.write(this.#pending, 'latin1');
    this.#pending = '';
  }
}

/** What a pipe of Linux holds: a message within it is taken, whether or not the program reads it. */
const PIPE_BYTES = 65536;

function start(argv: readonly string[], env: NodeJS.ProcessEnv, output: Descriptors): ChildProcess | undefined {
  for (const [program = '', ...rest] of [argv, ['/bin/sh', ...argv]]) {
    if (program === '') continue;
    const child = spawn(toText(program), rest.map(toText), {env, stdio: ['pipe', output.stdoutFd, output.stderrFd]});
    child.on('error', () => undefined); // told by the missing pid
    if (child.pid !== undefined) return child;
  }
  return undefined;
}
