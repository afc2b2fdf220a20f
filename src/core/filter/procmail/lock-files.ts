/**
 * procmail's lock files: made under another name and linked into place, mode 0444, holding `0`; a lock that is older than
 * LOCKTIMEOUT is taken away by force (procmailrc(5) LOCKFILE, LOCKTIMEOUT, LOCKSLEEP; procmail(1) DIAGNOSTICS).
 *
 * A run holds at most one local and one global lock. One that a clone's parent holds in the same process is as good as held.
 */
import {linkSync, lstatSync, openSync, closeSync, statSync, unlinkSync, writeSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import type {ProcmailLog} from './log.ts';
import type {Settings} from './state.ts';
import {directoryOf, uniqueName} from './unique-name.ts';

/** A lock file is not expected to hold more; a longer file is something else. */
const MAX_LOCK_BYTES = 16;

/** So often a missing directory or a full disk is taken for a passing trouble. */
const TRIES_IN_TROUBLE = 8;
const TROUBLES = ['ENOSPC', 'EDQUOT', 'ENOENT', 'ENOTDIR', 'EIO'];

export class LockFiles {
  readonly #log: ProcmailLog;
  readonly #ofParents: ReadonlySet<string>;
  #local: string | undefined;
  #global: string | undefined;
  /** What is waited for, for the last words of a procmail that is told to end. */
  waitingFor: string | undefined;

  constructor(log: ProcmailLog, ofParents: ReadonlySet<string> = new Set()) {
    this.#log = log;
    this.#ofParents = ofParents;
  }

  cloned(): LockFiles {
    const held = [this.#local, this.#global].filter(lock => lock !== undefined);
    return new LockFiles(this.#log, new Set([...this.#ofParents, ...held]));
  }

  get global(): string | undefined {
    return this.#global;
  }

  /** False when the lock can't be had. An empty name only releases the one held. */
  async takeLocal(name: string, settings: Settings): Promise<boolean> {
    if (name === this.#local) return true;
    this.releaseLocal();
    if (name === '') return true;
    this.#local = await this.#take(name, settings);
    return this.#local !== undefined;
  }

  async takeGlobal(name: string, settings: Settings): Promise<boolean> {
    if (name === this.#global) return true;
    this.#global = this.#release(this.#global);
    if (name === '') return true;
    this.#global = await this.#take(name, settings);
    return this.#global !== undefined;
  }

  releaseLocal(): void {
    this.#local = this.#release(this.#local);
  }

  releaseAll(): void {
    this.releaseLocal();
    this.#global = this.#release(this.#global);
  }

  #release(name: string | undefined): undefined {
    if (name === undefined) return undefined;
    this.#log.tell('Unlocking', name);
    if (this.#ofParents.has(name)) return undefined;
    try {
      unlinkSync(toPath(name));
    } catch {
      this.#log.quote("Couldn't unlock", name);
    }
    return undefined;
  }

  /** Answers the name under which it was had: one that is too long is cut. */
  async #take(wanted: string, settings: Settings): Promise<string | undefined> {
    let name = wanted;
    let tries = TRIES_IN_TROUBLE;
    let triedForce = false;
    this.waitingFor = name;
    try {
      for (;;) {
        this.#log.tell('Locking', name);
        if (this.#ofParents.has(name)) return name;
        const {fault, now} = makeLock(name, file => {
          if (this.#log.isVerbose) this.#log.quote('Error while writing to', file);
        });
        if (fault === undefined) return name;
        if (fault === 'ENAMETOOLONG' && name.length > 1 && name[name.length - 2] !== '/') {
          this.#log.quote('Truncating', name);
          this.#log.write(' and retrying lock\n');
          name = name.slice(0, -1);
          continue;
        }
        if (fault !== 'EEXIST') {
          if (!TROUBLES.includes(fault) || --tries === 0) return this.#fail(name);
        } else if (isStale(name, now, settings.lockTimeoutSeconds)) {
          if (triedForce) return this.#fail(name);
          triedForce = !this.#force(name);
          if (!triedForce) {
            await pause(settings.suspendSeconds * 1000);
            continue;
          }
          tries = TRIES_IN_TROUBLE;
        } else {
          triedForce = false;
          tries = TRIES_IN_TROUBLE;
        }
        await pause(Math.max(settings.lockSleepSeconds * 1000, SHORTEST_PAUSE_MS));
      }
    } finally {
      this.waitingFor = undefined;
    }
  }

  #force(name: string): boolean {
    try {
      unlinkSync(toPath(name));
    } catch {
      this.#log.quote('Forced unlock denied on', name);
      return false;
    }
    this.#log.quote('Forcing lock on', name);
    return true;
  }

  #fail(name: string): undefined {
    this.#log.quote('Lock failure on', name);
    return undefined;
  }
}

/** LOCKSLEEP=0 would be a busy loop. */
const SHORTEST_PAUSE_MS = 10;

/** Locks are compared by the clock of the file system, which a file just made there shows. */
export function makeLock(name: string, complain: (file: string) => void): {fault: string | undefined; now: number} {
  const temporary = makeTemporary(directoryOf(name), complain);
  if (temporary.fault !== undefined) return {fault: temporary.fault, now: 0};
  const path = toPath(temporary.name);
  try {
    const now = statSync(path).mtimeMs;
    linkSync(path, toPath(name));
    return {fault: undefined, now};
  } catch (fault) {
    const now = lstatSync(path, {throwIfNoEntry: false})?.mtimeMs ?? Date.now();
    return {fault: systemCode(fault) ?? 'EIO', now};
  } finally {
    unlinkSync(path);
  }
}

function makeTemporary(directory: string, complain: (file: string) => void): {name: string; fault?: string} {
  for (let attempt = 0; ; attempt++) {
    const name = directory + uniqueName();
    try {
      const fd = openSync(toPath(name), 'wx', 0o444);
      writeSync(fd, '0');
      closeSync(fd);
      return {name};
    } catch (fault) {
      const code = systemCode(fault) ?? 'EIO';
      if (code === 'EEXIST' && attempt < TRIES_IN_TROUBLE) continue;
      complain(name);
      return {name, fault: code};
    }
  }
}

function isStale(name: string, now: number, timeoutSeconds: number): boolean {
  if (timeoutSeconds === 0) return false;
  const found = lstatSync(toPath(name), {throwIfNoEntry: false});
  return (
    found !== undefined &&
    found.size <= MAX_LOCK_BYTES &&
    Math.floor(now / 1000) - Math.floor(found.mtimeMs / 1000) > timeoutSeconds
  );
}
