/**
 * What a run of procmail knows and changes while it reads its rc files: the message, the variables and those of them that
 * steer procmail itself, the last program's exit code, the locks. A clone (flag c on a block) works on a copy.
 */
import {chdir, umask as setUmask} from 'node:process';
import {toText} from '../../base/bytes.ts';
import type {LockFiles} from './lock-files.ts';
import type {ProcmailLog} from './log.ts';
import type {Mail} from './mail.ts';
import {numberOrWord} from './numbers.ts';
import type {Scope} from './words.ts';
import type {RecipeRecorder} from './recipe-recorder.ts';
import {Variables} from './variables.ts';

/** config.h of the original as Debian builds it; procmailrc(5) Environment. */
export const DEFAULT_LINEBUF = 2048;
const MIN_LINEBUF = 128;

export interface Settings {
  lockSleepSeconds: number;
  lockTimeoutSeconds: number;
  suspendSeconds: number;
  timeoutSeconds: number;
  /** LOGABSTRACT: -1 by default, 0 no, 1 yes, 2 all. */
  logAbstract: number;
  lineLimit: number;
}

const DEFAULT_SETTINGS: Settings = {
  lockSleepSeconds: 8,
  lockTimeoutSeconds: 1024,
  suspendSeconds: 16,
  timeoutSeconds: 960,
  logAbstract: -1,
  lineLimit: DEFAULT_LINEBUF,
};

/** Variables that steer procmail by their text. The environment may lack them (-p with -m); these defaults count then. */
export const STEERING_TEXTS: readonly (readonly [name: string, text: string])[] = [
  ['SHELLMETAS', '&|<>~;?*['],
  ['LOCKEXT', '.lock'],
  ['MSGPREFIX', 'msg.'],
  ['TRAP', ''],
  ['SHELLFLAGS', '-c'],
  ['DEFAULT', '$ORGMAIL'],
  ['SENDMAIL', '/usr/sbin/sendmail'],
  ['SENDMAILFLAGS', '-oi'],
];

export class State {
  readonly log: ProcmailLog;
  readonly variables: Variables;
  readonly settings: Settings;
  readonly locks: LockFiles;
  readonly steering: Map<string, string>;
  readonly isBerkeley: boolean;
  /** Of an explanation. */
  readonly recorder: RecipeRecorder | undefined;
  mail: Mail;
  /** $1, $2, ... */
  arguments: readonly string[];
  umask = 0o077;
  /** $? */
  lastExit = 0;
  /** $= */
  lastScore = 0;
  /** The exit status to be: procmailrc(5) EXITCODE. */
  status: number;
  isExitCodeSet = false;
  /** DELIVERED=yes was met. */
  pretendsDelivery = false;
  /** The directory was chosen: by MAILDIR or with the first rc file. */
  hasChosenDirectory = false;
  /** Bytes of the last delivery, and where in its file it begins (-1: in none). */
  lastSize = 0;
  lastOffset = -1;
  /** How the last filter or capture ended that was waited for. */
  pipeStatus = 0;
  /** What `|` without a program writes to. */
  writeOutput: (bytes: Buffer) => void = () => undefined;
  /** The rc file that is read, `$_`; undefined outside of all. */
  rcFile: string | undefined;

  constructor(from: {
    readonly log: ProcmailLog;
    readonly variables: Variables;
    readonly locks: LockFiles;
    readonly mail: Mail;
    readonly arguments: readonly string[];
    readonly status: number;
    readonly isBerkeley: boolean;
    readonly settings?: Settings;
    readonly steering?: ReadonlyMap<string, string>;
    readonly recorder?: RecipeRecorder | undefined;
  }) {
    this.log = from.log;
    this.variables = from.variables;
    this.locks = from.locks;
    this.mail = from.mail;
    this.arguments = from.arguments;
    this.status = from.status;
    this.isBerkeley = from.isBerkeley;
    this.recorder = from.recorder;
    this.settings = {...(from.settings ?? DEFAULT_SETTINGS)};
    this.steering = new Map(from.steering ?? STEERING_TEXTS);
  }

  /** For a clone: its variables, locks and directory are its own. */
  copy(): State {
    const copy = new State({
      ...this,
      variables: new Variables(this.log, this.variables.entries()),
      locks: this.locks.cloned(),
    });
    const {umask, lastExit, lastScore, isExitCodeSet, pretendsDelivery} = this;
    const {hasChosenDirectory, lastSize, rcFile, writeOutput} = this;
    const outcome = {umask, lastExit, lastScore, isExitCodeSet, pretendsDelivery};
    return Object.assign(copy, outcome, {hasChosenDirectory, lastSize, rcFile, writeOutput});
  }

  /** SHELLMETAS and its like. */
  steer(name: string): string {
    return this.steering.get(name) ?? '';
  }

  scope(alreadyHeld = 0): Scope {
    return {
      limit: this.settings.lineLimit - alreadyHeld,
      variable: name => this.variable(name),
      special: letter => this.#special(letter),
    };
  }

  variable(name: string): string | undefined {
    if (name === '0') return 'procmail';
    return /^\d$/.test(name) ? this.arguments[Number(name) - 1] : this.variables.get(name);
  }

  #special(letter: string): string {
    switch (letter) {
      case '$':
        return String(process.pid);
      case '?':
        return String(this.lastExit);
      case '#':
        return String(this.arguments.length);
      case '=':
        return String(this.lastScore);
      case '_':
        return this.rcFile ?? '';
      default:
        return this.variables.text('LASTFOLDER');
    }
  }

  reportOverflow(): void {
    this.log.notice('Exceeded LINEBUF\n');
    this.variables.set('PROCMAIL_OVERFLOW', 'yes');
  }

  setUmask(mask: number): void {
    this.umask = mask & 0o777;
    setUmask(this.umask);
  }

  /** MAILDIR took effect; false when there is no such directory. */
  changeDirectory(directory: string): boolean {
    try {
      chdir(toText(directory));
      return true;
    } catch {
      return false;
    }
  }

  setLineLimit(value: string): void {
    this.settings.lineLimit = Math.max(numberOrWord(value, 0), MIN_LINEBUF);
  }

  shift(count: number): void {
    if (count > 0) this.arguments = this.arguments.slice(count);
  }

  setLastFolder(folder: string): void {
    this.variables.set('LASTFOLDER', folder);
  }
}
