/**
 * formail -D: a file of keys seen before, each ended by NUL, written in a circle: an empty key marks where the oldest ones
 * begin to be overwritten (formail(1) -D). The file grows to about the length that was asked for.
 */
import {closeSync, openSync, readFileSync, writeSync} from 'node:fs';
import {toPath} from '../../../base/bytes.ts';

export class IdCache {
  readonly #path: string;
  readonly #length: number;

  /** Throws what open(2) says when the file can neither be opened nor made. */
  constructor(path: string, length: number) {
    this.#path = path;
    this.#length = length;
    closeSync(openSync(toPath(path), 'a+'));
  }

  /** True when the key is there already; else it is written. */
  seen(key: string): boolean {
    const bytes = readFileSync(toPath(this.#path)).toString('latin1');
    let insertAt = this.#length;
    for (let at = 0; at < Math.max(this.#length, 1);) {
      const end = bytes.indexOf('\0', at);
      if (end < 0) break;
      if (bytes.slice(at, end) === key) return true;
      if (end === at && insertAt === this.#length) {
        insertAt = end;
        at = bytes.indexOf('\0', end + 1) + 1; // behind the mark: the rest of an overwritten key
        if (at === 0) break;
      } else at = end + 1;
    }
    this.#write(key, insertAt >= this.#length ? 0 : insertAt);
    return false;
  }

  #write(key: string, at: number): void {
    const fd = openSync(toPath(this.#path), 'r+');
    try {
      writeSync(fd, Buffer.from(`${key}\0\0`, 'latin1'), 0, key.length + 2, at);
    } finally {
      closeSync(fd);
    }
  }
}
