/** Looks up and lists the pairs of a Berkeley DB hash file. Damaged parts are passed over, as the original does. */
import {ITEM_DATA, ITEM_OVERFLOW, PAGE_HASH, PAGE_UNSORTED_HASH, type Page, type PageFile} from './pages.ts';
import type {DatabaseReader, Pair} from './reader.ts';

/** Where the meta page has what a hash file is made of. */
export const MAX_BUCKET = 72;
export const HIGH_MASK = 76;
export const LOW_MASK = 80;
/** For each doubling of the table: what to add to the numbers of its buckets to get those of their pages. */
export const SPARES = 96;
const SPARE_COUNT = 32;

export class HashReader implements DatabaseReader {
  readonly #file: PageFile;
  readonly #maxBucket: number;
  readonly #highMask: number;
  readonly #lowMask: number;

  constructor(file: PageFile) {
    this.#file = file;
    const meta = file.bytes;
    // A bucket has a page of its own: a number beyond the file's size is damage.
    this.#maxBucket = Math.min(meta.readUInt32LE(MAX_BUCKET), file.pageCount);
    this.#highMask = meta.readUInt32LE(HIGH_MASK);
    this.#lowMask = meta.readUInt32LE(LOW_MASK);
  }

  get(key: Buffer): Buffer | undefined {
    for (const page of this.#bucketPages(this.#bucketOf(key))) {
      const index = this.#find(page, key);
      if (index !== undefined) return this.#item(page, index + 1);
    }
    return undefined;
  }

  *pairs(): Generator<Pair> {
    for (let bucket = 0; bucket <= this.#maxBucket; bucket++)
      for (const page of this.#bucketPages(bucket))
        for (let index = 0; index + 1 < page.entries; index += 2) {
          const [key, value] = [this.#item(page, index), this.#item(page, index + 1)];
          if (key !== undefined && value !== undefined) yield [key, value];
        }
  }

  /** Every pair can be read and stands in the bucket where it is looked for. */
  isWhole(): boolean {
    for (let bucket = 0; bucket <= this.#maxBucket; bucket++)
      for (const page of this.#bucketPages(bucket)) {
        if (page.entries % 2 !== 0) return false;
        for (let index = 0; index < page.entries; index += 2) {
          const key = this.#item(page, index);
          if (key === undefined || this.#item(page, index + 1) === undefined) return false;
          if (this.#bucketOf(key) !== bucket) return false;
        }
      }
    return true;
  }

  #bucketOf(key: Buffer): number {
    const hash = hashOf(key);
    const bucket = (hash & this.#highMask) >>> 0;
    return bucket > this.#maxBucket ? (hash & this.#lowMask) >>> 0 : bucket;
  }

  *#bucketPages(bucket: number): Generator<Page> {
    const doubling = 32 - Math.clz32(bucket); // of the table, with which this bucket came
    const spare = doubling < SPARE_COUNT ? this.#file.bytes.readUInt32LE(SPARES + 4 * doubling) : 0;
    let number = bucket + spare;
    for (let seen = 0; seen < this.#file.pageCount; seen++) {
      const page = this.#file.page(number);
      if (page === undefined || (page.type !== PAGE_HASH && page.type !== PAGE_UNSORTED_HASH)) return;
      yield page;
      number = page.next;
    }
  }

  #find(page: Page, key: Buffer): number | undefined {
    return page.type === PAGE_HASH ? this.#findSorted(page, key) : this.#findUnsorted(page, key);
  }

  #findSorted(page: Page, key: Buffer): number | undefined {
    let low = 0;
    let high = Math.floor(page.entries / 2);
    while (low < high) {
      const middle = (low + high) >> 1;
      const found = this.#item(page, 2 * middle);
      if (found === undefined) return undefined;
      const order = Buffer.compare(key, found);
      if (order === 0) return 2 * middle;
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return undefined;
  }

  #findUnsorted(page: Page, key: Buffer): number | undefined {
    for (let index = 0; index + 1 < page.entries; index += 2)
      if (this.#item(page, index)?.equals(key) === true) return index;
    return undefined;
  }

  /** An item ends where the one before it begins. */
  #item(page: Page, index: number): Buffer | undefined {
    const start = page.item(index);
    const end = index === 0 ? this.#file.pageSize : page.item(index - 1);
    if (start === undefined || end === undefined || end <= start) return undefined;
    const type = page.u8(start);
    if (type === ITEM_DATA) return page.slice(start + 1, end);
    if (type !== ITEM_OVERFLOW || end - start < 12) return undefined;
    return this.#file.overflow(page.u32(start + 4), page.u32(start + 8));
  }
}

/** Fowler/Noll/Vo, as Berkeley DB computes it since hash version 5: multiplied first, and from zero. */
export function hashOf(key: Uint8Array): number {
  let hash = 0;
  for (const byte of key) hash = Math.imul(hash, 16777619) ^ byte;
  return hash >>> 0;
}
