/**
 * Makes a Berkeley DB hash file of its pairs at once: a power of two of buckets with one page each behind the meta
 * page, pages for what does not fit behind them. The library can update such a file, it grows it bucket by bucket.
 */
import {HIGH_MASK, LOW_MASK, MAX_BUCKET, SPARES, hashOf} from './hash-reader.ts';
import {HASH_MAGIC, HEADER_SIZE, ITEM_DATA, ITEM_OVERFLOW, PAGE_HASH, PAGE_HASH_META, PAGE_SIZE} from './pages.ts';
import {DatabaseBuilder, addItem, emptyPage, linkPage} from './page-writer.ts';
import type {Pair} from './reader.ts';

/** Longer items go to overflow pages. */
const LONGEST_ITEM = PAGE_SIZE / 4;
const ROOM = PAGE_SIZE - HEADER_SIZE;
/** How full buckets are to be on average: few overflow, and there is room for more. */
const FILL = 0.6;
const OFFPAGE_SIZE = 12;

/** Keys are different from each other. */
export function buildHash(pairs: readonly Pair[]): Buffer {
  const builder = new DatabaseBuilder();
  const bucketCount = chooseBucketCount(pairs);
  const buckets = Array.from({length: bucketCount}, (): Pair[] => []);
  for (const pair of pairs) buckets[hashOf(pair[0]) & (bucketCount - 1)]?.push(pair);
  const first = builder.allocate(bucketCount);
  for (const [index, bucket] of buckets.entries()) putBucket(builder, first + index, bucket);
  return builder.finish(HASH_MAGIC, PAGE_HASH_META, meta => {
    meta.writeUInt32LE(bucketCount - 1, MAX_BUCKET);
    meta.writeUInt32LE(bucketCount - 1, HIGH_MASK);
    meta.writeUInt32LE(bucketCount / 2 - 1, LOW_MASK);
    meta.writeUInt32LE(pairs.length, 88); // number of keys, as far as known
    meta.writeUInt32LE(CHECK_HASH, 92);
    for (let doubling = 0; 1 << doubling <= bucketCount; doubling++) meta.writeUInt32LE(first, SPARES + 4 * doubling);
  });
}

/** The hash of a fixed word, by which the library knows that a file was made with the same function. */
const CHECK_HASH = 0x5e688dd1;

function chooseBucketCount(pairs: readonly Pair[]): number {
  let total = 0;
  for (const pair of pairs) total += pairSize(pair);
  let count = 2;
  while (count * ROOM * FILL < total) count *= 2;
  return count;
}

function pairSize([key, value]: Pair): number {
  return itemSize(key) + itemSize(value) + 4;
}

function itemSize(item: Buffer): number {
  return item.length > LONGEST_ITEM ? OFFPAGE_SIZE : item.length + 1;
}

/** A bucket's pairs in order of their keys, on its page and as many more as they need. */
function putBucket(builder: DatabaseBuilder, first: number, pairs: Pair[]): void {
  pairs.sort(([a], [b]) => Buffer.compare(a, b));
  let number = first;
  let previous = 0;
  let page = emptyPage(number, PAGE_HASH, 0);
  let room = ROOM;
  for (const pair of pairs) {
    if (pairSize(pair) > room) {
      const next = builder.allocate();
      linkPage(page, previous, next);
      builder.put(number, page);
      [previous, number] = [number, next];
      page = emptyPage(number, PAGE_HASH, 0);
      room = ROOM;
    }
    room -= pairSize(pair);
    for (const item of pair) addItem(page, makeItem(builder, item));
  }
  linkPage(page, previous, 0);
  builder.put(number, page);
}

function makeItem(builder: DatabaseBuilder, bytes: Buffer): Buffer {
  if (bytes.length <= LONGEST_ITEM) return Buffer.concat([Buffer.of(ITEM_DATA), bytes]);
  const item = Buffer.alloc(OFFPAGE_SIZE);
  item.writeUInt8(ITEM_OVERFLOW, 0);
  item.writeUInt32LE(builder.putOverflow(bytes), 4);
  item.writeUInt32LE(bytes.length, 8);
  return item;
}
