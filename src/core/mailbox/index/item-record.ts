/**
 * What the index keeps of one message, as bytes that are ready to be sent: fields of a number, a length and bytes. Only
 * what is asked for is looked at; slices, no copies.
 */
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

const FIELDS = ['envelope', 'body', 'bodyStructure', 'preview', 'threadKeys'] as const;
const NUMBERS = 1;
const HEADERS = 2;
const FIRST_FIELD = 3;
const FIELD_HEAD_BYTES = 5;
const NUMBERS_BYTES = 32;

export function writeItems(items: CachedItems): Buffer {
  const pieces = [numbers(items)];
  FIELDS.forEach((name, n) => {
    const bytes = items[name];
    if (bytes !== undefined) pieces.push(fieldHead(FIRST_FIELD + n, bytes.length), bytes);
  });
  if (items.headers !== undefined) {
    const headers = writeHeaders(items.headers);
    pieces.push(fieldHead(HEADERS, headers.length), headers);
  }
  return Buffer.concat(pieces);
}

function fieldHead(id: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(FIELD_HEAD_BYTES);
  head.writeUInt8(id, 0);
  head.writeUInt32LE(length, 1);
  return head;
}

/** NaN: not known. */
function numbers(items: CachedItems): Buffer {
  const bytes = Buffer.allocUnsafe(FIELD_HEAD_BYTES + NUMBERS_BYTES);
  fieldHead(NUMBERS, NUMBERS_BYTES).copy(bytes);
  bytes.writeDoubleLE(items.virtualSize ?? NaN, FIELD_HEAD_BYTES);
  bytes.writeDoubleLE(items.physicalSize ?? NaN, FIELD_HEAD_BYTES + 8);
  bytes.writeDoubleLE(items.received ?? NaN, FIELD_HEAD_BYTES + 16);
  bytes.writeDoubleLE(items.saved ?? NaN, FIELD_HEAD_BYTES + 24);
  return bytes;
}

function writeHeaders(headers: ReadonlyMap<string, Buffer>): Buffer {
  const pieces: Buffer[] = [];
  for (const [name, bytes] of headers) {
    pieces.push(fieldHead(name.length, bytes.length), Buffer.from(name, 'latin1'), bytes);
  }
  return Buffer.concat(pieces);
}

/** `bytes` passed the checksum: we wrote them. */
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
