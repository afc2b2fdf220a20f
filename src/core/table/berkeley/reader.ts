/** Opens a Berkeley DB file held in memory. A file of another kind throws `BerkeleyFault` in the library's words. */
import {BTREE_MAGIC, BerkeleyFault, HASH_MAGIC, PageFile, PAGE_BTREE_META, PAGE_HASH_META} from './pages.ts';
import {BtreeReader} from './btree-reader.ts';
import {HashReader} from './hash-reader.ts';

export type Pair = readonly [key: Buffer, value: Buffer];

export interface DatabaseReader {
  get(key: Buffer): Buffer | undefined;
  /** In the order of the file. */
  pairs(): Iterable<Pair>;
  isWhole(): boolean;
}

export type DatabaseKind = 'hash' | 'btree';

const META_SIZE = 512;
/** Versions whose layout is the one read here; older ones the library wants upgraded. */
const VERSIONS = {hash: {from: 7, to: 9}, btree: {from: 8, to: 9}} as const;
/** DB_OLD_VERSION, which strerror(3) does not know. */
const OLD_VERSION = 'Unknown error -30987';

/** `path` is for the library's messages. */
export function openDatabase(bytes: Buffer, kind: DatabaseKind, path: string): DatabaseReader {
  if (bytes.length < META_SIZE) throw new BerkeleyFault('');
  const magic = bytes.readUInt32LE(12);
  const version = bytes.readUInt32LE(16);
  const shown = path.startsWith('/') ? path : `./${path}`;
  if (magic !== (kind === 'hash' ? HASH_MAGIC : BTREE_MAGIC) || !isMetaOf(kind, bytes.readUInt8(25)))
    throw new BerkeleyFault(`BDB0641 __db_meta_setup: ${shown}: unexpected file type or format`);
  const {from, to} = VERSIONS[kind];
  if (version < from) {
    const code = kind === 'hash' ? 'BDB1125' : 'BDB1018';
    throw new BerkeleyFault(`${code} ${shown}: ${kind} version ${version} requires a version upgrade`, OLD_VERSION);
  }
  if (version > to) {
    const code = kind === 'hash' ? 'BDB1126' : 'BDB1019';
    throw new BerkeleyFault(`${code} ${shown}: unsupported ${kind} version: ${version}`);
  }
  const pageSize = bytes.readUInt32LE(20);
  if (pageSize < META_SIZE || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) throw new BerkeleyFault('');
  if (bytes.length % pageSize !== 0)
    throw new BerkeleyFault(`BDB3037 ${shown}: file size not a multiple of the pagesize`);
  const file = new PageFile(bytes, pageSize);
  return kind === 'hash' ? new HashReader(file) : new BtreeReader(file);
}

function isMetaOf(kind: DatabaseKind, type: number): boolean {
  return type === (kind === 'hash' ? PAGE_HASH_META : PAGE_BTREE_META);
}
