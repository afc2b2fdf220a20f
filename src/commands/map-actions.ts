/** What postmap(1) and postalias(1) do with maps: build, ask, list and delete. */
import {readFileSync, type Stats, statSync} from 'node:fs';
import {toPath} from '../core/base/bytes.ts';
import {describe, FatalError} from '../core/base/errors.ts';
import type {Stdio} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import type {TableContext} from '../core/table/context.ts';
import {DatabaseUpdate} from '../core/table/database-update.ts';
import {openTable} from '../core/table/open-table.ts';
import {isKnownTableType} from '../core/table/registry.ts';
import {type Found, type Table, TableError} from '../core/table/table.ts';
import type {MapOptions} from './map-options.ts';

export interface SourceEntry {
  readonly key: string;
  readonly value: string;
  /** The key keeps its case. */
  readonly exact?: boolean;
}

/** Answers the entries of a source file, warning of what is none. */
export type ReadEntries = (content: string, file: string, session: MapSession) => Iterable<SourceEntry>;

export class MapSession {
  readonly name: string;
  readonly options: MapOptions;
  readonly stdio: Stdio;
  readonly config: Config;

  constructor(name: string, options: MapOptions, config: Config, stdio: Stdio) {
    this.name = name;
    this.options = options;
    this.config = config;
    this.stdio = stdio;
  }

  /** Between key and value where both are shown. */
  get separator(): string {
    return this.name === 'postalias' ? ':\t' : '\t';
  }

  get utf8(): boolean {
    if (this.options.flags.has('U')) return true;
    return !this.options.flags.has('u') && this.config.get('smtputf8_enable');
  }

  readonly warn = (text: string): void => this.stdio.stderr.write(`${this.name}: warning: ${text}\n`);

  get context(): TableContext {
    const {flags} = this.options;
    const terminator = flags.has('n') === flags.has('N') ? 'either' : flags.has('n') ? 'never' : 'always';
    return {
      config: this.config,
      warn: this.warn,
      complain: line => this.stdio.stderr.write(`${line}\n`),
      foldsKeys: !flags.has('f'),
      utf8: this.utf8,
      valuesAreFiles: flags.has('F'),
      terminator,
    };
  }

  fullName(map: string): string {
    return map.includes(':') ? map : `${this.config.get('default_database_type')}:${map}`;
  }
}

export async function runMaps(session: MapSession, readEntries: ReadEntries): Promise<number> {
  const {options} = session;
  const names = options.maps.map(map => session.fullName(map));
  try {
    if (options.deleteKey !== undefined) return await deleteKeys(session, options.deleteKey, names);
    if (options.queryKey === '-') return await queryLines(session, names);
    if (options.queryKey !== undefined) return await query(session, options.queryKey, names);
    if (options.lists) return list(session, names);
    for (const name of names) await build(session, name, readEntries);
    return 0;
  } catch (fault) {
    if (fault instanceof TableError) throw new FatalError(fault.message, 1, {cause: fault});
    throw fault;
  }
}

async function build(session: MapSession, name: string, readEntries: ReadEntries): Promise<void> {
  const {flags} = session.options;
  const path = name.slice(name.indexOf(':') + 1);
  const source = flags.has('i') ? {content: await readAll(session.stdio), stats: undefined} : readSource(path);
  const update = openUpdate(session, name, 'build');
  if (flags.has('i')) update.load(false);
  const file = flags.has('i') ? 'stdin' : path;
  for (const {key, value, exact} of readEntries(source.content, file, session)) update.put(key, value, exact);
  const inherits = source.stats !== undefined && !flags.has('p');
  update.save(inherits ? (source.stats?.mode ?? 0) & 0o666 : 0o644, flags.has('o') ? undefined : source.stats);
}

function readSource(path: string): {content: string; stats: Stats} {
  try {
    return {content: readFileSync(toPath(path), 'latin1'), stats: statSync(toPath(path))};
  } catch (fault) {
    throw new FatalError(`open ${path}: ${describe(fault)}`, 1, {cause: fault});
  }
}

function openUpdate(session: MapSession, name: string, purpose: 'build' | 'delete'): DatabaseUpdate {
  const {flags} = session.options;
  const colon = name.indexOf(':');
  const [kind, path] = [name.slice(0, colon), name.slice(colon + 1)];
  if (kind !== 'hash' && kind !== 'btree') throw new FatalError(unwritable(kind, name, purpose));
  return new DatabaseUpdate({
    kind,
    path,
    foldsKeys: !flags.has('f'),
    utf8: session.utf8,
    terminated: !flags.has('n') || flags.has('N'),
    onDuplicate: flags.has('r') ? 'replace' : flags.has('w') ? 'ignore' : 'warn',
    warn: session.warn,
  });
}

function unwritable(kind: string, name: string, purpose: 'build' | 'delete'): string {
  if (!isKnownTableType(kind)) return `unsupported dictionary type: ${kind}`;
  if (purpose === 'delete') return `${name} map requires O_RDONLY access mode`;
  return `unsupported dictionary type: ${kind} does not support bulk-mode creation.`;
}

async function deleteKeys(session: MapSession, given: string, names: readonly string[]): Promise<number> {
  const keys = given === '-' ? linesOf(await readAll(session.stdio)) : [given];
  let isFound = false;
  for (const name of names) {
    const update = openUpdate(session, name, 'delete');
    update.load(true);
    const deleted = keys.filter(key => update.delete(key));
    if (deleted.length === 0) continue;
    isFound = true;
    const stats = statSync(toPath(update.file));
    update.save(stats.mode & 0o7777, stats);
    if (given !== '-') break;
  }
  return isFound ? 0 : 1;
}

async function query(session: MapSession, key: string, names: readonly string[]): Promise<number> {
  for (const name of names) {
    const found = await ask(session, openTable(name, session.context), key);
    if (found === undefined) continue;
    session.stdio.stdout.write(`${found.value}\n`);
    return 0;
  }
  return 1;
}

async function queryLines(session: MapSession, names: readonly string[]): Promise<number> {
  const tables = names.map(name => openTable(name, session.context));
  let isFound = false;
  for (const key of linesOf(await readAll(session.stdio))) {
    for (const table of tables) {
      const found = await ask(session, table, key);
      if (found === undefined) continue;
      session.stdio.stdout.write(`${key}${session.separator}${found.value}\n`);
      isFound = true;
      break;
    }
  }
  return isFound ? 0 : 1;
}

async function ask(session: MapSession, table: Table, key: string): Promise<Found | undefined> {
  if (key === '') return undefined;
  try {
    const found = await table.lookup(key);
    if (found?.value !== '') return found;
    session.warn(`table ${table.name}: key ${key}: empty string result is not allowed`);
    session.warn(`table ${table.name} should return NO RESULT in case of NOT FOUND`);
    return found;
  } catch (fault) {
    if (!(fault instanceof TableError)) throw fault;
    const why = fault.message === '' ? 'Success' : fault.message;
    throw new FatalError(`table ${table.name}: query error: ${why}`, 1, {cause: fault});
  }
}

function list(session: MapSession, names: readonly string[]): number {
  for (const name of names) {
    const table = openTable(name, session.context);
    if (table.entries === undefined) throw new FatalError(`table ${name}: sequence operation is not supported`);
    for (const [key, value] of table.entries()) {
      if (key === '') session.warn(`table ${name}: empty lookup key value is not allowed`);
      session.stdio.stdout.write(`${key}${session.separator}${value}\n`);
    }
  }
  return 0;
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}

async function readAll(stdio: Stdio): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdio.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}
