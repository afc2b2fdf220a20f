/** texthash: tables: the text that postmap(1) reads, held in memory; no database is made. */
import {isUtf8Wanted, type TableContext, type TableType, warnOf} from './context.ts';
import {type Entry, entryLines} from './entry-lines.ts';
import {foldKey} from './fold.ts';
import {FollowedFile} from './followed-file.ts';
import type {Found, Table} from './table.ts';

export const texthash: TableType = {
  type: 'texthash',
  summary: 'a text file as for hash:, read into memory',
  open: (path, context) => new TextHash(path, context),
};

class TextHash implements Table {
  readonly name: string;
  readonly isPattern = false;
  readonly #path: string;
  readonly #file: FollowedFile<ReadonlyMap<string, Entry>>;

  constructor(path: string, context: TableContext) {
    this.name = `texthash:${path}`;
    this.#path = path;
    const warn = warnOf(context);
    this.#file = new FollowedFile({
      path,
      table: this.name,
      opening: 'open database ',
      load: bytes => readEntries(bytes.toString('latin1'), path, context),
      warn,
      now: context.now,
    });
  }

  lookup(key: string): Found | undefined {
    const entry = this.#file.current.get(key);
    return entry === undefined ? undefined : {value: entry.value, file: this.#path, line: entry.line};
  }

  *entries(): Generator<readonly [string, string]> {
    for (const [key, {value}] of this.#file.current) yield [key, value];
  }

  close(): void {
    // The content is in memory; there is nothing to close.
  }
}

/** The first of several entries with the same key counts. */
function readEntries(content: string, path: string, context: TableContext): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  const warn = warnOf(context);
  const utf8 = isUtf8Wanted(context);
  const valuesAreFiles = context.valuesAreFiles === true;
  for (const entry of entryLines(content, {file: path, utf8, valuesAreFiles, saysIgnoring: true, warn})) {
    const key = context.foldsKeys === false ? entry.key : foldKey(entry.key, utf8);
    if (entries.has(key)) warn(`${path}, line ${entry.line}: duplicate entry: "${entry.key}"`);
    else entries.set(key, entry);
  }
  return entries;
}
