/**
 * Watches the folders of a mailbox for what other processes do (inotify, through node:fs). One watch for each folder and
 * process, however many sessions wait. Where the kernel has none left, the folders' times are compared now and then.
 * Calls at once for the first of many changes, and once more after them.
 */
import {statSync, watch, type FSWatcher} from 'node:fs';
import {toPath} from '../base/bytes.ts';

/** Changes that come this close together are told together. */
const GATHER_MS = 20;
/** Where there is no watch, a look costs about ten microseconds: all of them together take half a percent of a processor. */
const LEAST_POLL_MS = 200;
const POLL_MS_EACH = 2;
/** How many look now and then. */
let polling = 0;

export class FolderWatch {
  readonly #directories: readonly string[];
  readonly #onChange: () => void;
  #watchers: FSWatcher[] = [];
  #users = 0;
  #poll: NodeJS.Timeout | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #isMissed = false;
  #times = '';

  constructor(directories: readonly string[], onChange: () => void) {
    this.#directories = directories;
    this.#onChange = onChange;
  }

  /** Until the answer is called. */
  use(): () => void {
    if (this.#users++ === 0) this.#start();
    let isUsed = true;
    return () => {
      if (!isUsed) return;
      isUsed = false;
      if (--this.#users === 0) this.#stop();
    };
  }

  #start(): void {
    try {
      for (const directory of this.#directories) this.#watchers.push(this.#watch(directory));
    } catch {
      this.#fallBack(); // no watches left, or the folder is gone: looking now and then tells
    }
  }

  #watch(directory: string): FSWatcher {
    const watcher = watch(toPath(directory), {persistent: false}, () => this.#changed());
    watcher.on('error', () => this.#fallBack());
    return watcher;
  }

  #fallBack(): void {
    this.#closeWatchers();
    if (this.#poll !== undefined) return;
    this.#times = this.#timesNow();
    polling++;
    this.#poll = setInterval(
      () => {
        const now = this.#timesNow();
        if (now === this.#times) return;
        this.#times = now;
        this.#onChange();
      },
      Math.max(LEAST_POLL_MS, polling * POLL_MS_EACH),
    );
    this.#poll.unref();
  }

  #timesNow(): string {
    const times = this.#directories.map(
      directory => statSync(toPath(directory), {bigint: true, throwIfNoEntry: false})?.mtimeNs,
    );
    return times.join(' ');
  }

  #changed(): void {
    if (this.#gathering !== undefined) {
      this.#isMissed = true;
      return;
    }
    this.#gathering = setTimeout(() => {
      this.#gathering = undefined;
      if (this.#isMissed) this.#changed();
      this.#isMissed = false;
    }, GATHER_MS);
    this.#gathering.unref();
    this.#onChange();
  }

  #closeWatchers(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }

  #stop(): void {
    this.#closeWatchers();
    if (this.#poll !== undefined) polling--;
    clearInterval(this.#poll);
    clearTimeout(this.#gathering);
    this.#poll = undefined;
    this.#gathering = undefined;
    this.#isMissed = false;
  }
}
