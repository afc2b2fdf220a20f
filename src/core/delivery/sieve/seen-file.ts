/**
 * What vacation, duplicate and redirect have done before, in a file of the user (Dovecot's `.dovecot.lda-dupes`, in a form
 * of our own): a line `EXPIRES ID` for each, appended and flushed; rewritten without what has expired when most of it has.
 * Ids are digests, so that nothing foreign is in it.
 */
import {createHash} from 'node:crypto';
import {appendFile, mkdir, open, readFile, rename} from 'node:fs/promises';
import {dirname} from 'node:path';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import type {SeenBefore} from '../../filter/sieve/run/environment.ts';

/** Lines beyond which the file is looked through for what has expired. */
const TIDY_LINES = 1000;

export class SeenFile implements SeenBefore {
  readonly #path: string;
  readonly #now: () => number;
  #lines = 0;

  /** `now`: milliseconds since 1970. */
  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
  }

  async has(id: string): Promise<boolean> {
    const expires = (await this.#load()).get(digest(id));
    return expires !== undefined && expires > this.#now() / 1000;
  }

  async mark(id: string, seconds: number): Promise<void> {
    const known = await this.#load();
    const key = digest(id);
    const expires = Math.ceil(this.#now() / 1000 + seconds);
    known.set(key, expires);
    this.#lines++;
    await mkdir(toPath(dirname(this.#path)), {recursive: true, mode: 0o700});
    if (this.#lines > TIDY_LINES && this.#lines > known.size * 2) return this.#rewrite(known);
    await appendFile(toPath(this.#path), `${expires} ${key}\n`, {mode: 0o600, flush: true} as object);
  }

  /** Read anew each time: other deliveries write too. */
  async #load(): Promise<Map<string, number>> {
    const text = await readFile(toPath(this.#path), 'latin1').catch((fault: unknown) => {
      if (systemCode(fault) === 'ENOENT') return '';
      throw fault;
    });
    const found = new Map<string, number>();
    const lines = text.split('\n');
    for (const line of lines) {
      const [, expires, key] = /^(\d{1,12}) ([0-9a-f]{40})$/.exec(line) ?? [];
      if (key !== undefined) found.set(key, Number(expires));
    }
    this.#lines = lines.length - 1;
    return found;
  }

  async #rewrite(known: ReadonlyMap<string, number>): Promise<void> {
    const now = this.#now() / 1000;
    const kept = [...known].filter(([, expires]) => expires > now);
    const temporary = `${this.#path}.tmp${process.pid}`;
    const file = await open(toPath(temporary), 'w', 0o600);
    try {
      await file.writeFile(kept.map(([key, expires]) => `${expires} ${key}\n`).join(''));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(toPath(temporary), toPath(this.#path));
  }
}

function digest(id: string): string {
  return createHash('sha1').update(id, 'latin1').digest('hex');
}
