/**
 * A file that is parsed when it is first asked for, and again when it has changed. Costs one stat(2) else.
 *
 * A missing file is parsed as undefined; other faults are thrown.
 */
import {readFileSync, type Stats, statSync} from 'node:fs';
import {toPath} from '../../../base/bytes.ts';
import {systemCode} from '../../../base/errors.ts';

export class WatchedFile<Parsed> {
  readonly path: string;
  readonly #parse: (text: string | undefined) => Parsed;
  #stamp: string | undefined;
  #parsed: Parsed | undefined;

  constructor(path: string, parse: (text: string | undefined) => Parsed) {
    this.path = path;
    this.#parse = parse;
  }

  get(): Parsed {
    const found = statIfThere(this.path);
    const stamp = found === undefined ? '' : `${found.mtimeMs} ${found.size} ${found.ino}`;
    if (stamp === this.#stamp && this.#parsed !== undefined) return this.#parsed;
    this.#parsed = this.#parse(found === undefined ? undefined : readFileSync(toPath(this.path), 'latin1'));
    this.#stamp = stamp;
    return this.#parsed;
  }
}

function statIfThere(path: string): Stats | undefined {
  try {
    return statSync(toPath(path));
  } catch (fault) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(fault) ?? '')) return undefined;
    throw fault;
  }
}
