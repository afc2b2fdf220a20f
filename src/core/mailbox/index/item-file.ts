/**
 * `posthorn.index.items`: what the index keeps of messages, one record after the other, the last one of a UID counts.
 * Appended to under the mailbox's lock; where each message's record lies is in the table. Read in large pieces: records
 * of neighbours lie beside each other.
 */
import {crc32} from 'node:zlib';
import {statSync} from 'node:fs';
import {open, rename, unlink, type FileHandle} from 'node:fs/promises';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import {readFully} from '../read-fully.ts';
import type {MessageTable} from '../table.ts';
import {Turns} from '../turns.ts';
import {type CachedItems, readItemRecord, RECORD_HEAD_BYTES, RECORD_MAGIC} from './item-record.ts';

const HEAD_BYTES = RECORD_HEAD_BYTES;
const MAGIC = RECORD_MAGIC;
const LARGEST_RECORD = 64 * 1024 * 1024;
/** One read at most, and the gap that is read over rather than skipped. */
const READ_BYTES = 1024 * 1024;
const GAP_BYTES = 32 * 1024;
const COPY_BYTES = 4 * 1024 * 1024;
const WINDOW_BYTES = 64 * 1024;

export interface ItemEntry {
  readonly uid: number;
  /** As writeItems made it. */
  readonly record: Buffer;
}

export class ItemFile {
  readonly #path: string;
  readonly #fileMode: number;
  readonly #table: MessageTable;
  /** What moves `#covered` is done one after the other. */
  readonly #turns = new Turns();
  /** '': it was not opened yet. */
  #inode = '';
  /** Up to here it is in the table where records lie. */
  #covered = 0;
  #reading: {inode: string; file: FileHandle; users: number; isOld: boolean} | undefined;
  #isOff = false;

  constructor(directory: string, fileMode: number, table: MessageTable) {
    this.#path = `${directory}/posthorn.index.items`;
    this.#fileMode = fileMode;
    this.#table = table;
  }

