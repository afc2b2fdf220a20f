/**
 * Programs of vnd.dovecot.pipe, filter and execute: found in one folder that the administrator has set
 * (sieve_pipe_bin_dir and its like), run without a shell, with the rights of the user, a bare environment and limited time.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {stat} from 'node:fs/promises';
import {constants} from 'node:os';
import {toPath, toText} from '../../base/bytes.ts';
import type {SieveMessage} from '../../filter/sieve/message/message.ts';
import type {ProgramRequest, ProgramResult} from '../../filter/sieve/run/environment.ts';
import {duration} from '../../filter/sieve/setting-values.ts';
import type {SieveSettings} from '../../filter/sieve/sieve-settings.ts';
import type {Owner} from '../../mailbox/safe-open.ts';

export interface ProgramSurroundings {
  readonly settings: SieveSettings;
  readonly env: ReadonlyMap<string, string>;
  readonly directory: string;
  /** Undefined: with the rights of this process. */
  readonly rights: Owner | undefined;
  /** `program exec:/bin/x (123): Terminated with non-zero exit code 3`. */
  log(severity: 'info' | 'error', text: string): void;
  /** What it wrote to standard error. */
  complained(text: string): void;
}

const MISSING: ProgramResult = {status: undefined, output: ''};
const MAX_OUTPUT = 64 << 20;
const MAX_COMPLAINT = 16 << 10;
/** Between the polite signal and the other. */
const GRACE_MS = 2000;

export async function runProgram(request: ProgramRequest, surroundings: ProgramSurroundings): Promise<ProgramResult> {
  const {settings} = surroundings;
  const folder = settings.get(`sieve_${request.kind}_bin_dir`) ?? '';
  const path = `${folder}/${request.program}`;
  if (folder === '' || !(await isSafe(path))) return MISSING;
  const limitMs = (duration(settings.get(`sieve_${request.kind}_exec_timeout`), 's') ?? 10) * 1000;
  const text = request.input ?? (await wholeText(request.message));
  const eol = settings.get(`sieve_${request.kind}_input_eol`)?.toLowerCase() === 'lf' ? '\n' : '\r\n';
  const input = Buffer.from(text.replace(/\r?\n/g, eol), 'latin1');
  const done = await execute(path, request.args, input, limitMs, surroundings);
  const name = `program exec:${path} (${done.pid ?? 0})`;
  if (done.fault !== undefined) {
    surroundings.log('error', `program exec:${path}: ${done.fault}`);
    return MISSING;
  }
  if (done.hasExpired && request.kind !== 'pipe')
    surroundings.log('error', `${name}: Execution timed out (> ${limitMs} msecs)`);
  if (done.signal !== undefined) surroundings.log('error', `${name}: Forcibly terminated with signal ${done.signal}`);
  else if (done.status !== 0) surroundings.log('info', `${name}: Terminated with non-zero exit code ${done.status}`);
  return {status: done.status, output: done.output, wasKilled: done.signal !== undefined};
}

/** A plain file that not everybody may write to. */
async function isSafe(path: string): Promise<boolean> {
  const found = await stat(toPath(path)).catch(() => undefined); // a program that can't be looked at is none
  return found !== undefined && found.isFile() && (found.mode & 0o002) === 0;
}

async function wholeText(message: SieveMessage): Promise<string> {
  const header = message
    .fields()
    .map(({text}) => text)
    .join('');
  return `${header}\n${await message.rawBody()}`;
}

interface Done {
  readonly pid: number | undefined;
  readonly status: number;
  readonly signal: number | undefined;
  readonly output: string;
  readonly hasExpired: boolean;
  /** Why it could not be started. */
  readonly fault: string | undefined;
}

function execute(
  path: string,
  args: readonly string[],
  input: Buffer,
  limitMs: number,
  {env, directory, rights, complained}: ProgramSurroundings,
): Promise<Done> {
  return new Promise(resolve => {
    const child = spawn(toText(path), args.map(toText), {
      cwd: toText(directory),
      env: Object.fromEntries([...env].map(([name, value]) => [name, toText(value)])),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      ...(rights === undefined ? {} : {uid: rights.uid, gid: rights.gid}),
    });
    const {pid} = child;
    let hasExpired = false;
    const watch = setTimeout(() => {
      hasExpired = true;
      endGroup(child);
    }, limitMs);
    const output = gather(child.stdout, MAX_OUTPUT, () => endGroup(child));
    const complaint = gather(child.stderr, MAX_COMPLAINT, () => undefined);
    const finish = (status: number, signal: number | undefined, fault: string | undefined): void => {
      clearTimeout(watch);
      const said = Buffer.concat(complaint).toString('latin1', 0, MAX_COMPLAINT);
      if (said !== '') complained(said);
      resolve({pid, status, signal, output: Buffer.concat(output).toString('latin1'), hasExpired, fault});
    };
    child.once('error', fault => finish(1, undefined, fault.message));
    child.once('close', (status, signal) =>
      finish(status ?? 1, signal === null ? undefined : SIGNALS[signal], undefined),
    );
    child.stdin.on('error', () => undefined); // it need not read all: its exit status tells
    child.stdin.end(input);
  });
}

const {signals: SIGNALS} = constants;

/** With the programs it has started. */
function endGroup({pid, exitCode}: ChildProcess): void {
  if (pid === undefined || exitCode !== null) return;
  const send = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch {
      // it has ended by itself
    }
  };
  send('SIGTERM');
  setTimeout(() => send('SIGKILL'), GRACE_MS).unref();
}

function gather(stream: NodeJS.ReadableStream, most: number, onTooMuch: () => void): Buffer[] {
  const pieces: Buffer[] = [];
  let size = 0;
  stream.on('data', (piece: Buffer) => {
    size += piece.length;
    if (size <= most) pieces.push(piece);
    else onTooMuch();
  });
  return pieces;
}
