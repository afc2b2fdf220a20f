/**
 * The whole state of a mailbox in one file, so that opening it is one read: a head in JSON, the table's columns as they
 * are in memory (little-endian), its texts, and a checksum over all.
 */
import {crc32} from 'node:zlib';
import {type Columns, emptyColumns, type MessageTable, NUMBER_COLUMNS} from '../table.ts';
import type {StateHead} from './state-log.ts';

export interface SnapshotHead {
  readonly generation: number;
  readonly state: StateHead;
  readonly keywords: readonly (string | null)[];
  readonly vanishedFrom: number;
  /** Modification sequence and ranges. */
  readonly vanished: readonly (readonly [number, string])[];
  readonly items: {readonly inode: string; readonly covered: number};
  /** Fields of heads that are kept of each message, lower case. */
  readonly headers: readonly string[];
}

interface Layout {
  readonly count: number;
  readonly keywordColumns: number;
  readonly textBytes: number;
}

export interface Snapshot {
  readonly head: SnapshotHead;
  readonly columns: Columns;
  readonly texts: Buffer;
}

const MAGIC = Buffer.from('PHINDEX1', 'latin1');
/** Room for new messages, so that the first of them does not copy all. */
const SPARE_ROWS = 64;

export function writeSnapshot(head: SnapshotHead, table: MessageTable): Buffer[] {
  table.packTexts();
  const {columns} = table;
  const layout: Layout = {
    count: columns.count,
    keywordColumns: columns.keywords.length,
    textBytes: table.textsUsed,
  };
  const json = Buffer.from(JSON.stringify({...head, layout}), 'latin1');
  const start = Buffer.alloc(MAGIC.length + 4);
  MAGIC.copy(start);
  start.writeUInt32LE(json.length, MAGIC.length);
  const pieces: Buffer[] = [start, json];
  for (const name of NUMBER_COLUMNS) pieces.push(bytesOf(columns[name], columns.count));
  for (const column of columns.keywords) pieces.push(bytesOf(column, columns.count));
  pieces.push(table.texts.subarray(0, table.textsUsed));
  const end = Buffer.alloc(4);
  end.writeUInt32LE(checksum(pieces));
  return [...pieces, end];
}

function bytesOf(column: Columns['uids'] | Columns[(typeof NUMBER_COLUMNS)[number]], count: number): Buffer {
  return Buffer.from(column.buffer, column.byteOffset, count * column.BYTES_PER_ELEMENT);
}

function checksum(pieces: readonly Buffer[]): number {
  let sum = 0;
  for (const piece of pieces) sum = crc32(piece, sum);
  return sum;
}

/** undefined: it is not whole, or not ours. */
export function readSnapshot(bytes: Buffer): Snapshot | undefined {
  const start = MAGIC.length + 4;
  if (bytes.length < start + 4 || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (crc32(bytes.subarray(0, -4)) !== bytes.readUInt32LE(bytes.length - 4)) return undefined;
  const jsonEnd = start + bytes.readUInt32LE(MAGIC.length);
  if (jsonEnd > bytes.length - 4) return undefined;
  // Behind the checksum it is what writeSnapshot made.
  const head = JSON.parse(bytes.toString('latin1', start, jsonEnd)) as SnapshotHead & {layout: Layout};
  const {count, keywordColumns, textBytes} = head.layout;
  const columns = emptyColumns(count + SPARE_ROWS, keywordColumns);
  columns.count = count;
  let at = jsonEnd;
  for (const column of [...NUMBER_COLUMNS.map(name => columns[name]), ...columns.keywords]) {
    const target = Buffer.from(column.buffer, column.byteOffset, count * column.BYTES_PER_ELEMENT);
    at += bytes.copy(target, 0, at, at + target.length);
  }
  if (at + textBytes + 4 !== bytes.length) return undefined;
  return {head, columns, texts: Buffer.from(bytes.subarray(at, at + textBytes))};
}
