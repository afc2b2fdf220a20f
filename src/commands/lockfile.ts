/**
 * lockfile(1): makes lock files, waits for those that exist, takes old ones away by force; locks and unlocks the system
 * mailbox. Arguments work in order, as they come; when one file can't be had, those made before are removed again.
 */
import {unlinkSync, lstatSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import {toPath} from '../core/base/bytes.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {version} from '../core/base/version.ts';
import {openIdentities} from '../core/filter/procmail/identity.ts';
import {makeLock} from '../core/filter/procmail/lock-files.ts';
import {leadingNumber} from '../core/filter/procmail/numbers.ts';

const EX_USAGE = 64;
const EX_UNAVAILABLE = 69;
const EX_CANTCREAT = 73;
const EX_TEMPFAIL = 75;

const DEFAULT_SLEEP = 8;
const DEFAULT_SUSPEND = 16;

/** So often a missing directory or a full disk is taken for a passing trouble. */
const TRIES_IN_TROUBLE = 8;
const TROUBLES = ['ENOSPC', 'EDQUOT', 'ENOENT', 'ENOTDIR', 'EIO'];

const USAGE = 'Usage: lockfile -v | -nnn | -r nnn | -l nnn | -s nnn | -! | -ml | -mu | file ...\n';

export const lockfile: Tool = {
  name: 'lockfile',
  summary: 'make lock files',
  usage: ['-SLEEP | -r RETRIES | -l TIMEOUT | -s SUSPEND | -! | -ml | -mu | FILE ...', '-v'],
  options: [
    {flag: '-SLEEP', text: 'Seconds between two attempts (8).'},
    {flag: '-r RETRIES', text: 'How often to try again (-1: for ever, the default).'},
    {flag: '-l TIMEOUT', text: 'A lock that is older than so many seconds is removed by force.'},
    {flag: '-s SUSPEND', text: 'Seconds to wait after that (16).'},
    {flag: '-!', text: 'Exit 0 when a lock could not be had because it exists, and the other way round.'},
    {flag: '-ml', text: 'Lock the system mailbox.'},
    {flag: '-mu', text: 'Unlock it.'},
    {flag: '-v', text: 'Print the version and exit.'},
  ],
  main: (argv, stdio) => (argv.length === 0 ? usage(stdio) : new LockMaker(argv, stdio).run()),
};

function usage(stdio: Stdio): number {
  stdio.stderr.write(USAGE);
  return EX_USAGE;
}

/** Ends the first pass: what was made is removed, and this is the exit status. */
class Failure extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

class LockMaker {
  readonly #argv: readonly string[];
  readonly #stdio: Stdio;
  readonly #made: string[] = [];
  #index = 0;
  #sleepSeconds = DEFAULT_SLEEP;
  #retries = -1;
  #timeoutSeconds = 0;
  #suspendSeconds = DEFAULT_SUSPEND;
  #isInverted = false;
  #hasDoneSomething = false;
  #mailLock: string | undefined;
  #wasInterrupted = false;
  #wake: (() => void) | undefined;

  constructor(argv: readonly string[], stdio: Stdio) {
    this.#argv = argv;
    this.#stdio = stdio;
  }

  async run(): Promise<number> {
    const signals: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'];
    const interrupt = (): void => {
      this.#wasInterrupted = true;
      this.#wake?.();
    };
    for (const signal of signals) process.on(signal, interrupt);
    try {
      const status = await this.#attempt();
      if (status === 0 && !this.#hasDoneSomething) return usage(this.#stdio);
      return this.#isInverted ? inverted(status) : status;
    } finally {
      for (const signal of signals) process.off(signal, interrupt);
    }
  }

  async #attempt(): Promise<number> {
    try {
      for (let word = this.#next(); word !== undefined; word = this.#next())
        if (word.startsWith('-')) await this.#options(word);
        else await this.#make(word);
      return 0;
    } catch (fault) {
      if (!(fault instanceof Failure)) throw fault;
      this.#stdio.stderr.write(fault.message);
      for (const file of this.#made) removeQuietly(file);
      return fault.status;
    }
  }

  #next(): string | undefined {
    return this.#argv[this.#index++];
  }

  async #options(word: string): Promise<void> {
    for (let at = 1; at < word.length; at++) {
      const letter = word.charAt(at);
      switch (letter) {
        case '!':
          this.#isInverted = !this.#isInverted;
          break;
        case 'r':
        case 'l':
        case 's': {
          const attached = word.slice(at + 1);
          const text = attached === '' ? this.#next() : attached;
          if (text === undefined) throw new Failure(EX_USAGE, USAGE);
          const number = leadingNumber(text);
          if (number === undefined || (letter === 's' && number.value < 0)) throw new Failure(EX_USAGE, USAGE);
          this.#set(letter, number.value);
          if (attached === '') {
            word = text;
            at = number.length - 1;
          } else at += number.length;
          break;
        }
        case 'v':
          throw new Failure(EX_USAGE, this.#version());
        case 'h':
        case '?':
          throw new Failure(EX_USAGE, help());
        case 'm':
          await this.#mailbox(word.slice(at + 1));
          return;
        default: {
          const number = leadingNumber(word.slice(at));
          if (number === undefined || number.value < 0) throw new Failure(EX_USAGE, USAGE);
          this.#sleepSeconds = number.value;
          at += number.length - 1;
        }
      }
    }
  }

  #set(letter: 'r' | 'l' | 's', value: number): void {
    if (letter === 'r') this.#retries = value;
    else if (letter === 'l') this.#timeoutSeconds = value;
    else this.#suspendSeconds = value;
  }

  #version(): string {
    return (
      `lockfile v3.23pre 2001/09/13\n    as Posthorn ${version} understands it\n\n` +
      `Your system mailbox's lockfile:\t${this.#mailLockName()}\n`
    );
  }

  #mailLockName(): string {
    this.#mailLock ??= openIdentities(this.#stdio.env).invoker()?.mailbox;
    if (this.#mailLock === undefined)
      throw new Failure(EX_CANTCREAT, "lockfile: Can't determine your mailbox, who are you?\n");
    return `${this.#mailLock}.lock`;
  }

  async #mailbox(action: string): Promise<void> {
    if (action !== 'l' && action !== 'u') throw new Failure(EX_USAGE, USAGE);
    const lock = this.#mailLockName();
    if (action === 'l') return this.#make(lock);
    try {
      unlinkSync(toPath(lock));
      this.#hasDoneSomething = true;
    } catch {
      this.#stdio.stderr.write(`lockfile: Can't unlock "${lock}"\n`);
    }
  }

  async #make(wanted: string): Promise<void> {
    this.#hasDoneSomething = true;
    let file = wanted;
    for (let tries = TRIES_IN_TROUBLE; ;) {
      const {fault, now} = makeLock(file, () => undefined);
      if (fault === undefined) return void this.#made.push(file);
      if (this.#wasInterrupted) throw giveUp(EX_TEMPFAIL, 'Signal received', file);
      if (fault === 'EEXIST') {
        tries = TRIES_IN_TROUBLE;
        await this.#waitFor(file, now);
      } else if (fault === 'ENAMETOOLONG' && file.length > 1 && file[file.length - 2] !== '/') {
        this.#stdio.stderr.write(`lockfile: Truncating "${file}" and retrying lock\n`);
        file = file.slice(0, -1);
      } else if (fault === 'ENAMETOOLONG') throw giveUp(EX_UNAVAILABLE, 'Filename too long', file);
      else if (TROUBLES.includes(fault) && --tries > 0) await this.#sleep(this.#sleepSeconds);
      else throw giveUp(EX_UNAVAILABLE, 'Try praying', file);
    }
  }

  async #waitFor(file: string, now: number): Promise<void> {
    const made = lstatSync(toPath(file), {throwIfNoEntry: false})?.mtimeMs;
    const age = made === undefined ? 0 : Math.floor(now / 1000) - Math.floor(made / 1000);
    if (this.#timeoutSeconds !== 0 && age > this.#timeoutSeconds) {
      const isGone = removeQuietly(file);
      this.#stdio.stderr.write(`lockfile: ${isGone ? 'Forcing lock on' : 'Forced unlock denied on'} "${file}"\n`);
      return this.#sleep(this.#suspendSeconds);
    }
    if (this.#retries === 0) throw giveUp(EX_CANTCREAT, 'Sorry', file);
    if (this.#retries !== -1) this.#retries--;
    await this.#sleep(this.#sleepSeconds);
  }

  /** Until the time is over or a signal comes; never without a moment for others. */
  async #sleep(seconds: number): Promise<void> {
    const stopped = new Promise<void>(resolve => (this.#wake = resolve));
    const control = new AbortController();
    const timer = pause(Math.max(seconds * 1000, SHORTEST_PAUSE_MS), undefined, {signal: control.signal}).catch(
      () => undefined,
    );
    await Promise.race([timer, stopped]);
    control.abort();
    this.#wake = undefined;
  }
}

const SHORTEST_PAUSE_MS = 10;

function giveUp(status: number, reason: string, file: string): Failure {
  return new Failure(status, `lockfile: ${reason}, giving up on "${file}"\n`);
}

function removeQuietly(file: string): boolean {
  try {
    unlinkSync(toPath(file));
    return true;
  } catch {
    return false;
  }
}

/** Only "had" and "exists" change places. */
function inverted(status: number): number {
  if (status === 0) return EX_CANTCREAT;
  return status === EX_CANTCREAT ? 0 : status;
}

function help(): string {
  return USAGE + lockfile.options.map(({flag, text}) => `\t${flag.padEnd(12)}${text}\n`).join('');
}
