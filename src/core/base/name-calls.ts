/**
 * Calls that only change names: a new file, a rename. Where the folder is in memory they take microseconds, less than handing
 * them to a thread does, and are done in place; `done` may then be called before the call returns. What waits for the disk
 * has no place here: fsync, and unlink, which gives blocks back (ext4: 0.2 ms and more while a commit is under way).
 *
 * A disk on which they wait all the same (a full journal, a network) is found out by the time they take: then they go to
 * threads, for longer each time, so that the event loop stands still once and not with each message.
 */
import * as fs from 'node:fs';

type Fault = NodeJS.ErrnoException | null;
type Path = string | Buffer;

/** So long may calls take, one or several shortly after each other: no more than half of the time. */
const PATIENCE_MILLISECONDS = 20;
/** For so long calls go to threads then: doubled each time, up to the longest. */
const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 10_000;
/** After so many calls in place the next time counts as the first. */
const FORGIVEN_AFTER = 1000;

export class NameCalls {
  readonly #now: () => number;
  #threadsUntil = 0;
  #pause = FIRST_PAUSE_MILLISECONDS;
  #quick = 0;
  #patience = PATIENCE_MILLISECONDS;
  #judgedAt = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  open(path: Path, flags: string | number, mode: number, done: (fault: Fault, fd: number) => void): void {
    const begin = this.#now();
    if (begin < this.#threadsUntil) return fs.open(path, flags, mode, done);
    let fd = -1;
    const fault = attempt(() => (fd = fs.openSync(path, flags, mode)));
    this.#judge(begin);
    done(fault, fd);
  }

  rename(from: Path, to: Path, done: (fault: Fault) => void): void {
    const begin = this.#now();
    if (begin < this.#threadsUntil) return fs.rename(from, to, done);
    const fault = attempt(() => fs.renameSync(from, to));
    this.#judge(begin);
    done(fault);
  }

  /** The same as promises. */
  opened(path: Path, flags: string | number, mode: number): Promise<number> {
    return new Promise((resolve, reject) =>
      this.open(path, flags, mode, (fault, fd) => (fault === null ? resolve(fd) : reject(fault))),
    );
  }

  renamed(from: Path, to: Path): Promise<void> {
    return new Promise((resolve, reject) =>
      this.rename(from, to, fault => (fault === null ? resolve() : reject(fault))),
    );
  }

  #judge(begin: number): void {
    const end = this.#now();
    const rested = this.#patience + (begin - this.#judgedAt) / 2;
    this.#patience = Math.min(rested, PATIENCE_MILLISECONDS) - (end - begin);
    this.#judgedAt = end;
    if (this.#patience >= 0) {
      if (++this.#quick >= FORGIVEN_AFTER) this.#pause = FIRST_PAUSE_MILLISECONDS;
      return;
    }
    this.#quick = 0;
    this.#patience = PATIENCE_MILLISECONDS;
    this.#threadsUntil = end + this.#pause;
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MILLISECONDS);
  }
}

/** Of this process: all its folders are taken to be on one disk. */
export const nameCalls = new NameCalls();

function attempt(call: () => unknown): Fault {
  try {
    call();
    return null;
  } catch (fault) {
    return fault as NodeJS.ErrnoException; // thrown by a system call
  }
}
