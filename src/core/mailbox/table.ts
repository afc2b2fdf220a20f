/**
 * The messages of one mailbox in memory, shared by all its sessions: columns sorted by UID, about 100 bytes a message,
 * names included. Views point into `columns`: new messages are appended to it; when messages go, or come in between,
 * new columns take its place and the old ones stay with the views that still show them.
 */

/** Beside flagBits (1 to 16) and the format's own bit (32): the format's marks of where a message lies. */
export const MARKS = {inNew: 64, odd: 128} as const;
/** What clients see of the flags column. */
export const CLIENT_FLAGS = 31;

export interface Columns {
  count: number;
  uids: Uint32Array;
  flags: Uint8Array;
  /** Keyword n is bit n % 32 of column n / 32. */
  keywords: Uint32Array[];
  modSeqs: Float64Array;
  /** Seconds since 1970; 0: not known. */
  received: Uint32Array;
  saved: Uint32Array;
  /** Bytes with CRLF; UNKNOWN_SIZE: not known here. */
  virtualSizes: Uint32Array;
  /** Where its texts lie: the name, and what else the format keeps, parted by line feeds. */
  textAt: Uint32Array;
  textLength: Uint16Array;
  nameLength: Uint8Array;
  /** Where its items lie in the index (index/item-cache.ts); length 0: nowhere. */
  itemAt: Float64Array;
  itemLength: Uint32Array;
}

/** Columns with one number for each message, by name: what is copied, grown and written. */
export const NUMBER_COLUMNS = [
  'uids',
  'flags',
  'modSeqs',
  'received',
  'saved',
  'virtualSizes',
  'textAt',
  'textLength',
  'nameLength',
  'itemAt',
  'itemLength',
] as const;

export const UNKNOWN_SIZE = 0xffffffff;

export interface Row {
  readonly uid: number;
  readonly flags: number;
  readonly keywords: readonly number[];
  readonly modSeq: number;
  readonly received: number;
  readonly saved: number;
  readonly virtualSize: number;
  readonly name: string;
  /** Fields of the format's list, as `Gguid`; '' for none. */
  readonly fields: string;
  /** What the format knows of the name besides; '' for nothing. */
  readonly info: string;
}

export class MessageTable {
  columns: Columns = emptyColumns(16);
  #texts: Buffer = Buffer.allocUnsafe(1024);
  #textsUsed = 0;
  #textsWasted = 0;

  get count(): number {
    return this.columns.count;
  }

  get lastUid(): number {
    return this.count === 0 ? 0 : (this.columns.uids[this.count - 1] ?? 0);
  }

  /** The position of a UID, or -1. */
  find(uid: number): number {
    return findUid(this.columns.uids, this.count, uid);
  }

  name(position: number): string {
    const at = this.columns.textAt[position] ?? 0;
    return this.#texts.toString('latin1', at, at + (this.columns.nameLength[position] ?? 0));
  }

  fields(position: number): string {
    return this.#rest(position)[0] ?? '';
  }

  info(position: number): string {
    return this.#rest(position)[1] ?? '';
  }

