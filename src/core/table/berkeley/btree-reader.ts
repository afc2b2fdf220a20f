/** Looks up and lists the pairs of a Berkeley DB btree file. Damaged parts are passed over, as far as can be. */
import {
  ITEM_DATA,
  ITEM_DELETED,
  ITEM_OVERFLOW,
  type Page,
  PAGE_BTREE_INTERNAL,
  PAGE_BTREE_LEAF,
  type PageFile,
} from './pages.ts';
import type {DatabaseReader, Pair} from './reader.ts';

export const ROOT_AT = 88;
/** Deeper than any tree of four-byte page numbers. */
const MAX_DEPTH = 64;

export class BtreeReader implements DatabaseReader {
  readonly #file: PageFile;
  readonly #root: number;

  constructor(file: PageFile) {
    this.#file = file;
    this.#root = file.bytes.readUInt32LE(ROOT_AT);
  }

  get(key: Buffer): Buffer | undefined {
    let page = this.#file.page(this.#root);
    for (let depth = 0; page !== undefined && depth < MAX_DEPTH; depth++) {
      if (page.type === PAGE_BTREE_LEAF) return this.#findLeaf(page, key);
      if (page.type !== PAGE_BTREE_INTERNAL) return undefined;
      page = this.#child(page, this.#findChild(page, key));
    }
    return undefined;
  }

  *pairs(): Generator<Pair> {
    let page = this.#firstLeaf();
    for (let seen = 0; page !== undefined && seen < this.#file.pageCount; seen++) {
      if (page.type !== PAGE_BTREE_LEAF) return;
      for (let index = 0; index + 1 < page.entries; index += 2) {
        const [key, value] = [this.#leafItem(page, index), this.#leafItem(page, index + 1)];
        if (key !== undefined && value !== undefined && !this.#isDeleted(page, index + 1)) yield [key, value];
      }
      page = this.#file.page(page.next);
    }
  }

  isWhole(): boolean {
    let last: Buffer | undefined;
    let page = this.#firstLeaf();
    if (page === undefined) return false;
    for (let seen = 0; page !== undefined && seen < this.#file.pageCount; seen++) {
      if (page.type !== PAGE_BTREE_LEAF || page.entries % 2 !== 0) return false;
      for (let index = 0; index < page.entries; index += 2) {
        const key = this.#leafItem(page, index);
        if (key === undefined || this.#leafItem(page, index + 1) === undefined) return false;
        if (last !== undefined && Buffer.compare(last, key) > 0) return false;
        last = key;
      }
      if (page.next !== 0 && this.#file.page(page.next) === undefined) return false;
      page = this.#file.page(page.next);
    }
    return true;
  }

  #firstLeaf(): Page | undefined {
    let page = this.#file.page(this.#root);
    for (let depth = 0; page?.type === PAGE_BTREE_INTERNAL && depth < MAX_DEPTH; depth++) page = this.#child(page, 0);
    return page?.type === PAGE_BTREE_LEAF ? page : undefined;
  }

  #findLeaf(page: Page, key: Buffer): Buffer | undefined {
    let low = 0;
    let high = Math.floor(page.entries / 2);
    while (low < high) {
      const middle = (low + high) >> 1;
      const found = this.#leafItem(page, 2 * middle);
      if (found === undefined) return undefined;
      const order = Buffer.compare(key, found);
      if (order === 0) return this.#isDeleted(page, 2 * middle + 1) ? undefined : this.#leafItem(page, 2 * middle + 1);
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return undefined;
  }

  /** The last entry that is not beyond the key; the first one's own key does not count, it is less than all. */
  #findChild(page: Page, key: Buffer): number {
    let low = 1;
    let high = page.entries;
    while (low < high) {
      const middle = (low + high) >> 1;
      const found = this.#internalKey(page, middle);
      if (found === undefined || Buffer.compare(key, found) < 0) high = middle;
      else low = middle + 1;
    }
    return low - 1;
  }

  #child(page: Page, index: number): Page | undefined {
    const at = page.item(index);
    return at === undefined || at + 8 > this.#file.pageSize ? undefined : this.#file.page(page.u32(at + 4));
  }

  #internalKey(page: Page, index: number): Buffer | undefined {
    const at = page.item(index);
    return at === undefined ? undefined : this.#item(page, at, 12);
  }

  #leafItem(page: Page, index: number): Buffer | undefined {
    const at = page.item(index);
    return at === undefined ? undefined : this.#item(page, at, 3);
  }

  /** `dataAt`: where the bytes of an item begin, behind its length, type and, in an internal page, child. */
  #item(page: Page, at: number, dataAt: number): Buffer | undefined {
    if (at + dataAt > this.#file.pageSize) return undefined;
    const length = page.u16(at);
    const type = page.u8(at + 2) & ~ITEM_DELETED;
    if (type === ITEM_OVERFLOW) {
      const reference = dataAt === 3 ? at : at + dataAt;
      if (reference + 12 > this.#file.pageSize) return undefined;
      return this.#file.overflow(page.u32(reference + 4), page.u32(reference + 8));
    }
    if (type !== ITEM_DATA || at + dataAt + length > this.#file.pageSize) return undefined;
    return page.slice(at + dataAt, at + dataAt + length);
  }

  #isDeleted(page: Page, index: number): boolean {
    const at = page.item(index);
    return at !== undefined && at + 3 <= this.#file.pageSize && (page.u8(at + 2) & ITEM_DELETED) !== 0;
  }
}
