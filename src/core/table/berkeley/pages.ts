/**
 * The layout of Berkeley DB 5.3 files (hash version 9, btree version 9), little-endian, as `db_dump -da` shows it.
 *
 *     page header   lsn 8 | pgno 4 | prev 4 | next 4 | entries 2 | high offset 2 | level 1 | type 1
 *     then          offsets of the items, 2 bytes each; the items grow down from the end of the page
 *     overflow page the high offset is the length of its bytes, which follow the header
 */
export const HEADER_SIZE = 26;
export const PAGE_SIZE = 4096;
export const NO_PAGE = 0;

/** Page types. */
export const PAGE_UNSORTED_HASH = 2;
export const PAGE_BTREE_INTERNAL = 3;
export const PAGE_BTREE_LEAF = 5;
export const PAGE_OVERFLOW = 7;
export const PAGE_HASH_META = 8;
export const PAGE_BTREE_META = 9;
export const PAGE_HASH = 13;

export const HASH_MAGIC = 0x061561;
export const BTREE_MAGIC = 0x053162;
export const VERSION = 9;

/** Item types: the first byte of a hash item, the third of a btree item. */
export const ITEM_DATA = 1;
export const ITEM_OVERFLOW = 3;
export const ITEM_DELETED = 0x80;

/** The file is damaged or of another kind. The text is what the original's library prints, or '' for nothing. */
export class BerkeleyFault extends Error {
  override readonly name = 'BerkeleyFault';
  /** The system error's words that the original's own message ends with. */
  readonly words: string;

  constructor(message: string, words = 'Invalid argument') {
    super(message);
    this.words = words;
  }
}

/** Reads pages with every offset checked, so that no damaged file leads out of it. */
export class PageFile {
  readonly bytes: Buffer;
  readonly pageSize: number;
  readonly pageCount: number;

  constructor(bytes: Buffer, pageSize: number) {
    this.bytes = bytes;
    this.pageSize = pageSize;
    this.pageCount = Math.floor(bytes.length / pageSize);
  }

  page(number: number): Page | undefined {
    return number > 0 && number < this.pageCount ? new Page(this, number) : undefined;
  }

  /** The bytes of a chain of overflow pages, undefined when it is broken. */
  overflow(first: number, length: number): Buffer | undefined {
    if (length > this.bytes.length) return undefined;
    const parts: Buffer[] = [];
    let total = 0;
    for (let page = this.page(first); page !== undefined && total < length; page = this.page(page.next)) {
      const size = page.highOffset;
      if (page.type !== PAGE_OVERFLOW || size === 0 || size > this.pageSize - HEADER_SIZE) return undefined;
      parts.push(page.slice(HEADER_SIZE, HEADER_SIZE + size));
      total += size;
    }
    return total === length ? Buffer.concat(parts) : undefined;
  }
}

export class Page {
  readonly file: PageFile;
  readonly number: number;
  readonly #start: number;

  constructor(file: PageFile, number: number) {
    this.file = file;
    this.number = number;
    this.#start = number * file.pageSize;
  }

  get previous(): number {
    return this.u32(12);
  }
  get next(): number {
    return this.u32(16);
  }
  get entries(): number {
    return this.u16(20);
  }
  get highOffset(): number {
    return this.u16(22);
  }
  get level(): number {
    return this.u8(24);
  }
  get type(): number {
    return this.u8(25);
  }

  u8(at: number): number {
    return this.file.bytes.readUInt8(this.#start + at);
  }
  u16(at: number): number {
    return this.file.bytes.readUInt16LE(this.#start + at);
  }
  u32(at: number): number {
    return this.file.bytes.readUInt32LE(this.#start + at);
  }

  slice(start: number, end: number): Buffer {
    return this.file.bytes.subarray(this.#start + start, this.#start + end);
  }

  /** Offset of an item, undefined when there is none or it lies outside of the page. */
  item(index: number): number | undefined {
    const at = HEADER_SIZE + 2 * index;
    if (index < 0 || index >= this.entries || at + 2 > this.file.pageSize) return undefined;
    const offset = this.u16(at);
    return offset < HEADER_SIZE + 2 || offset >= this.file.pageSize ? undefined : offset;
  }
}
