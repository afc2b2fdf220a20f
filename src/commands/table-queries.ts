/** postmap(1) and postalias(1) asking tables: -q, -q - and -s. Lines go out as `key`, separator, `value`. */
import {FatalError} from '../core/base/errors.ts';
import type {Stdio} from '../core/base/tool.ts';
import {openTable} from '../core/table/open-table.ts';
import {type Table, TableError} from '../core/table/table.ts';
import {decodeFiles} from '../core/table/value-files.ts';
import {fullTableName, type TableArguments} from './table-arguments.ts';
import {inputLines} from './input-lines.ts';

/** The exit status is 0 when the key was found. */
export async function queryOne(given: TableArguments, key: string, stdio: Stdio): Promise<number> {
  for (const operand of given.operands) {
    const value = await ask(open(operand, given), key, operand, given);
    if (value === undefined) continue;
    stdio.stdout.write(`${value}\n`);
    return 0;
  }
  return 1;
}

/** The exit status is 0 when any of the keys was found. */
export async function queryMany(given: TableArguments, separator: string, stdio: Stdio): Promise<number> {
  const tables = new Map<string, Table>();
  let isFound = false;
  for await (const key of await queryKeys(given, stdio)) {
    const hit = await firstValue(tables, key, given);
    if (hit === undefined) continue;
    isFound = true;
    stdio.stdout.write(`${key}${separator}${hit}\n`);
  }
  return isFound ? 0 : 1;
}

async function queryKeys({flags}: TableArguments, stdio: Stdio): Promise<AsyncIterable<string>> {
  if (!flags.has('b') && !flags.has('h')) return inputLines(stdio);
  const {messageKeys} = await import('./message-keys.ts');
  return messageKeys(stdio, {headers: flags.has('h'), body: flags.has('b'), scansMime: flags.has('m')});
}

/** Tables are opened when the ones before them did not have a key. */
async function firstValue(tables: Map<string, Table>, key: string, given: TableArguments): Promise<string | undefined> {
  for (const operand of given.operands) {
    const table = tables.get(operand) ?? open(operand, given);
    tables.set(operand, table);
    const value = await ask(table, key, operand, given);
    if (value !== undefined) return value;
  }
  return undefined;
}

function open(operand: string, {config, context}: TableArguments): Table {
  return openTable(fullTableName(operand, config), context);
}

async function ask(table: Table, key: string, operand: string, given: TableArguments): Promise<string | undefined> {
  const {config, context} = given;
  const label = table.label ?? table.name;
  let value: string | undefined;
  try {
    value = (await table.lookup(key))?.value;
  } catch (fault) {
    throw asFatal(fault, `table ${label}: query error`);
  }
  if (value === undefined) return undefined;
  if (context.valuesAreFiles === true) {
    value = decode(value, key, label, given);
    if (value === undefined) throw new FatalError(`table ${label}: query error`);
  }
  if (value === '') warnEmpty(fullTableName(operand, config), key, context);
  return value;
}

function decode(value: string, key: string, label: string, {context}: TableArguments): string | undefined {
  const content = decodeFiles(value);
  if (content === undefined) context.warn(`table ${label}: key ${key}: malformed BASE64 value: ${value}`);
  return content;
}

function warnEmpty(name: string, key: string, {warn}: TableArguments['context']): void {
  warn(`table ${name}: key ${key}: empty string result is not allowed`);
  warn(`table ${name} should return NO RESULT in case of NOT FOUND`);
}

/** -s. Seen: only the first table named is listed. */
export function listEntries(given: TableArguments, separator: string, stdio: Stdio): number {
  const operand = given.operands[0];
  if (operand === undefined) return 1;
  const name = fullTableName(operand, given.config);
  const table = open(operand, given);
  if (table.entries === undefined) throw new FatalError(`table ${name}: sequence operation is not supported`);
  let lines = '';
  for (const [key, raw] of entriesOf(table)) {
    const value = given.context.valuesAreFiles === true ? decode(raw, key, table.label ?? name, given) : raw;
    if (value === undefined) continue;
    if (key === '') given.context.warn(`table ${name}: empty lookup key value is not allowed`);
    if (value === '') warnEmpty(name, key, given.context);
    lines += `${key}${separator}${value}\n`;
    if (lines.length > FLUSH_SIZE) {
      stdio.stdout.write(lines);
      lines = '';
    }
  }
  stdio.stdout.write(lines);
  return 0;
}

const FLUSH_SIZE = 65_536;

function* entriesOf(table: Table): Generator<readonly [string, string]> {
  try {
    yield* table.entries?.() ?? [];
  } catch (fault) {
    throw asFatal(fault, `table ${table.label ?? table.name}: sequence error`);
  }
}

/** A failed look-up's reason behind what was being done. */
export function asFatal(fault: unknown, what: string): unknown {
  if (!(fault instanceof TableError)) return fault;
  return new FatalError(fault.message === '' ? what : `${what}: ${fault.message}`, 1, {cause: fault});
}
