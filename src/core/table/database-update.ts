/**
 * Changes of a hash or btree database: the pairs are held in memory, and the file is replaced as a whole, so that no
 * reader ever sees a half of it.
 */
import {chownSync, readFileSync, type Stats} from 'node:fs';
import {replaceFileSync} from '../base/atomic-file.ts';
import {toPath} from '../base/bytes.ts';
import {describe, systemCode} from '../base/errors.ts';
import {buildBtree} from './berkeley/btree-writer.ts';
import {buildHash} from './berkeley/hash-writer.ts';
import {BerkeleyFault} from './berkeley/pages.ts';
import {type DatabaseKind, openDatabase} from './berkeley/reader.ts';
import {foldKey} from './fold.ts';
import {TableError} from './table.ts';

export interface UpdateOptions {
  readonly kind: DatabaseKind;
  /** Without `.db`. */
  readonly path: string;
  readonly foldsKeys: boolean;
  readonly utf8: boolean;
  /** Keys and values end with a zero byte; the original's default. */
  readonly terminated: boolean;
  readonly onDuplicate: 'warn' | 'ignore' | 'replace';
  warn(text: string): void;
}

export class DatabaseUpdate {
  readonly file: string;
  readonly #options: UpdateOptions;
  readonly #pairs = new Map<string, string>();

  constructor(options: UpdateOptions) {
    this.#options = options;
    this.file = `${options.path}.db`;
  }

  /** Takes over what is in the file; a missing one is an error only if it `mustExist`. */
  load(mustExist: boolean): void {
    const table = `${this.#options.kind}:${this.#options.path}`;
    try {
      const bytes = readFileSync(toPath(this.file));
      for (const [key, value] of openDatabase(bytes, this.#options.kind, this.file).pairs())
        this.#pairs.set(key.toString('latin1'), value.toString('latin1'));
    } catch (fault) {
      if (!mustExist && systemCode(fault) === 'ENOENT') return;
      const why = fault instanceof BerkeleyFault ? fault.words : describe(fault);
      throw new TableError(table, `open database ${this.file}: ${why}`, {cause: fault});
    }
  }

  put(key: string, value: string, exact = false): void {
    const {onDuplicate, warn} = this.#options;
    const stored = exact ? key : this.#stored(key);
    const old = this.#formOf(stored);
    if (old !== undefined && onDuplicate === 'warn') warn(`${this.file}: duplicate entry: "${stored}"`);
    if (old !== undefined && onDuplicate !== 'replace') return;
    const end = this.#options.terminated ? '\0' : '';
    this.#pairs.set(old ?? stored + end, value + end);
  }

  /** Answers whether there was one. */
  delete(key: string): boolean {
    const old = this.#formOf(this.#stored(key));
    return old !== undefined && this.#pairs.delete(old);
  }

  /** `like`: whose mode and owner the file takes on. */
  save(mode: number, like?: Stats): void {
    const pairs = [...this.#pairs].map(
      ([key, value]) => [Buffer.from(key, 'latin1'), Buffer.from(value, 'latin1')] as const,
    );
    const bytes = this.#options.kind === 'hash' ? buildHash(pairs) : buildBtree(pairs);
    try {
      replaceFileSync(this.file, bytes, mode);
      if (like !== undefined && process.getuid?.() === 0) chownSync(toPath(this.file), like.uid, like.gid);
    } catch (fault) {
      throw new TableError(this.file, `open database ${this.file}: ${describe(fault)}`, {cause: fault});
    }
  }

  #stored(key: string): string {
    return this.#options.foldsKeys ? foldKey(key, this.#options.utf8) : key;
  }

  #formOf(key: string): string | undefined {
    return [`${key}\0`, key].find(form => this.#pairs.has(form));
  }
}
