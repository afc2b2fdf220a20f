/** hash: and btree: tables: Berkeley DB files that postmap(1) and postalias(1) make, `.db` behind the table's name. */
import {statSync} from 'node:fs';
import {toPath} from '../base/bytes.ts';
import {BerkeleyFault} from './berkeley/pages.ts';
import {openDatabase, type DatabaseKind, type DatabaseReader} from './berkeley/reader.ts';
import {type TableContext, type TableType, type Terminator, warnOf} from './context.ts';
import {FollowedFile} from './followed-file.ts';
import {type Found, type Table, TableError} from './table.ts';

export const hash: TableType = {
  type: 'hash',
  summary: 'a Berkeley DB hash file, made by postmap(1)',
  open: (path, context) => new DatabaseTable('hash', path, context),
};

export const btree: TableType = {
  type: 'btree',
  summary: 'a Berkeley DB btree file, made by postmap(1)',
  open: (path, context) => new DatabaseTable('btree', path, context),
};

/** A source must have been changed this long ago before its database is called old: it may be about to be made. */
const SOURCE_AGE_MS = 100_000;
const SOURCE_CHECK_MS = 10_000;

class DatabaseTable implements Table {
  readonly name: string;
  readonly label: string;
  readonly isPattern = false;
  readonly #source: string;
  readonly #file: FollowedFile<DatabaseReader>;
  readonly #warn: (text: string) => void;
  readonly #now: () => number;
  #terminator: Terminator;
  #sourceCheckedAt: number;
  #reportedSource = 0;

  constructor(kind: DatabaseKind, path: string, context: TableContext) {
    this.name = `${kind}:${path}`;
    this.label = `${this.name}.db`;
    this.#source = path;
    this.#terminator = context.terminator ?? 'either';
    this.#warn = warnOf(context);
    this.#now = context.now ?? (() => performance.now());
    this.#file = new FollowedFile({
      path: `${path}.db`,
      table: this.name,
      opening: 'open database ',
      load: (bytes, isChange) => loadDatabase(bytes, kind, path, isChange, context),
      warn: this.#warn,
      now: context.now,
    });
    this.#sourceCheckedAt = this.#now();
    this.#checkSource();
  }

  lookup(key: string): Found | undefined {
    const database = this.#file.current;
    const now = this.#now();
    if (now - this.#sourceCheckedAt > SOURCE_CHECK_MS) {
      this.#sourceCheckedAt = now;
      this.#checkSource();
    }
    const value = this.#get(database, key);
    return value === undefined ? undefined : {value: cString(value), file: `${this.#source}.db`};
  }

  *entries(): Generator<readonly [string, string]> {
    for (const [key, value] of this.#file.current.pairs()) yield [cString(key), cString(value)];
  }

  close(): void {
    // The content is in memory; there is nothing to close.
  }

  /** Whichever form of key is found first is the one this file has. */
  #get(database: DatabaseReader, key: string): Buffer | undefined {
    if (this.#terminator !== 'never') {
      const value = database.get(Buffer.from(`${key}\0`, 'latin1'));
      if (value !== undefined) {
        this.#terminator = 'always';
        return value;
      }
    }
    if (this.#terminator === 'always') return undefined;
    const value = database.get(Buffer.from(key, 'latin1'));
    if (value !== undefined) this.#terminator = 'never';
    return value;
  }

  #checkSource(): void {
    let changedAt: number;
    try {
      changedAt = statSync(toPath(this.#source)).mtimeMs;
    } catch {
      return; // a database needs no source
    }
    if (changedAt === this.#reportedSource || changedAt <= this.#file.modifiedAt) return;
    if (changedAt >= Date.now() - SOURCE_AGE_MS) return;
    this.#reportedSource = changedAt;
    this.#warn(`database ${this.#source}.db is older than source file ${this.#source}`);
  }
}

function loadDatabase(
  bytes: Buffer,
  kind: DatabaseKind,
  path: string,
  isChange: boolean,
  context: TableContext,
): DatabaseReader {
  const file = `${path}.db`;
  try {
    const database = openDatabase(bytes, kind, file);
    // The original's postmap writes in place: a change may be a half of one.
    if (isChange && !database.isWhole()) throw new BerkeleyFault('');
    return database;
  } catch (fault) {
    if (!(fault instanceof BerkeleyFault)) throw fault;
    if (fault.message !== '') context.complain?.(fault.message);
    throw new TableError(`${kind}:${path}`, `open database ${file}: ${fault.words}`, {cause: fault});
  }
}

/** Keys and values are C strings to the original: they end at the first zero byte. */
function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
}
