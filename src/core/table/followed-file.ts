/**
 * The content of a file as it is now: looked at again when it is asked for, read again when the file has changed.
 * While the new content is broken or the file is gone, the last good content stays in force, with one warning.
 */
import {readFileSync, type Stats, statSync} from 'node:fs';
import {toPath} from '../base/bytes.ts';
import {describe} from '../base/errors.ts';
import {TableError} from './table.ts';

export interface FollowOptions<Content> {
  readonly path: string;
  /** Names the table in errors and in warnings. */
  readonly table: string;
  /** What comes before the path in the error for a file that can't be opened: `open database `. */
  readonly opening: string;
  /** `isChange`: not the first time, so that the content is to be looked at as a whole before it is taken. */
  load(bytes: Buffer, isChange: boolean): Content;
  warn(text: string): void;
  now?: (() => number) | undefined;
}

/** How long an answer is good for without another look at the file. */
const PATIENCE_MS = 50;
/** A file changed as recently as this may change again with the same time stamp. */
const UNSETTLED_MS = 100;

export class FollowedFile<Content> {
  readonly #options: FollowOptions<Content>;
  readonly #now: () => number;
  #content: Content;
  #stats: Stats | undefined;
  #lookedAt: number;
  #isSettled = true;
  #complaint = '';

  /** Throws `TableError` when there is nothing good yet. */
  constructor(options: FollowOptions<Content>) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#lookedAt = this.#now();
    this.#stats = this.#stat();
    this.#content = this.#load(false);
  }

  get current(): Content {
    const now = this.#now();
    if (now - this.#lookedAt >= PATIENCE_MS) {
      this.#lookedAt = now;
      this.#look();
    }
    return this.#content;
  }

  /** Modification time in milliseconds since 1970. */
  get modifiedAt(): number {
    return this.#stats?.mtimeMs ?? 0;
  }

  #look(): void {
    try {
      const stats = this.#stat();
      if (this.#isSettled && this.#stats !== undefined && isSame(stats, this.#stats)) return;
      this.#stats = stats;
      this.#content = this.#load(true);
      this.#complaint = '';
    } catch (fault) {
      const why = fault instanceof TableError ? fault.message : describe(fault);
      if (why !== this.#complaint) this.#options.warn(`${this.#options.table}: ${why}; its last good content is used`);
      this.#complaint = why;
    }
  }

  #stat(): Stats {
    try {
      return statSync(toPath(this.#options.path));
    } catch (fault) {
      this.#stats = undefined; // whatever comes next is new
      throw this.#openFault(fault);
    }
  }

  #load(isChange: boolean): Content {
    this.#isSettled = Date.now() - this.modifiedAt > UNSETTLED_MS;
    let bytes: Buffer;
    try {
      bytes = readFileSync(toPath(this.#options.path));
    } catch (fault) {
      throw this.#openFault(fault);
    }
    return this.#options.load(bytes, isChange);
  }

  #openFault(fault: unknown): TableError {
    const {table, opening, path} = this.#options;
    return new TableError(table, `${opening}${path}: ${describe(fault)}`, {cause: fault});
  }
}

function isSame(a: Stats, b: Stats): boolean {
  return a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.size === b.size && a.ino === b.ino && a.dev === b.dev;
}
