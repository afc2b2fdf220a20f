/**
 * What was seen before (duplicate tests, vacation replies, redirects), in one file that survives restarts: a line each,
 * `EXPIRES ID`, appended and flushed to disk before anyone relies on it; rewritten without what has expired when it has
 * grown. Bounded: of too many entries those that expire first are forgotten. A broken line counts as none.
 */
import {createHash} from 'node:crypto';
import {open, readFile, rename, stat} from 'node:fs/promises';
import {dirname} from 'node:path';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import type {SeenBefore} from './run/environment.ts';

const MAX_ENTRIES = 100_000;
/** Rewriting begins when so many lines more than entries stand in the file. */
const MAX_WASTE = 1000;

export class SeenFile implements SeenBefore {
  readonly #path: string;
  readonly #now: () => number;
  #entries = new Map<string, number>();
  #lines = 0;
  #last: Promise<unknown> = Promise.resolve();
  #readSize = -1;
  #readMtime = -1;

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
  }

  has(id: string): Promise<boolean> {
    return this.#inTurn(async () => {
      await this.#refresh();
      const expires = this.#entries.get(key(id));
      return expires !== undefined && expires > this.#seconds();
    });
  }

  /** Done when it is on disk. */
  mark(id: string, seconds: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#refresh();
      const expires = this.#seconds() + Math.max(1, Math.round(seconds));
      this.#entries.set(key(id), expires);
      this.#lines++;
      if (this.#lines > this.#entries.size + MAX_WASTE || this.#entries.size > MAX_ENTRIES) await this.#rewrite();
      else await write(this.#path, 'a', `${expires} ${key(id)}\n`);
      await this.#noteState();
    });
  }

  /** One after the other, whatever became of the one before. */
  #inTurn<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const answer = this.#last.then(work);
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  #seconds(): number {
    return Math.floor(this.#now() / 1000);
  }

  /** Another process may have written since. */
  async #refresh(): Promise<void> {
    const found = await this.#state();
    if (found.size === this.#readSize && found.mtimeMs === this.#readMtime) return;
    this.#entries = new Map();
    this.#lines = 0;
    for (const line of (await this.#read()).split('\n')) {
      const [, expires, id] = /^([0-9]{1,12}) ([0-9a-f]{64})$/.exec(line) ?? [];
      if (line !== '') this.#lines++;
      if (expires !== undefined && id !== undefined) this.#entries.set(id, Number(expires));
    }
    await this.#noteState();
  }

  async #read(): Promise<string> {
    try {
      return await readFile(toPath(this.#path), 'latin1');
    } catch (fault) {
      if (systemCode(fault) === 'ENOENT') return '';
      throw fault;
    }
  }

  async #state(): Promise<{readonly size: number; readonly mtimeMs: number}> {
    try {
      return await stat(toPath(this.#path));
    } catch (fault) {
      if (systemCode(fault) === 'ENOENT') return {size: -1, mtimeMs: -1};
      throw fault;
    }
  }

  async #noteState(): Promise<void> {
    const {size, mtimeMs} = await this.#state();
    this.#readSize = size;
    this.#readMtime = mtimeMs;
  }

  async #rewrite(): Promise<void> {
    const now = this.#seconds();
    let kept = [...this.#entries].filter(([, expires]) => expires > now);
    if (kept.length > MAX_ENTRIES) kept = kept.sort((a, b) => b[1] - a[1]).slice(0, MAX_ENTRIES / 2);
    this.#entries = new Map(kept);
    this.#lines = kept.length;
    const temporary = `${this.#path}.tmp${process.pid}`;
    await write(temporary, 'w', kept.map(([id, expires]) => `${expires} ${id}\n`).join(''));
    await rename(toPath(temporary), toPath(this.#path));
    await flushFolder(dirname(this.#path));
  }
}

async function write(path: string, flags: 'a' | 'w', text: string): Promise<void> {
  const file = await open(toPath(path), flags, 0o600);
  try {
    await file.writeFile(text, 'latin1');
    await file.sync();
  } finally {
    await file.close();
  }
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(toPath(folder), 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function key(id: string): string {
  return createHash('sha256').update(id, 'latin1').digest('hex');
}
