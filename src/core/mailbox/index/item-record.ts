/**
 * What the index keeps of one message, as bytes that are ready to be sent: fields of a number, a length and bytes. Only
 * what is asked for is looked at; slices, no copies.
 */
import {crc32} from 'node:zlib';
import type {KeptField, KeptFields} from '../kept-fields.ts';

export interface CachedItems {
  readonly virtualSize?: number | undefined;
  readonly physicalSize?: number | undefined;
  /** Seconds since 1970. */
  readonly received?: number | undefined;
  readonly saved?: number | undefined;
  readonly envelope?: Buffer | undefined;
  readonly body?: Buffer | undefined;
  readonly bodyStructure?: Buffer | undefined;
  readonly preview?: Buffer | undefined;
  readonly threadKeys?: Buffer | undefined;
  readonly sortKeys?: Buffer | undefined;
  /** Of TextGrams. */
  readonly grams?: Buffer | undefined;
  readonly headers?: KeptFields | undefined;
}

/** What is to be kept: texts as byte strings, or as bytes where they come from an older record. */
export interface ItemsToKeep extends Omit<CachedItems, (typeof FIELDS)[number]> {
  readonly envelope?: string | Buffer | undefined;
  readonly body?: string | Buffer | undefined;
  readonly bodyStructure?: string | Buffer | undefined;
  readonly preview?: string | Buffer | undefined;
  readonly threadKeys?: string | Buffer | undefined;
  readonly sortKeys?: string | Buffer | undefined;
  readonly grams?: string | Buffer | undefined;
}

const FIELDS = ['envelope', 'body', 'bodyStructure', 'preview', 'threadKeys', 'sortKeys', 'grams'] as const;
const NUMBERS = 1;
const HEADERS = 2;
/** Of a head that is not clean. */
const ODD_HEADERS = 255;
const FIRST_FIELD = 3;
const FIELD_HEAD_BYTES = 5;
const NUMBERS_BYTES = 32;
const NUMBERS_END = FIELD_HEAD_BYTES + NUMBERS_BYTES;

export const RECORD_HEAD_BYTES = 16;
/** With the number of the layout: records of another one are not known. */
export const RECORD_MAGIC = 0x02_49_48_50; // P H I 2

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

function headersLength({fields}: KeptFields): number {
  let length = 0;
  for (const [name, bytes] of fields) length += FIELD_HEAD_BYTES + name.length + bytes.length;
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

function putHeaders(record: Buffer, from: number, headers: KeptFields): void {
  let at = putHead(record, from, headers.isClean ? HEADERS : ODD_HEADERS, headersLength(headers));
  for (const [name, bytes] of headers.fields) {
    at = putHead(record, at, name.length, bytes.length);
    at += record.write(name, at, 'latin1');
    at += bytes.copy(record, at);
  }
}

/** Of a record without its head, which passed the checksum: we wrote it. Only what is asked for is looked for. */
export function readItemRecord(bytes: Buffer): CachedItems {
  return new ItemRecord(bytes);
}

class ItemRecord implements CachedItems {
  readonly #bytes: Buffer;
  #headers: KeptFields | undefined;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get virtualSize(): number | undefined {
    return this.#number(0);
  }

  get physicalSize(): number | undefined {
    return this.#number(8);
  }

  get received(): number | undefined {
    return this.#number(16);
  }

  get saved(): number | undefined {
    return this.#number(24);
  }

  get envelope(): Buffer | undefined {
    return this.#text('envelope');
  }

  get body(): Buffer | undefined {
    return this.#text('body');
  }

  get bodyStructure(): Buffer | undefined {
    return this.#text('bodyStructure');
  }

  get preview(): Buffer | undefined {
    return this.#text('preview');
  }

  get threadKeys(): Buffer | undefined {
    return this.#text('threadKeys');
  }

  get sortKeys(): Buffer | undefined {
    return this.#text('sortKeys');
  }

  get grams(): Buffer | undefined {
    return this.#text('grams');
  }

  get headers(): KeptFields | undefined {
    if (this.#headers !== undefined) return this.#headers;
    const clean = this.#field(HEADERS);
    const bytes = clean ?? this.#field(ODD_HEADERS);
    return (this.#headers = bytes && {fields: readHeaders(bytes), isClean: clean !== undefined});
  }

  #text(name: (typeof FIELDS)[number]): Buffer | undefined {
    return this.#field(FIRST_FIELD + FIELDS.indexOf(name));
  }

  #field(id: number): Buffer | undefined {
    const bytes = this.#bytes;
    for (let at = NUMBERS_END; at + FIELD_HEAD_BYTES <= bytes.length;) {
      const start = at + FIELD_HEAD_BYTES;
      const end = start + bytes.readUInt32LE(at + 1);
      if (bytes[at] === id) return bytes.subarray(start, end);
      at = end;
    }
    return undefined;
  }

  /** They come first in each record. */
  #number(at: number): number | undefined {
    const number = this.#bytes.readDoubleLE(FIELD_HEAD_BYTES + at);
    return Number.isNaN(number) ? undefined : number;
  }
}

function readHeaders(bytes: Buffer): KeptField[] {
  const headers: KeptField[] = [];
  for (let at = 0; at + FIELD_HEAD_BYTES <= bytes.length;) {
    const nameEnd = at + FIELD_HEAD_BYTES + (bytes[at] ?? 0);
    const end = nameEnd + bytes.readUInt32LE(at + 1);
    headers.push([bytes.toString('latin1', at + FIELD_HEAD_BYTES, nameEnd), bytes.subarray(nameEnd, end)]);
    at = end;
  }
  return headers;
}