  get mark(): {readonly inode: string; readonly covered: number} {
    return {inode: this.#inode, covered: this.#covered};
  }

  /** Of a snapshot, whose table says where records lie. */
  resume(mark: {readonly inode: string; readonly covered: number}): void {
    this.#inode = mark.inode;
    this.#covered = mark.covered;
  }

  /** Takes in what others appended. */
  async catchUp(): Promise<void> {
    const status = statSync(toPath(this.#path), {bigint: true, throwIfNoEntry: false});
    if (String(status?.ino ?? '') === this.#inode && Number(status?.size ?? 0) === this.#covered) return;
    await this.#turns.run(() => this.#readTail());
  }

  async #readTail(): Promise<void> {
    const file = await this.#open('r');
    if (file === undefined) return this.#forget('');
    try {
      const status = await file.stat({bigint: true});
      const size = Number(status.size);
      if (String(status.ino) !== this.#inode || size < this.#covered) this.#forget(String(status.ino));
      while (this.#covered < size) {
        const piece = await readFully(file, this.#covered, Math.min(size, this.#covered + COPY_BYTES));
        const used = this.#noteRecords(piece, size);
        if (used === 0) break;
        this.#covered += used;
      }
    } finally {
      await file.close();
    }
  }

  #forget(inode: string): void {
    this.#inode = inode;
    this.#covered = 0;
    this.#table.columns.itemLength.fill(0);
  }

  /** Answers how much of it was whole records; the last may be longer than the piece. */
  #noteRecords(piece: Buffer, fileSize: number): number {
    let at = 0;
    while (at + HEAD_BYTES <= piece.length) {
      const length = piece.readUInt32LE(at + 8);
      const isRecord = piece.readUInt32LE(at) === MAGIC && length <= LARGEST_RECORD;
      if (!isRecord || this.#covered + at + HEAD_BYTES + length > fileSize) return at;
      this.#note(piece.readUInt32LE(at + 4), this.#covered + at, length);
      at += HEAD_BYTES + length;
    }
    return at;
  }

  #note(uid: number, offset: number, length: number): void {
    const position = this.#table.find(uid);
    if (position < 0) return;
    this.#table.columns.itemAt[position] = offset;
    this.#table.columns.itemLength[position] = length;
  }

  async #open(flags: 'r' | 'r+' | 'wx+'): Promise<FileHandle | undefined> {
    try {
      return await open(toPath(this.#path), flags, this.#fileMode);
    } catch (fault) {
      const code = systemCode(fault);
      if (code === 'ENOENT' || code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EPERM')
        return undefined;
      throw fault;
    }
  }

  /** Under the lock. */
  async append(entries: readonly ItemEntry[]): Promise<void> {
    if (this.#isOff || entries.length === 0) return;
    await this.catchUp();
    await this.#turns.run(() => this.#append(entries));
  }

  async #append(entries: readonly ItemEntry[]): Promise<void> {
    const isNew = this.#inode === '';
    const file = await this.#open(isNew ? 'wx+' : 'r+');
    if (file === undefined) {
      this.#isOff = isNew;
      return;
    }
    try {
      const status = await file.stat({bigint: true});
      this.#inode = String(status.ino);
      if (Number(status.size) > this.#covered) await file.truncate(this.#covered); // torn
      const bytes = Buffer.concat(entries.map(({record}) => record));
      for (let at = 0; at < bytes.length;)
        at += (await file.write(bytes, at, bytes.length - at, this.#covered + at)).bytesWritten;
      for (const {uid, record} of entries) {
        this.#note(uid, this.#covered, record.length - HEAD_BYTES);
        this.#covered += record.length;
      }
    } catch (fault) {
      if (systemCode(fault) !== 'ENOSPC' && systemCode(fault) !== 'EDQUOT') throw fault; // then it is not kept
    } finally {
      await file.close();
    }
  }

  /** Of these positions; undefined where there is nothing. */
  async read(positions: readonly number[]): Promise<(CachedItems | undefined)[]> {
    await this.catchUp();
    const found: (CachedItems | undefined)[] = positions.map(() => undefined);
    const wanted = this.#placesOf(positions);
    const reading = wanted.length === 0 ? undefined : await this.#forReading();
    if (reading === undefined) return found;
    try {
      for (let n = 0; n < wanted.length;) n = await readRun(reading.file, wanted, n, found);
      return found;
    } finally {
      reading.users--;
      if (reading.isOld && reading.users === 0) await reading.file.close();
    }
  }

  /** Where records lie, in the order of the file. */
  #placesOf(positions: readonly number[]): Place[] {
    const {columns} = this.#table;
    const places: Place[] = [];
    positions.forEach((position, n) => {
      const length = columns.itemLength[position] ?? 0;
      if (length > 0) places.push({n, uid: columns.uids[position] ?? 0, at: columns.itemAt[position] ?? 0, length});
    });
    for (let n = 1; n < places.length; n++)
      if ((places[n]?.at ?? 0) < (places[n - 1]?.at ?? 0)) return places.sort((a, b) => a.at - b.at);
    return places;
  }

  async #forReading(): Promise<{inode: string; file: FileHandle; users: number; isOld: boolean} | undefined> {
    const {inode} = this.#reading ?? {};
    if (inode !== this.#inode) {
      await this.closeFile();
      const file = await this.#open('r');
      if (file === undefined) return undefined;
      const now = {inode: String((await file.stat({bigint: true})).ino), file, users: 0, isOld: false};
      if (this.#reading !== undefined) await this.closeFile(); // two came at once
      this.#reading = now;
    }
    if (this.#reading !== undefined) this.#reading.users++;
    return this.#reading;
  }

  /** The descriptor is kept while the mailbox is in use. */
  async closeFile(): Promise<void> {
    const reading = this.#reading;
    this.#reading = undefined;
    if (reading === undefined) return;
    reading.isOld = true;
    if (reading.users === 0) await reading.file.close();
  }

  /** Most of it is about messages that are gone, or was written again. */
  get isMostlyVoid(): boolean {
    const {columns, count} = this.#table;
    let live = 0;
    for (let position = 0; position < count; position++) {
      const length = columns.itemLength[position] ?? 0;
      if (length > 0) live += length + HEAD_BYTES;
    }
    return this.#covered > READ_BYTES && this.#covered > live * 2;
  }

  /** Writes what counts into a new file, in the order of UIDs; under the lock. */
  async compact(): Promise<void> {
    await this.#turns.run(() => this.#compact());
  }

  async #compact(): Promise<void> {
    const from = await this.#open('r');
    if (from === undefined) return;
    const temporary = toPath(`${this.#path}.tmp`);
    const to = await open(temporary, 'w', this.#fileMode);
    try {
      const places = await copyRecords(from, to, this.#table);
      const inode = String((await to.stat({bigint: true})).ino);
      await rename(temporary, toPath(this.#path));
      const {columns} = this.#table;
      for (let position = 0; position < columns.count; position++) {
        columns.itemAt[position] = places.at[position] ?? 0;
        columns.itemLength[position] = places.at[position] === -1 ? 0 : (columns.itemLength[position] ?? 0);
      }
      this.#inode = inode;
      this.#covered = places.size;
    } finally {
      await from.close();
      await to.close();
    }
  }

  async remove(): Promise<void> {
    this.#forget('');
    await unlink(toPath(this.#path)).catch(() => undefined);
  }
}

interface Place {
  readonly n: number;
  readonly uid: number;
  readonly at: number;
  readonly length: number;
}

/** Reads records that lie near each other at once; answers the number of the next. */
async function readRun(
  file: FileHandle,
  places: readonly Place[],
  first: number,
  found: (CachedItems | undefined)[],
): Promise<number> {
  const start = places[first]?.at ?? 0;
  let end = start + HEAD_BYTES + (places[first]?.length ?? 0);
  let next = first + 1;
  for (let place = places[next]; place !== undefined; place = places[++next]) {
    const placeEnd = place.at + HEAD_BYTES + place.length;
    if (place.at - end > GAP_BYTES || placeEnd - start > READ_BYTES) break;
    end = Math.max(end, placeEnd);
  }
  const bytes = await readFully(file, start, end);
  for (let n = first; n < next; n++) {
    const place = places[n];
    const record = place === undefined ? undefined : recordAt(bytes, place.at - start, place.uid, place.length);
    if (place !== undefined && record !== undefined) found[place.n] = readItemRecord(record);
  }
  return next;
}

/** undefined: something else lies there. */
function recordAt(bytes: Buffer, at: number, uid: number, length: number): Buffer | undefined {
  const start = at + HEAD_BYTES;
  if (start + length > bytes.length || bytes.readUInt32LE(at) !== MAGIC) return undefined;
  if (bytes.readUInt32LE(at + 4) !== uid || bytes.readUInt32LE(at + 8) !== length) return undefined;
  const record = bytes.subarray(start, start + length);
  return crc32(record) === bytes.readUInt32LE(at + 12) ? record : undefined;
}

/** Where each record lies in the new file; -1: there was none. */
async function copyRecords(
  from: FileHandle,
  to: FileHandle,
  table: MessageTable,
): Promise<{at: Float64Array; size: number}> {
  const {columns, count} = table;
  const at = new Float64Array(count).fill(-1);
  let size = 0;
  let batch: Buffer[] = [];
  let batched = 0;
  let window: Buffer = Buffer.alloc(0);
  let windowAt = 0;
  for (let position = 0; position < count; position++) {
    const length = columns.itemLength[position] ?? 0;
    const offset = columns.itemAt[position] ?? 0;
    if (length > 0) {
      if (offset < windowAt || offset + HEAD_BYTES + length > windowAt + window.length) {
        windowAt = offset; // neighbours lie beside each other
        window = await readFully(from, offset, offset + Math.max(HEAD_BYTES + length, WINDOW_BYTES));
      }
      const bytes = window.subarray(offset - windowAt, offset - windowAt + HEAD_BYTES + length);
      if (recordAt(bytes, 0, columns.uids[position] ?? 0, length) !== undefined) {
        at[position] = size + batched;
        batch.push(Buffer.from(bytes));
        batched += bytes.length;
      }
    }
    if (batched < COPY_BYTES && position < count - 1) continue;
    await to.writev(batch);
    size += batched;
    batch = [];
    batched = 0;
  }
  return {at, size};
}
