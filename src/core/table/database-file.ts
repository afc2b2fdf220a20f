/**
 * A Berkeley DB file being made or changed by postmap(1) and postalias(1): held in memory, and written as a whole
 * beside the old file, which it then replaces, so that no reader ever sees a half of it. The file keeps its mode and
 * owner. Where only the file itself may be written, and not its folder, it is overwritten in place.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import {dirname} from 'node:path';
import {syncDirectorySync} from '../base/atomic-file.ts';
import {toPath} from '../base/bytes.ts';
import {describe, systemCode} from '../base/errors.ts';
import {buildBtree} from './berkeley/btree-writer.ts';
import {buildHash} from './berkeley/hash-writer.ts';
import {BerkeleyFault} from './berkeley/pages.ts';
import {openDatabase, type DatabaseKind, type Pair} from './berkeley/reader.ts';
import type {Terminator} from './context.ts';
import {TableError} from './table.ts';

export interface DatabaseFileOptions {
  readonly kind: DatabaseKind;
  /** Without `.db`. */
  readonly path: string;
  /** Begins empty, whatever the file holds; otherwise entries are added to it or taken from it. */
  readonly truncates: boolean;
  /** Begins with an empty database when there is no file. */
  readonly creates: boolean;
  /** Of a new file. */
  readonly mode: number;
  readonly terminator: Terminator;
  warn(text: string): void;
  complain?: ((line: string) => void) | undefined;
}

export class DatabaseFile {
  readonly #options: DatabaseFileOptions;
  readonly #file: string;
  readonly #old: Stats | undefined;
  /** Values by the key's bytes, with its terminator. */
  readonly #entries = new Map<string, Buffer>();

  /** Throws `TableError` in the original's words when the file can't be opened for writing. */
  constructor(options: DatabaseFileOptions) {
    this.#options = options;
    this.#file = `${options.path}.db`;
    this.#old = this.#openOld();
  }

  /** False when there is such a key already and it is not to be replaced. */
  put(key: string, value: string, replaces: boolean): boolean {
    const end = this.#options.terminator === 'never' ? '' : '\0';
    const full = key + end;
    if (!replaces && this.#entries.has(full)) return false;
    this.#entries.set(full, Buffer.from(value + end, 'latin1'));
    return true;
  }

  remove(key: string): boolean {
    const {terminator} = this.#options;
    if (terminator !== 'never' && this.#entries.delete(`${key}\0`)) return true;
    return terminator !== 'always' && this.#entries.delete(key);
  }

  save(): void {
    const pairs = Array.from(this.#entries, ([key, value]): Pair => [Buffer.from(key, 'latin1'), value]);
    const bytes = this.#options.kind === 'hash' ? buildHash(pairs) : buildBtree(pairs);
    try {
      this.#replace(bytes);
    } catch (fault) {
      throw this.#fault(`error writing ${this.#file}: ${describe(fault)}`, fault);
    }
  }

  #openOld(): Stats | undefined {
    const {truncates, creates, warn} = this.#options;
    let fd: number;
    try {
      fd = openSync(toPath(this.#file), 'r+');
    } catch (fault) {
      if (creates && systemCode(fault) === 'ENOENT') return this.#checkFolder();
      throw this.#fault(`open ${creates ? '' : 'database '}${this.#file}: ${describe(fault)}`, fault);
    }
    try {
      const stats = fstatSync(fd);
      if (stats.size === 0 && creates) warn(`removing zero-length database file: ${this.#file}`);
      else if (!truncates) this.#load(readFileSync(fd));
      return stats;
    } finally {
      closeSync(fd);
    }
  }

  /** A new file: the original makes it before it reads any input. */
  #checkFolder(): undefined {
    const temporary = this.#temporary(this.#file);
    try {
      closeSync(openSync(toPath(temporary), 'w', 0o600));
      rmSync(toPath(temporary));
    } catch (fault) {
      throw this.#fault(`open database ${this.#file}: ${describe(fault)}`, fault);
    }
    return undefined;
  }

  #load(bytes: Buffer): void {
    const {kind, complain} = this.#options;
    try {
      for (const [key, value] of openDatabase(bytes, kind, this.#file).pairs())
        this.#entries.set(key.toString('latin1'), value);
    } catch (fault) {
      if (!(fault instanceof BerkeleyFault)) throw fault;
      if (fault.message !== '') complain?.(fault.message);
      throw this.#fault(`open database ${this.#file}: ${fault.words}`, fault);
    }
  }

  #replace(bytes: Buffer): void {
    const target = this.#old === undefined ? this.#file : realpath(this.#file);
    const temporary = this.#temporary(target);
    let fd: number;
    try {
      fd = openSync(toPath(temporary), 'w', 0o600);
    } catch (fault) {
      if (this.#old === undefined) throw fault;
      return overwrite(target, bytes);
    }
    try {
      writeWhole(fd, bytes);
      this.#takeOver(temporary);
      renameSync(toPath(temporary), toPath(target));
    } catch (fault) {
      rmSync(toPath(temporary), {force: true});
      throw fault;
    } finally {
      closeSync(fd);
    }
    syncDirectorySync(dirname(target));
  }

  /** Mode and owner of the file that is replaced. Whoever may not give a file away leaves it his own. */
  #takeOver(temporary: string): void {
    const old = this.#old;
    if (old !== undefined)
      try {
        chownSync(toPath(temporary), old.uid, old.gid);
      } catch (fault) {
        if (systemCode(fault) !== 'EPERM') throw fault;
      }
    chmodSync(toPath(temporary), old === undefined ? this.#options.mode : old.mode & 0o7777);
  }

  #temporary(file: string): string {
    return `${file}.tmp${process.pid}`;
  }

  #fault(message: string, cause: unknown): TableError {
    return new TableError(`${this.#options.kind}:${this.#options.path}`, message, {cause});
  }
}

function realpath(file: string): string {
  return realpathSync(toPath(file), {encoding: 'buffer'}).toString('latin1');
}

function overwrite(file: string, bytes: Buffer): void {
  const fd = openSync(toPath(file), 'r+');
  try {
    writeWhole(fd, bytes);
    ftruncateSync(fd, bytes.length);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function writeWhole(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
  fsyncSync(fd);
}
