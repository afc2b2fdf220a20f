/** pipemap: and unionmap: tables: one table's result is the next one's key; the results of all, with commas. */
import type {OpenTable, TableContext, TableType} from './context.ts';
import {bracedElements} from './small-tables.ts';
import {type Found, type Table, TableError} from './table.ts';

type Answer = Found | undefined | Promise<Found | undefined>;

export const pipemap: TableType = {
  type: 'pipemap',
  summary: 'asks tables in turn, each with the result of the one before: pipemap:{type:name, type:name}',
  open: (argument, context, openTable) => new JoinedTable('pipemap', argument, context, openTable, pipe),
};

export const unionmap: TableType = {
  type: 'unionmap',
  summary: 'the results of several tables, joined with commas: unionmap:{type:name, type:name}',
  open: (argument, context, openTable) => new JoinedTable('unionmap', argument, context, openTable, unite),
};

type Join = (tables: readonly Table[], key: string) => Answer;

class JoinedTable implements Table {
  readonly name: string;
  readonly isPattern: boolean;
  readonly #tables: readonly Table[];
  readonly #join: Join;

  constructor(type: string, argument: string, context: TableContext, openTable: OpenTable, join: Join) {
    this.name = `${type}:${argument}`;
    this.#join = join;
    const names = bracedElements(argument);
    if (names === undefined || names.some(name => !name.includes(':')))
      throw new TableError(this.name, `bad syntax: "${this.name}"; need "${type}:{type:name...}"`);
    this.#tables = names.map(name => openTable(name, context));
    this.isPattern = this.#tables.some(table => table.isPattern);
  }

  lookup(key: string): Answer {
    return this.#join(this.#tables, key);
  }

  close(): void {
    for (const table of this.#tables) table.close();
  }
}

function pipe(tables: readonly Table[], key: string): Answer {
  let found: Answer = {value: key};
  for (const table of tables) found = then(found, hit => table.lookup(hit.value));
  return found;
}

function unite(tables: readonly Table[], key: string): Answer {
  let all: Answer;
  for (const table of tables) {
    const found = table.lookup(key);
    all = isLater(all) || isLater(found) ? uniteLater(all, found) : united(all, found);
  }
  return all;
}

function isLater(answer: Answer): answer is Promise<Found | undefined> {
  return answer instanceof Promise;
}

async function uniteLater(all: Answer, found: Answer): Promise<Found | undefined> {
  return united(await all, await found);
}

function united(all: Found | undefined, found: Found | undefined): Found | undefined {
  if (all === undefined || found === undefined) return all ?? found;
  return {...all, value: all.value === '' ? found.value : `${all.value},${found.value}`};
}

function then(found: Answer, next: (found: Found) => Answer): Answer {
  if (!(found instanceof Promise)) return found === undefined ? undefined : next(found);
  return found.then(hit => (hit === undefined ? undefined : next(hit)));
}
