/**
 * What a command-line tool is: a plain object with `main(argv, stdio)` answering the exit status, so that a launcher
 * starts as fast as Node does, tests run it in-process, and `posthorn NAME` wraps it. Faults come out as
 * `tool: fatal: text` on standard error, as the originals print them.
 */
import {fstatSync, writeSync} from 'node:fs';
import {FatalError, ConfigError, UsageError, describe, systemCode, warningBefore} from './errors.ts';
import {toByteString} from './bytes.ts';

/** The surroundings of a tool. Text written is a byte string or bytes. */
export interface Stdio {
  readonly stdin: AsyncIterable<Buffer> & {readonly fd?: number; readonly isTTY?: boolean};
  /** Where standard input may be read synchronously, which spares making the stream. */
  readonly stdinFd?: number | undefined;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Where programs that a tool runs write; else what the process has. */
  readonly stdoutFd?: number | undefined;
  readonly stderrFd?: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string | Uint8Array): void;
}

/** A line of a tool's help and man page. */
export interface ToolOption {
  /** As typed: `-f`, `-c DIR`. */
  readonly flag: string;
  readonly text: string;
}

export interface Tool {
  readonly name: string;
  /** One line, no full stop: what the tool does. */
  readonly summary: string;
  /** Invocations, one each, without the tool's name: `[-c DIR] name ...`. */
  readonly usage: readonly string[];
  readonly options: readonly ToolOption[];
  /** Paragraphs for the man page: what is not said by the options (exit status, files, differences from the original). */
  readonly description?: readonly string[];
  /** `argv` is without the program name, as byte strings. */
  main(argv: readonly string[], stdio: Stdio): Promise<number> | number;
}

/** Runs a tool as a process: sets `process.exitCode`, never cuts off output. Called by the launchers only. */
export async function runTool(tool: Tool): Promise<void> {
  const stdio = processStdio();
  process.exitCode = await runGuarded(tool, process.argv.slice(2).map(toByteString), stdio);
}

/** Runs a tool with given surroundings and answers its exit status; thrown faults are printed as the originals do. */
export async function runGuarded(tool: Tool, argv: readonly string[], stdio: Stdio): Promise<number> {
  try {
    return await tool.main(argv, stdio);
  } catch (fault) {
    const text = fault instanceof ConfigError && fault.cause !== undefined ? fault.message : describe(fault);
    const warning = warningBefore(fault);
    if (warning !== undefined) stdio.stderr.write(`${tool.name}: warning: ${warning}\n`);
    stdio.stderr.write(`${tool.name}: fatal: ${text}\n`);
    if (fault instanceof FatalError) return fault.exitStatus;
    if (!(fault instanceof ConfigError || fault instanceof UsageError) && process.env['POSTHORN_DEBUG'] !== undefined)
      stdio.stderr.write(`${fault instanceof Error ? (fault.stack ?? '') : ''}\n`);
    return 1;
  }
}

function processStdio(): Stdio {
  return {
    // The stream is made when first used: opening standard input costs start-up time.
    get stdin() {
      return process.stdin as Stdio['stdin']; // a socket or file stream without encoding yields Buffers
    },
    stdinFd: 0,
    stdout: new Descriptor(1),
    stderr: new Descriptor(2),
    env: process.env,
  };
}

/** A descriptor written with system calls: Node's own streams cost a tenth of a tool's start. */
class Descriptor implements Output {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  get isTTY(): boolean {
    return fstatSync(this.#fd).isCharacterDevice() && isTerminal(this.#fd);
  }

  get columns(): number | undefined {
    return (this.#fd === 1 ? process.stdout : process.stderr).columns;
  }

  write(text: string | Uint8Array): void {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
    for (let at = 0; at < bytes.length;) at += this.#writeSome(bytes.subarray(at));
  }

  #writeSome(bytes: Uint8Array): number {
    try {
      return writeSync(this.#fd, bytes);
    } catch (fault) {
      const code = systemCode(fault);
      if (code === 'EAGAIN') return waitAMoment();
      if (code === 'EPIPE' && this.#fd === 1) process.exit(STATUS_OF_SIGPIPE); // as a C program ends (mailq | head -1)
      if (code === 'EPIPE') return bytes.length;
      throw fault;
    }
  }
}

/** Asked for when there may be a terminal: node:tty brings the network and the streams along. */
function isTerminal(fd: number): boolean {
  return process.getBuiltinModule('node:tty').isatty(fd);
}

const STATUS_OF_SIGPIPE = 128 + 13;

/** A reader that is slow, on a descriptor that somebody made non-blocking. Answers that nothing was written. */
function waitAMoment(): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
  return 0;
}
