/**
 * What the index keeps of one message, as bytes that are ready to be sent: fields of a number, a length and bytes. Only
 * what is asked for is looked at; slices, no copies.
 */
import {crc32} from 'node:zlib';

export interface CachedItems {
  virtualSize?: number | undefined;
  physicalSize?: number | undefined;
  /** Seconds since 1970. */
  received?: number | undefined;
  saved?: number | undefined;
  envelope?: Buffer | undefined;
  body?: Buffer | undefined;
  bodyStructure?: Buffer | undefined;
  preview?: Buffer | undefined;
  threadKeys?: Buffer | undefined;
  /** By lower-case name; '' for a field that the message has not. */
  headers?: ReadonlyMap<string, Buffer> | undefined;
}

/** What is to be kept: texts as byte strings, or as bytes where they come from an older record. */
export interface ItemsToKeep extends Omit<CachedItems, (typeof FIELDS)[number]> {
  readonly envelope?: string | Buffer | undefined;
  readonly body?: string | Buffer | undefined;
  readonly bodyStructure?: string | Buffer | undefined;
  readonly preview?: string | Buffer | undefined;
  readonly threadKeys?: string | Buffer | undefined;
}

const FIELDS = ['envelope', 'body', 'bodyStructure', 'preview', 'threadKeys'] as const;
const NUMBERS = 1;
const HEADERS = 2;
const FIRST_FIELD = 3;
const FIELD_HEAD_BYTES = 5;
const NUMBERS_BYTES = 32;

export const RECORD_HEAD_BYTES = 16;
export const RECORD_MAGIC = 0x54_49_48_50; // P H I T

/** A whole record: magic, UID, length and checksum, then the fields. One buffer, of which all answers are slices. */
export function writeItems(uid: number, items: ItemsToKeep): Buffer {
  const record = Buffer.allocUnsafe(RECORD_HEAD_BYTES + lengthOf(items));
  let at = putNumbers(record, RECORD_HEAD_BYTES, items);
  for (let n = 0; n < FIELDS.length; n++) {
    const value = items[FIELDS[n] ?? 'envelope'];
    if (value !== undefined) at = putField(record, at, FIRST_FIELD + n, value);
  }
  if (items.headers !== undefined) putHeaders(record, at, items.headers);
  record.writeUInt32LE(RECORD_MAGIC, 0);
  record.writeUInt32LE(uid, 4);
  record.writeUInt32LE(record.length - RECORD_HEAD_BYTES, 8);
  record.writeUInt32LE(crc32(record.subarray(RECORD_HEAD_BYTES)), 12);
  return record;
}

function lengthOf(items: ItemsToKeep): number {
  let length = FIELD_HEAD_BYTES + NUMBERS_BYTES;
  for (const name of FIELDS) {
    const value = items[name];
    if (value !== undefined) length += FIELD_HEAD_BYTES + value.length;
  }
  if (items.headers !== undefined) length += FIELD_HEAD_BYTES + headersLength(items.headers);
  return length;
}

function headersLength(headers: ReadonlyMap<string, Buffer>): number {
  let length = 0;
  for (const [name, bytes] of headers) length += FIELD_HEAD_BYTES + name.length + bytes.length;
  return length;
}

function putHead(record: Buffer, at: number, id: number, length: number): number {
  record.writeUInt8(id, at);
  record.writeUInt32LE(length, at + 1);
  return at + FIELD_HEAD_BYTES;
}

function putField(record: Buffer, at: number, id: number, value: string | Buffer): number {
  const start = putHead(record, at, id, value.length);
  if (typeof value === 'string') record.write(value, start, 'latin1');
  else value.copy(record, start);
  return start + value.length;
}

/** NaN: not known. */
function putNumbers(record: Buffer, at: number, items: ItemsToKeep): number {
  const start = putHead(record, at, NUMBERS, NUMBERS_BYTES);
  record.writeDoubleLE(items.virtualSize ?? NaN, start);
  record.writeDoubleLE(items.physicalSize ?? NaN, start + 8);
  record.writeDoubleLE(items.received ?? NaN, start + 16);
  record.writeDoubleLE(items.saved ?? NaN, start + 24);
  return start + NUMBERS_BYTES;
}

function putHeaders(record: Buffer, from: number, headers: ReadonlyMap<string, Buffer>): void {
  let at = putHead(record, from, HEADERS, headersLength(headers));
  for (const [name, bytes] of headers) {
    at = putHead(record, at, name.length, bytes.length);
    at += record.write(name, at, 'latin1');
    at += bytes.copy(record, at);
  }
}

/** Of a record without its head, which passed the checksum: we wrote it. */
export function readItemRecord(bytes: Buffer): CachedItems {
  const items: CachedItems = {};
  for (let at = 0; at + FIELD_HEAD_BYTES <= bytes.length;) {
    const id = bytes[at] ?? 0;
    const start = at + FIELD_HEAD_BYTES;
    at = start + bytes.readUInt32LE(at + 1);
    const name = FIELDS[id - FIRST_FIELD];
    if (name !== undefined) items[name] = bytes.subarray(start, at);
    else if (id === NUMBERS) readNumbers(bytes, start, items);
    else if (id === HEADERS) items.headers = readHeaders(bytes.subarray(start, at));
  }
  return items;
}

function readNumbers(bytes: Buffer, at: number, items: CachedItems): void {
  items.virtualSize = numberAt(bytes, at);
  items.physicalSize = numberAt(bytes, at + 8);
  items.received = numberAt(bytes, at + 16);
  items.saved = numberAt(bytes, at + 24);
}

function numberAt(bytes: Buffer, at: number): number | undefined {
  const number = bytes.readDoubleLE(at);
  return Number.isNaN(number) ? undefined : number;
}

function readHeaders(bytes: Buffer): Map<string, Buffer> {
  const headers = new Map<string, Buffer>();
  for (let at = 0; at + FIELD_HEAD_BYTES <= bytes.length;) {
    const nameEnd = at + FIELD_HEAD_BYTES + (bytes[at] ?? 0);
    const end = nameEnd + bytes.readUInt32LE(at + 1);
    headers.set(bytes.toString('latin1', at + FIELD_HEAD_BYTES, nameEnd), bytes.subarray(nameEnd, end));
    at = end;
  }
  return headers;
}
