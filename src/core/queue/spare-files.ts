/**
 * Queue files that are done with, kept for a moment and written over by the next messages. Under load this saves the file
 * system most of its work: no inode is searched for and given back, no block is allocated, freed and discarded. Without
 * load nothing is kept, and what was kept goes within seconds: files in `spare/` hold mail that is delivered.
 *
 * A file must not be written over while a crash could bring its old name back: the new text would be taken for the old
 * message. So it is ready for use only when the folders that knew it (`incoming`, `active`) were flushed after it had left
 * them. Whoever uses it claims it by renaming it first.
 */
import {unlink} from 'node:fs';
import {mkdir, readdir, rm} from 'node:fs/promises';
import {systemCode} from '../base/errors.ts';
import type {FolderFlusher} from '../base/flusher.ts';
import {nameCalls} from '../base/name-calls.ts';

/** Larger ones give their room back. */
const LARGEST_BYTES = 1 << 16;
const MOST = 512;
/** With so many added since they were counted, they are counted again. */
const RECOUNT = 128;
/** Fewer ends in a second than this, and none is kept. */
const BUSY_ENDS = 16;
const BUSY_MILLISECONDS = 1000;
/** None was added for so long: all go. */
const IDLE_MILLISECONDS = 2000;
const SWEEP_MILLISECONDS = 1000;
/** So many should be ready; the folder is not looked at again and again. */
const WANTED = 64;
const LOOK_MILLISECONDS = 25;

export class SpareFiles {
  readonly #folder: string;
  readonly #known: readonly string[];
  readonly #flusher: FolderFlusher;
  /** Set by who goes on running: a process that ends soon leaves no spare files. */
  isKeeping = false;
  readonly #ends = new Array<number>(BUSY_ENDS).fill(-Infinity);
  #endAt = 0;
  #count = 0;
  #uncounted = 0;
  #addedAt = 0;
  #sweeping: NodeJS.Timeout | undefined;
  #ready: string[] = [];
  #lookedAt = -Infinity;
  #isLooking = false;

  constructor(spool: string, flusher: FolderFlusher) {
    this.#folder = `${spool}/spare`;
    this.#known = [`${spool}/incoming`, `${spool}/active`];
    this.#flusher = flusher;
  }

  /** The file of a message that is done is kept, or goes. `done` is told what unlink(2) would be. */
  retire(path: string, sizeBytes: number, done: (fault: NodeJS.ErrnoException | null) => void): void {
    if (!this.#wants(sizeBytes)) return unlink(path, done);
    nameCalls.rename(path, `${this.#folder}/${PROCESS}.${++serial}`, fault => {
      if (fault === null) {
        this.#added();
        return done(null);
      }
      if (fault.code === 'ENOENT') this.#makeFolder();
      unlink(path, done);
    });
  }

  /** A file to claim; undefined when a new one must be made. */
  take(): string | undefined {
    if (this.#ready.length < WANTED) this.#look();
    return this.#ready.pop();
  }

  /** What was taken is not there: somebody has removed them all. */
  forget(): void {
    this.#ready = [];
  }

  /** Removes all, whoever put them there: nothing is lost with them. */
  async clear(): Promise<void> {
    clearInterval(this.#sweeping);
    this.#sweeping = undefined;
    this.#count = 0;
    for (const path of await this.#paths()) await rm(path, {force: true}).catch(() => undefined); // claimed meanwhile
  }

  #wants(sizeBytes: number): boolean {
    if (!this.isKeeping) return false;
    const now = performance.now();
    const isBusy = now - (this.#ends[this.#endAt] ?? 0) < BUSY_MILLISECONDS;
    this.#ends[this.#endAt] = now;
    this.#endAt = (this.#endAt + 1) % BUSY_ENDS;
    return isBusy && sizeBytes <= LARGEST_BYTES && this.#count < MOST;
  }

  #added(): void {
    this.#count++;
    this.#addedAt = performance.now();
    if (++this.#uncounted >= RECOUNT) void this.#recount();
    this.#sweeping ??= setInterval(() => void this.#sweep(), SWEEP_MILLISECONDS).unref();
  }

  #makeFolder(): void {
    mkdir(this.#folder, {mode: 0o700}).catch(() => undefined); // without it there are no spare files
  }

  async #sweep(): Promise<void> {
    if (performance.now() - this.#addedAt > IDLE_MILLISECONDS) await this.clear();
  }

  /** Others take files away. */
  async #recount(): Promise<void> {
    this.#uncounted = 0;
    this.#count = (await this.#paths()).length;
  }

  #look(): void {
    const now = performance.now();
    if (this.#isLooking || now - this.#lookedAt < LOOK_MILLISECONDS) return;
    this.#isLooking = true;
    this.#lookedAt = now;
    void this.#paths().then(paths => {
      const known = new Set(this.#ready);
      const found = paths.filter(path => !known.has(path));
      if (found.length === 0) this.#isLooking = false;
      else
        this.#whenFlushed(isFlushed => {
          this.#isLooking = false;
          if (isFlushed) this.#ready.push(...found);
        });
    });
  }

  #whenFlushed(done: (isFlushed: boolean) => void): void {
    let [waiting, isFlushed] = [this.#known.length, true];
    for (const folder of this.#known)
      this.#flusher.sync(folder, fault => {
        isFlushed &&= fault === null;
        if (--waiting === 0) done(isFlushed);
      });
  }

  async #paths(): Promise<string[]> {
    try {
      return (await readdir(this.#folder)).map(name => `${this.#folder}/${name}`);
    } catch (fault) {
      if (systemCode(fault) === 'ENOENT') return [];
      throw fault;
    }
  }
}

/** No name is ever used twice. */
const PROCESS = `${process.pid}.${Date.now().toString(36)}`;
let serial = 0;
