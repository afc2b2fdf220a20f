/**
 * The tables of one `*_maps` parameter, asked in order. The engine's tables come in as `OpenTables`; what they answer
 * is checked here: an empty result is an error the operator is told about, and counts as a failed look-up.
 */
import type {Config} from '../config/config.ts';
import type {ParameterName} from '../config/parameters.ts';
import type {Recorder} from '../log/decisions.ts';
import type {Log} from '../log/log.ts';
import {type Found, type Table, TableError, UnusableTable} from '../table/table.ts';
import {ask, type Steps} from './steps.ts';

/** What the rooms of addresses are built from: once per configuration. */
export interface AddressSupplies {
  readonly config: Config;
  readonly log?: Log | undefined;
  /** Opens the tables a list names (`hash:/etc/x, inline:{a=b}`), in order. */
  openTables(list: string): readonly Table[];
  /** A list such as mydestination or relay_domains. */
  openList(parameter: ParameterName): DomainList;
}

/** A match list (`MatchList` of the table room). Throws `TableError` when a table in it could not be asked. */
export interface DomainList {
  matches(name: string): boolean | Promise<boolean>;
}

export interface MapsHit extends Found {
  readonly table: Table;
}

export class AddressMaps {
  readonly title: ParameterName;
  readonly #tables: readonly Table[];
  readonly #log: Log | undefined;

  constructor(title: ParameterName, supplies: AddressSupplies) {
    this.title = title;
    const list = supplies.config.get(title);
    this.#tables = typeof list === 'string' && list.trim() !== '' ? supplies.openTables(list) : [];
    this.#log = supplies.log;
  }

  get isEmpty(): boolean {
    return this.#tables.length === 0;
  }

  /** `whole`: the key is a whole address, which pattern tables are asked for too (regexp_table(5)). */
  *lookup(key: string, whole: boolean): Steps<MapsHit | undefined> {
    if (key === '') return undefined; // seen: the original never asks for an empty key
    for (const table of this.#tables) {
      if (table.isPattern && !whole) continue;
      const found = yield* this.#ask(table, key);
      if (found === undefined) continue;
      if (found.value === '') throw this.#emptyResult(key);
      return {...found, table};
    }
    return undefined;
  }

  record(recorder: Recorder | undefined, subject: string, result: string, hit: MapsHit): void {
    recorder?.decided({step: this.title, subject, result, source: hit.table.name, file: hit.file, line: hit.line});
  }

  *#ask(table: Table, key: string): Steps<Found | undefined> {
    try {
      return yield* ask(table.lookup(key));
    } catch (fault) {
      if (!(fault instanceof TableError)) throw fault;
      this.#log?.warning(`${table.name} lookup error for "${key}"`);
      throw new TableError(this.title, fault.message, {cause: fault});
    }
  }

  #emptyResult(key: string): TableError {
    this.#log?.warning(`${this.title} lookup of ${key} returns an empty string result`);
    this.#log?.warning(`${this.title} should return NO RESULT in case of NOT FOUND`);
    return new UnusableTable(this.title, 'empty string result');
  }
}
