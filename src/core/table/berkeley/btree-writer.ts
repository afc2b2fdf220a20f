/**
 * Makes a Berkeley DB btree file of its pairs at once: leaves filled one after the other, then level by level the pages
 * above them, the last of which is the root, on page 1 as always.
 */
import {ROOT_AT} from './btree-reader.ts';
import {
  BTREE_MAGIC,
  HEADER_SIZE,
  ITEM_DATA,
  ITEM_OVERFLOW,
  PAGE_BTREE_INTERNAL,
  PAGE_BTREE_LEAF,
  PAGE_BTREE_META,
  PAGE_SIZE,
} from './pages.ts';
import {DatabaseBuilder, addItem, emptyPage, linkPage} from './page-writer.ts';
import type {Pair} from './reader.ts';

const ROOM = PAGE_SIZE - HEADER_SIZE;
/** Longer items go to overflow pages, so that a page holds two keys at least. */
const LONGEST_ITEM = Math.floor(ROOM / 4) - 10;
const OVERFLOW_SIZE = 12;
/** Of an item of an internal page: length, type, child, count of records. */
const INTERNAL_SIZE = 12;

/** A page as its parent knows it: a key that is not greater than any in it, but greater than all before it. */
interface Child {
  readonly number: number;
  readonly key: Buffer;
}

/** Keys are different from each other. */
export function buildBtree(pairs: readonly Pair[]): Buffer {
  const builder = new DatabaseBuilder();
  const sorted = [...pairs].sort(([a], [b]) => Buffer.compare(a, b));
  const root = builder.allocate();
  let level = 1;
  let children = putLeaves(builder, root, sorted);
  while (children.length > 1) children = putLevel(builder, root, children, ++level);
  return builder.finish(BTREE_MAGIC, PAGE_BTREE_META, meta => {
    meta.writeUInt32LE(2, 76); // least number of keys in a page
    meta.writeUInt32LE(' '.charCodeAt(0), 84); // padding of fixed-length records, which there are none of
    meta.writeUInt32LE(root, ROOT_AT);
  });
}

function putLeaves(builder: DatabaseBuilder, root: number, pairs: readonly Pair[]): Child[] {
  const groups = fillPages(pairs, ([key, value]) => itemSize(key, 3) + itemSize(value, 3) + 4);
  const first = groups.length === 1 ? root : builder.allocate(groups.length);
  let last: Buffer | undefined;
  return groups.map((group, index) => {
    const number = first + index;
    const page = emptyPage(number, PAGE_BTREE_LEAF, 1);
    linkPage(page, index === 0 ? 0 : number - 1, index === groups.length - 1 ? 0 : number + 1);
    for (const pair of group) for (const item of pair) addItem(page, ...leafItem(builder, item));
    builder.put(number, page);
    const key = separator(last, group[0]?.[0] ?? Buffer.alloc(0));
    last = group.at(-1)?.[0];
    return {number, key};
  });
}

function putLevel(builder: DatabaseBuilder, root: number, children: readonly Child[], level: number): Child[] {
  const groups = fillPages(children, ({key}) => itemSize(key, INTERNAL_SIZE) + 2);
  const first = groups.length === 1 ? root : builder.allocate(groups.length);
  return groups.map((group, index) => {
    const page = emptyPage(first + index, PAGE_BTREE_INTERNAL, level);
    for (const child of group) addItem(page, ...internalItem(builder, child));
    builder.put(first + index, page);
    return {number: first + index, key: group[0]?.key ?? Buffer.alloc(0)};
  });
}

/** Groups that fit a page each; one group, without items, when there are none. */
function fillPages<Item>(items: readonly Item[], sizeOf: (item: Item) => number): Item[][] {
  let group: Item[] = [];
  const groups = [group];
  let room = ROOM;
  for (const item of items) {
    const size = sizeOf(item);
    if (size > room) {
      groups.push((group = []));
      room = ROOM;
    }
    room -= size;
    group.push(item);
  }
  return groups;
}

/** The shortest start of the first key of a page that is greater than the last key of the page before. */
function separator(before: Buffer | undefined, key: Buffer): Buffer {
  if (before === undefined) return Buffer.alloc(0);
  let common = 0;
  while (common < before.length && before[common] === key[common]) common++;
  return key.subarray(0, common + 1);
}

/** Items begin at multiples of four. */
function align(size: number): number {
  return (size + 3) & ~3;
}

function itemSize(bytes: Buffer, header: number): number {
  if (bytes.length <= LONGEST_ITEM) return align(header + bytes.length);
  return header === INTERNAL_SIZE ? INTERNAL_SIZE + OVERFLOW_SIZE : OVERFLOW_SIZE;
}

function leafItem(builder: DatabaseBuilder, bytes: Buffer): [item: Buffer, size: number] {
  if (bytes.length > LONGEST_ITEM) return [overflowItem(builder, bytes), OVERFLOW_SIZE];
  const item = Buffer.alloc(3 + bytes.length);
  item.writeUInt16LE(bytes.length, 0);
  item.writeUInt8(ITEM_DATA, 2);
  bytes.copy(item, 3);
  return [item, align(item.length)];
}

function internalItem(builder: DatabaseBuilder, {number, key}: Child): [item: Buffer, size: number] {
  const isLong = key.length > LONGEST_ITEM;
  const bytes = isLong ? overflowItem(builder, key) : key;
  const item = Buffer.alloc(INTERNAL_SIZE + bytes.length);
  item.writeUInt16LE(bytes.length, 0);
  item.writeUInt8(isLong ? ITEM_OVERFLOW : ITEM_DATA, 2);
  item.writeUInt32LE(number, 4);
  bytes.copy(item, INTERNAL_SIZE);
  return [item, align(item.length)];
}

function overflowItem(builder: DatabaseBuilder, bytes: Buffer): Buffer {
  const item = Buffer.alloc(OVERFLOW_SIZE);
  item.writeUInt8(ITEM_OVERFLOW, 2);
  item.writeUInt32LE(builder.putOverflow(bytes), 4);
  item.writeUInt32LE(bytes.length, 8);
  return item;
}
