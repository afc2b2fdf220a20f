/** Makes the pages of a Berkeley DB file in memory; page 0 is the meta page. */
import {randomBytes} from 'node:crypto';
import {HEADER_SIZE, NO_PAGE, PAGE_OVERFLOW, PAGE_SIZE, VERSION} from './pages.ts';

export class DatabaseBuilder {
  readonly #pages: Buffer[] = [];
  #count = 1;

  /** The number of the first of so many new pages in a row. */
  allocate(count = 1): number {
    const first = this.#count;
    this.#count += count;
    return first;
  }

  put(number: number, page: Buffer): void {
    this.#pages[number] = page;
  }

  /** Puts bytes that are too long for an item on pages of their own; answers the first one's number. */
  putOverflow(bytes: Buffer): number {
    const room = PAGE_SIZE - HEADER_SIZE;
    const count = Math.max(1, Math.ceil(bytes.length / room));
    const first = this.allocate(count);
    for (let i = 0; i < count; i++) {
      const part = bytes.subarray(i * room, (i + 1) * room);
      const page = emptyPage(first + i, PAGE_OVERFLOW, 0);
      linkPage(page, i === 0 ? NO_PAGE : first + i - 1, i === count - 1 ? NO_PAGE : first + i + 1);
      page.writeUInt16LE(1, 20); // how many items refer to it
      page.writeUInt16LE(part.length, 22);
      part.copy(page, HEADER_SIZE);
      this.put(first + i, page);
    }
    return first;
  }

  finish(magic: number, metaType: number, fillMeta: (meta: Buffer) => void): Buffer {
    const meta = Buffer.alloc(PAGE_SIZE);
    meta.writeUInt32LE(1, 4); // log sequence number: not logged
    meta.writeUInt32LE(magic, 12);
    meta.writeUInt32LE(VERSION, 16);
    meta.writeUInt32LE(PAGE_SIZE, 20);
    meta.writeUInt8(metaType, 25);
    meta.writeUInt32LE(this.#count - 1, 32); // last page
    randomBytes(20).copy(meta, 52); // the file's identity in a shared cache
    fillMeta(meta);
    this.put(0, meta);
    return Buffer.concat(this.#pages, this.#count * PAGE_SIZE);
  }
}

export function emptyPage(number: number, type: number, level: number): Buffer {
  const page = Buffer.alloc(PAGE_SIZE);
  page.writeUInt32LE(1, 4); // log sequence number: not logged
  page.writeUInt32LE(number, 8);
  page.writeUInt16LE(PAGE_SIZE, 22);
  page.writeUInt8(level, 24);
  page.writeUInt8(type, 25);
  return page;
}

export function linkPage(page: Buffer, previous: number, next: number): void {
  page.writeUInt32LE(previous, 12);
  page.writeUInt32LE(next, 16);
}

/** Puts an item below the others, `size` bytes of room for it; the caller has seen to it that there is room. */
export function addItem(page: Buffer, item: Buffer, size = item.length): void {
  const entries = page.readUInt16LE(20);
  const highOffset = page.readUInt16LE(22) || PAGE_SIZE;
  const at = highOffset - size;
  item.copy(page, at);
  page.writeUInt16LE(at, HEADER_SIZE + 2 * entries);
  page.writeUInt16LE(entries + 1, 20);
  page.writeUInt16LE(at, 22);
}
