/**
 * What was seen before (duplicate tests, vacation replies, redirects), in one file that survives restarts: a line each,
 * `EXPIRES ID`, appended and flushed to disk before anyone relies on it; rewritten without what has expired when it has
 * grown. Bounded: of too many entries those that expire first are forgotten. A broken line counts as none.
 */
import {closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync} from 'node:fs';
import {createHash} from 'node:crypto';
import {replaceFileSync} from '../../base/atomic-file.ts';
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
  #readSize = -1;
  #readMtime = -1;

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
  }

  has(id: string): boolean {
    this.#refresh();
    const expires = this.#entries.get(key(id));
    return expires !== undefined && expires > this.#seconds();
  }

  mark(id: string, seconds: number): void {
    this.#refresh();
    const expires = this.#seconds() + Math.max(1, Math.round(seconds));
    this.#entries.set(key(id), expires);
    this.#lines++;
    if (this.#lines > this.#entries.size + MAX_WASTE || this.#entries.size > MAX_ENTRIES) this.#rewrite();
    else this.#append(`${expires} ${key(id)}\n`);
    this.#noteState();
  }

  #seconds(): number {
    return Math.floor(this.#now() / 1000);
  }

  /** Another process may have written since. */
  #refresh(): void {
    const found = statSync(toPath(this.#path), {throwIfNoEntry: false});
    if (found?.size === this.#readSize && found.mtimeMs === this.#readMtime) return;
    this.#entries = new Map();
    this.#lines = 0;
    for (const line of this.#read().split('\n')) {
      const [, expires, id] = /^([0-9]{1,12}) ([0-9a-f]{64})$/.exec(line) ?? [];
      if (line !== '') this.#lines++;
      if (expires !== undefined && id !== undefined) this.#entries.set(id, Number(expires));
    }
    this.#noteState();
  }

  #read(): string {
    try {
      return readFileSync(toPath(this.#path), 'latin1');
    } catch (fault) {
      if (systemCode(fault) === 'ENOENT') return '';
      throw fault;
    }
  }

  #noteState(): void {
    const found = statSync(toPath(this.#path), {throwIfNoEntry: false});
    this.#readSize = found?.size ?? -1;
    this.#readMtime = found?.mtimeMs ?? -1;
  }

  #append(line: string): void {
    const fd = openSync(toPath(this.#path), 'a', 0o600);
    try {
      writeSync(fd, line, null, 'latin1');
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  #rewrite(): void {
    const now = this.#seconds();
    let kept = [...this.#entries].filter(([, expires]) => expires > now);
    if (kept.length > MAX_ENTRIES) kept = kept.sort((a, b) => b[1] - a[1]).slice(0, MAX_ENTRIES / 2);
    this.#entries = new Map(kept);
    this.#lines = kept.length;
    replaceFileSync(this.#path, kept.map(([id, expires]) => `${expires} ${id}\n`).join(''), 0o600);
  }
}

function key(id: string): string {
  return createHash('sha256').update(id, 'latin1').digest('hex');
}
