/** postmap(1) and postalias(1) changing tables: building one from its source, -i and -d. */
import {type Stats, fstatSync, closeSync, openSync, readFileSync} from 'node:fs';
import {toPath} from '../core/base/bytes.ts';
import {describe, FatalError} from '../core/base/errors.ts';
import type {Stdio} from '../core/base/tool.ts';
import type {DatabaseKind} from '../core/table/berkeley/reader.ts';
import {DatabaseFile} from '../core/table/database-file.ts';
import type {Entry} from '../core/table/entry-lines.ts';
import {foldKey, isUtf8Text} from '../core/table/fold.ts';
import {isKnownTableType} from '../core/table/registry.ts';
import {inputLines, inputText} from './input-lines.ts';
import {asOwner} from './source-owner.ts';
import {fullTableName, type TableArguments} from './table-arguments.ts';

/** What tells the two tools apart. */
export interface Source {
  /** The entries of a source file's text. */
  read(text: string, file: string): Iterable<Entry>;
  /** Entries that every table has besides. */
  extra(): readonly (readonly [key: string, value: string])[];
}

/** Builds each table, or with -i adds to it what standard input says. */
export async function updateTables(given: TableArguments, source: Source, stdio: Stdio): Promise<number> {
  const isIncremental = given.flags.has('i');
  for (const operand of given.operands) {
    const {type, path} = splitName(operand, given);
    if (isIncremental) {
      const file = openUpdate(type, path, given, {truncates: false, mode: 0o644});
      update(file, source.read(await inputText(stdio), 'stdin'), type, path, given, source);
    } else buildTable(type, path, given, source);
  }
  return 0;
}

function splitName(operand: string, given: TableArguments): {type: string; path: string} {
  const name = fullTableName(operand, given.config);
  const colon = name.indexOf(':');
  return {type: name.slice(0, colon), path: name.slice(colon + 1)};
}

function buildTable(type: string, path: string, given: TableArguments, source: Source): void {
  if (type === 'proxy') throw new FatalError("can't create maps via the proxy service");
  const {text, stats} = readSource(path);
  const mode = newFileMode(stats, given.flags.has('p'));
  const build = (): void => {
    const file = openUpdate(type, path, given, {truncates: true, mode});
    update(file, source.read(text, path), type, path, given, source);
  };
  if (given.flags.has('o')) build();
  else asOwner(stats, build);
}

function readSource(path: string): {text: string; stats: Stats} {
  let fd: number;
  try {
    fd = openSync(toPath(path), 'r');
  } catch (fault) {
    throw new FatalError(`open ${path}: ${describe(fault)}`, 1, {cause: fault});
  }
  try {
    const stats = fstatSync(fd);
    // Seen: a folder is an empty source.
    return {text: stats.isDirectory() ? '' : readFileSync(fd).toString('latin1'), stats};
  } catch (fault) {
    throw new FatalError(`read error on ${path}: ${describe(fault)}`, 1, {cause: fault});
  } finally {
    closeSync(fd);
  }
}

/** What the source keeps from group and others, its table does too; -p leaves that to the umask. */
function newFileMode(source: Stats, isPlain: boolean): number {
  return 0o644 & ~(isPlain || !source.isFile() ? process.umask() : ~source.mode & 0o077);
}

/** Undefined for fail:, which opens and then fails each change. */
function openUpdate(
  type: string,
  path: string,
  given: TableArguments,
  {truncates, mode}: {readonly truncates: boolean; readonly mode: number},
): DatabaseFile | undefined {
  if (type === 'fail') return undefined;
  if (!isDatabase(type)) throw new FatalError(`unsupported dictionary type: ${type}${whyNot(type)}`);
  return openDatabaseFile(type, path, given, {truncates, mode, creates: true});
}

function isDatabase(type: string): type is DatabaseKind {
  return type === 'hash' || type === 'btree';
}

function whyNot(type: string): string {
  const isKnown = isKnownTableType(type) || type === 'proxy';
  return isKnown ? ' does not support bulk-mode creation.' : `. Is the postfix-${type} package installed?`;
}

function openDatabaseFile(
  kind: DatabaseKind,
  path: string,
  {context}: TableArguments,
  options: {readonly truncates: boolean; readonly creates: boolean; readonly mode: number},
): DatabaseFile {
  const {warn, complain, terminator = 'either'} = context;
  return new DatabaseFile({kind, path, ...options, terminator, warn, complain});
}

function update(
  file: DatabaseFile | undefined,
  entries: Iterable<Entry>,
  type: string,
  path: string,
  given: TableArguments,
  source: Source,
): void {
  const {flags, context} = given;
  for (const {key, value} of entries) {
    if (file === undefined) throw new FatalError(`table ${type}:${path}: write error: Application error`);
    const stored = context.foldsKeys === false ? key : foldKey(key, context.utf8 === true);
    if (!file.put(stored, value, flags.has('r')) && !flags.has('w'))
      context.warn(`${path}.db: duplicate entry: "${stored}"`);
  }
  for (const [key, value] of source.extra()) {
    if (file === undefined) throw new FatalError(`table ${type}:${path}: write error: Application error`);
    file.put(key, value, true);
  }
  file?.save();
}

/** -d. The exit status is 0 when a table had the key. */
export async function removeEntries(given: TableArguments, key: string, stdio: Stdio): Promise<number> {
  let isFound = false;
  const removals = given.operands.map(operand => new Removal(operand, given));
  if (key === '-')
    for await (const line of inputLines(stdio)) for (const removal of removals) isFound = removal.run(line) || isFound;
  else for (const removal of removals) isFound = removal.run(key) || isFound;
  for (const removal of removals) removal.end();
  return isFound ? 0 : 1;
}

class Removal {
  readonly #given: TableArguments;
  readonly #label: string;
  readonly #file: DatabaseFile;
  #isChanged = false;

  constructor(operand: string, given: TableArguments) {
    this.#given = given;
    const {type, path} = splitName(operand, given);
    this.#label = `${type}:${path}.db`;
    if (!isDatabase(type)) throw new FatalError(refusal(type, path));
    this.#file = openDatabaseFile(type, path, given, {truncates: false, creates: false, mode: 0o644});
  }

  run(key: string): boolean {
    const {context} = this.#given;
    if (context.utf8 === true && !isUtf8Text(key)) {
      context.warn(`${this.#label}: non-UTF-8 key "${key}": malformed UTF-8 or invalid codepoint`);
      return true; // seen: the original takes it for done
    }
    const isFound = this.#file.remove(context.foldsKeys === false ? key : foldKey(key, context.utf8 === true));
    this.#isChanged ||= isFound;
    return isFound;
  }

  end(): void {
    if (this.#isChanged) this.#file.save();
  }
}

/** Types that open, but can't delete. */
const NO_DELETE = new Set(['static', 'environ']);

function refusal(type: string, path: string): string {
  if (type === 'fail') return `table fail:${path}: delete error: Application error`;
  if (NO_DELETE.has(type)) return `table ${type}:${path}: delete operation is not supported`;
  return isKnownTableType(type)
    ? `${type}:${path} map requires O_RDONLY access mode`
    : `unsupported dictionary type: ${type}`;
}
