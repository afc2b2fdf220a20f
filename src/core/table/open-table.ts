/**
 * Opens look-up tables by name (`hash:/etc/aliases`), and the lists of them that parameters are. An unknown type, a
 * name without one or a table that can't be opened throws `TableError` in the original's words; with `opensLater` the
 * table is there all the same, fails each look-up, and tries again.
 */
import {checkedTable} from './checked-table.ts';
import {splitList} from './braces.ts';
import {type TableContext, warnOf} from './context.ts';
import {LateTable} from './late-table.ts';
import {tableTypes} from './registry.ts';
import {type Table, TableError} from './table.ts';

export function openTable(name: string, context: TableContext): Table {
  if (context.opensLater !== true) return openNow(name, context);
  try {
    return openNow(name, context);
  } catch (fault) {
    if (!(fault instanceof TableError)) throw fault;
    return new LateTable(name, fault, () => openNow(name, {...context, opensLater: false}), context);
  }
}

/** The tables of a list such as `hash:/etc/a, inline:{b=c}`, in order. */
export function openTables(list: string, context: TableContext): Table[] {
  const warn = warnOf(context);
  return splitList(list).map(name => openTable(name, {...context, warn}));
}

function openNow(name: string, context: TableContext): Table {
  const colon = name.indexOf(':');
  if (colon <= 0 || colon === name.length - 1)
    throw new TableError(name, `open dictionary: expecting "type:name" form instead of "${name}"`);
  const type = tableTypes.get(name.slice(0, colon));
  if (type === undefined) throw new TableError(name, `unsupported dictionary type: ${name.slice(0, colon)}`);
  return checkedTable(type.open(name.slice(colon + 1), context, openTable), context);
}
