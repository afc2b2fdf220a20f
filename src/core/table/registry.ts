/** The types of look-up tables (`postconf -m`). A new type is one file and one line here. */
import {unix} from './account-files.ts';
import {cidr} from './cidr-table.ts';
import type {TableType} from './context.ts';
import {btree, hash} from './database-table.ts';
import {pipemap, unionmap} from './joined-tables.ts';
import {nis} from './nis-table.ts';
import {proxy} from './proxy-table.ts';
import {pcre, regexp} from './regexp-table.ts';
import {environ, fail, fixed, inline, internal, randmap} from './small-tables.ts';
import {texthash} from './text-hash.ts';

const TYPES: readonly TableType[] = [
  btree,
  cidr,
  environ,
  fail,
  fixed,
  hash,
  inline,
  internal,
  nis,
  pcre,
  pipemap,
  proxy,
  randmap,
  regexp,
  texthash,
  unionmap,
  unix,
];

export const tableTypes: ReadonlyMap<string, TableType> = new Map(TYPES.map(type => [type.type, type]));

export function isKnownTableType(type: string): boolean {
  return tableTypes.has(type);
}
