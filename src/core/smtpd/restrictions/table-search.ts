/**
 * A table as lists name it: `type:name`, or `{type:name, {search_order = a, b}}` (postconf(5) check_ccert_access). What is
 * wrong is told in a warning, and the table is then undefined.
 */
import {insideBraces, splitList} from '../../table/braces.ts';

export interface TableSearch {
  readonly table: string;
  readonly order: readonly string[];
}

/** What can be looked for. */
const SEARCH_NAMES = ['cert_fingerprint', 'pubkey_fingerprint', 'issuer_cn', 'subject_cn'] as const;
const DEFAULT_ORDER: readonly string[] = ['cert_fingerprint', 'pubkey_fingerprint'];

export function parseTableSearch(spec: string, warn: (text: string) => void): TableSearch | undefined {
  if (!spec.startsWith('{')) return hasType(spec, spec, warn) ? {table: spec, order: DEFAULT_ORDER} : undefined;
  const inside = insideBraces(spec);
  if ('fault' in inside) {
    warn(`malformed map specification: '${inside.fault}'`);
    return undefined;
  }
  const [table, ...options] = splitList(inside.text);
  if (table === undefined) {
    warn(`empty map specification: '${spec}'`);
    return undefined;
  }
  let order = DEFAULT_ORDER;
  for (const option of options) {
    const found = readOrder(option, spec, warn);
    if (found === undefined) return undefined;
    order = found;
  }
  return hasType(table, spec, warn) ? {table, order} : undefined;
}

function hasType(table: string, spec: string, warn: (text: string) => void): boolean {
  if (table.includes(':')) return true;
  warn(`malformed map specification: '${spec}'`);
  warn(`expected maptype:mapname instead of '${table}'`);
  return false;
}

function readOrder(option: string, spec: string, warn: (text: string) => void): readonly string[] | undefined {
  const inside = insideBraces(option);
  const [, name = '', value = ''] = 'fault' in inside ? [] : (/^([^=\s]*)\s*=\s*(.*)$/s.exec(inside.text) ?? []);
  if ('fault' in inside || name === '') {
    warn(`malformed map attribute in '${spec}': '${'fault' in inside ? inside.fault : inside.text}'`);
    return undefined;
  }
  if (name.toLowerCase() !== 'search_order') {
    warn(`unknown map attribute in '${spec}': '${name}'`);
    return undefined;
  }
  const order = splitList(value).map(each => each.toLowerCase());
  const unknown = order.find(each => !(SEARCH_NAMES as readonly string[]).includes(each));
  if (unknown === undefined) return order;
  warn(`'search_order' in '${spec}' has unknown value '${unknown}'`);
  return undefined;
}