  #rest(position: number): string[] {
    const {textAt, textLength, nameLength} = this.columns;
    const length = nameLength[position] ?? 0;
    if (textLength[position] === length) return [];
    const at = textAt[position] ?? 0;
    return this.#texts.toString('latin1', at + length + 1, at + (textLength[position] ?? 0)).split('\n');
  }

  setInfo(position: number, info: string): void {
    if (this.info(position) === info) return;
    this.#textsWasted += this.columns.textLength[position] ?? 0;
    this.#putTexts(this.columns, position, this.name(position), this.fields(position), info);
  }

  /** The bytes behind `columns.textAt`. */
  get texts(): Buffer {
    return this.#texts;
  }

  get textsUsed(): number {
    return this.#textsUsed;
  }

  /** `rows` ascend by UID. Those that there are already are left out. */
  add(rows: readonly Row[]): void {
    const first = rows[0];
    if (first === undefined) return;
    if (first.uid > this.lastUid) {
      for (const row of rows) this.#append(this.columns, row);
      return;
    }
    const merged = emptyColumns(this.count + rows.length, this.columns.keywords.length);
    let from = 0;
    for (const row of rows) {
      while (from < this.count && (this.columns.uids[from] ?? 0) < row.uid) copyRow(this.columns, from++, merged);
      if (this.columns.uids[from] !== row.uid || from >= this.count) this.#append(merged, row);
    }
    while (from < this.count) copyRow(this.columns, from++, merged);
    this.columns = merged;
  }

  /** `positions` ascend. */
  remove(positions: readonly number[]): void {
    if (positions.length === 0) return;
    const left = emptyColumns(Math.max(this.count - positions.length, 16), this.columns.keywords.length);
    let next = 0;
    for (let from = 0; from < this.count; from++) {
      if (positions[next] === from) {
        next++;
        this.#textsWasted += this.columns.textLength[from] ?? 0;
      } else copyRow(this.columns, from, left);
    }
    this.columns = left;
    if (this.#textsWasted > this.#textsUsed / 2) this.packTexts();
  }

  /** Takes over columns that were read from a file, names included. */
  adopt(columns: Columns, texts: Buffer): void {
    this.columns = columns;
    this.#texts = texts;
    this.#textsUsed = texts.length;
    this.#textsWasted = 0;
  }

  hasKeyword(position: number, index: number): boolean {
    return hasKeyword(this.columns, position, index);
  }

  keywordWord(position: number, column: number): number {
    return this.columns.keywords[column]?.[position] ?? 0;
  }

  setKeywordWord(position: number, column: number, bits: number): void {
    setWord(this.columns, position, column, bits);
  }

  #append(columns: Columns, row: Row): void {
    const at = newRow(columns, row.uid, row.modSeq, row.virtualSize);
    columns.flags[at] = row.flags;
    columns.received[at] = row.received;
    columns.saved[at] = row.saved;
    row.keywords.forEach((bits, column) => setWord(columns, at, column, bits));
    this.#putTexts(columns, at, row.name, row.fields, row.info);
  }

  /** A message of which no more is known, behind all others: for a hundred thousand of them, without an object each. */
  appendListed(uid: number, modSeq: number, virtualSize: number, name: string, fields: string): void {
    const at = newRow(this.columns, uid, modSeq, virtualSize);
    this.#putTexts(this.columns, at, name, fields, '');
  }

  #putTexts(columns: Columns, position: number, name: string, fields: string, info: string): void {
    const text = info === '' ? (fields === '' ? name : `${name}\n${fields}`) : `${name}\n${fields}\n${info}`;
    const room = this.#textsUsed + text.length;
    if (room > this.#texts.length) {
      const larger = Buffer.allocUnsafe(Math.max(room, this.#texts.length + (this.#texts.length >> 1)));
      this.#texts.copy(larger, 0, 0, this.#textsUsed);
      this.#texts = larger;
    }
    this.#texts.write(text, this.#textsUsed, 'latin1');
    columns.textAt[position] = this.#textsUsed;
    columns.textLength[position] = text.length;
    columns.nameLength[position] = name.length;
    this.#textsUsed = room;
  }

  /** Old columns that views hold are never asked for texts. */
  packTexts(): void {
    if (this.#textsWasted === 0) return;
    const {count, textAt, textLength} = this.columns;
    const packed = Buffer.allocUnsafe(Math.max(this.#textsUsed - this.#textsWasted, 1024));
    let used = 0;
    for (let position = 0; position < count; position++) {
      const at = textAt[position] ?? 0;
      textAt[position] = used;
      used += this.#texts.copy(packed, used, at, at + (textLength[position] ?? 0));
    }
    this.#texts = packed;
    this.#textsUsed = used;
    this.#textsWasted = 0;
  }
}

export function findUid(uids: Uint32Array, count: number, uid: number): number {
  const at = firstAtLeast(uids, count, uid);
  return at < count && uids[at] === uid ? at : -1;
}

/** The first position whose UID is not below. */
export function firstAtLeast(uids: Uint32Array, count: number, uid: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((uids[middle] ?? 0) < uid) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function hasKeyword(columns: Columns, position: number, index: number): boolean {
  return (((columns.keywords[index >>> 5]?.[position] ?? 0) >>> (index & 31)) & 1) === 1;
}

function newRow(columns: Columns, uid: number, modSeq: number, virtualSize: number): number {
  const at = columns.count;
  if (at === columns.uids.length) growColumns(columns, Math.max(16, at + (at >> 1)));
  columns.count = at + 1;
  columns.uids[at] = uid;
  columns.modSeqs[at] = modSeq;
  columns.virtualSizes[at] = virtualSize;
  columns.flags[at] = 0;
  columns.received[at] = 0;
  columns.saved[at] = 0;
  columns.itemLength[at] = 0;
  for (const column of columns.keywords) column[at] = 0; // what was here before may have been removed
  return at;
}

function setWord(columns: Columns, position: number, column: number, bits: number): void {
  while (columns.keywords.length <= column) {
    if (bits === 0) return;
    columns.keywords.push(new Uint32Array(columns.uids.length));
  }
  const words = columns.keywords[column];
  if (words !== undefined) words[position] = bits;
}

export function emptyColumns(capacity: number, keywordColumns = 1): Columns {
  return {
    count: 0,
    uids: new Uint32Array(capacity),
    flags: new Uint8Array(capacity),
    keywords: Array.from({length: keywordColumns}, () => new Uint32Array(capacity)),
    modSeqs: new Float64Array(capacity),
    received: new Uint32Array(capacity),
    saved: new Uint32Array(capacity),
    virtualSizes: new Uint32Array(capacity),
    textAt: new Uint32Array(capacity),
    textLength: new Uint16Array(capacity),
    nameLength: new Uint8Array(capacity),
    itemAt: new Float64Array(capacity),
    itemLength: new Uint32Array(capacity),
  };
}

function growColumns(columns: Columns, capacity: number): void {
  const larger = emptyColumns(capacity, columns.keywords.length);
  for (const name of NUMBER_COLUMNS) larger[name].set(columns[name]);
  larger.keywords.forEach((column, n) => column.set(columns.keywords[n] ?? []));
  larger.count = columns.count;
  Object.assign(columns, larger);
}

/** `to` has room. */
function copyRow(from: Columns, position: number, to: Columns): void {
  const at = to.count++;
  to.uids[at] = from.uids[position] ?? 0;
  to.flags[at] = from.flags[position] ?? 0;
  to.modSeqs[at] = from.modSeqs[position] ?? 0;
  to.received[at] = from.received[position] ?? 0;
  to.saved[at] = from.saved[position] ?? 0;
  to.virtualSizes[at] = from.virtualSizes[position] ?? 0;
  to.textAt[at] = from.textAt[position] ?? 0;
  to.textLength[at] = from.textLength[position] ?? 0;
  to.nameLength[at] = from.nameLength[position] ?? 0;
  to.itemAt[at] = from.itemAt[position] ?? 0;
  to.itemLength[at] = from.itemLength[position] ?? 0;
  for (let n = 0; n < to.keywords.length; n++) {
    const column = to.keywords[n];
    if (column !== undefined) column[at] = from.keywords[n]?.[position] ?? 0;
  }
}
