/**
 * proxy: (proxymap(8)): the table that is named behind it, opened here. The original asks a server for it, so that its
 * many processes share one open table; ours are one process.
 */
import type {TableType} from './context.ts';

export const proxy: TableType = {
  type: 'proxy',
  summary: 'the table named behind it: proxy:unix:passwd.byname',
  open(argument, context, openTable) {
    const table = openTable(argument, context);
    const {label, isPattern} = table;
    return {
      name: `proxy:${argument}`,
      ...(label === undefined ? {} : {label: `proxy:${label}`}),
      isPattern,
      lookup: key => table.lookup(key),
      close: () => table.close(),
    };
  },
};
