/**
 * Reads a queue file: its envelope (and the recipients behind the content), and its content as a stream. Damage throws
 * `ParseError` with the file offset: the caller puts the file into `corrupt`. Real spools are read as they are, whatever
 * record types they hold (postfix-formats section 1).
 */
import {open, type FileHandle} from 'node:fs/promises';
import {ParseError} from '../base/errors.ts';
import type {ContentSource, Envelope, QueueName, Recipient} from './agent.ts';
import {RecordCursor, type QueueRecord} from './record.ts';

const CHUNK_BYTES = 1 << 16;
/** Of content: so much is read, and written, at a time. */
const CONTENT_BYTES = 1 << 17;
const ENVELOPE_TYPES = 'MCTcFILSDRO/WVA>K<ionfdm';
const EXTRACTED_TYPES = 'EDRO/PreAFIL>Konfdm';
/** Records longer than this are garbage, not mail. */
const MAX_RECORD_BYTES = 1 << 24;
/** Seen: the original follows so many jumps backwards, and no more. */
const MAX_BACKWARD_JUMPS = 10_000;

/** What the queue manager wants of a file besides its envelope. */
export interface QueueFile {
  readonly envelope: Envelope;
  /** Where the content ends (its `X` record's offset). */
  readonly contentEnd: number;
  /** `L` of the envelope or the extracted part: transport:nexthop of a content filter. */
  readonly contentFilter?: string | undefined;
  readonly redirect?: string | undefined;
  /** Recipients still to do beyond the limit, and where they begin. */
  readonly unread: number;
  readonly rest: RecipientPlace | undefined;
}

/** Where in a queue file further recipients are. */
export interface RecipientPlace {
  readonly segment: 'envelope' | 'extracted';
  readonly offset: number;
  readonly contentEnd: number;
}

/** `recipientLimit`: how many recipients to keep; the others are only counted. */
export async function readQueueFile(
  path: string,
  queue: QueueName,
  id: string,
  recipientLimit = Infinity,
): Promise<QueueFile> {
  const file = await open(path, 'r');
  try {
    return await new EnvelopeReader(file, path, queue, id, recipientLimit).read();
  } finally {
    await file.close();
  }
}

/** The next recipients still to do from a place on; `rest` is undefined when these are the last. */
export async function readMoreRecipients(
  path: string,
  place: RecipientPlace,
  limit: number,
): Promise<{readonly recipients: readonly Recipient[]; readonly rest: RecipientPlace | undefined}> {
  const file = await open(path, 'r');
  try {
    return await new EnvelopeReader(file, path, 'active', '', limit).readOn(place);
  } finally {
    await file.close();
  }
}

class EnvelopeReader {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #queue: QueueName;
  readonly #id: string;
  readonly #attributes = new Map<string, string>();
  readonly #recipients: Recipient[] = [];
  #cursor = new RecordCursor(Buffer.alloc(0));
  #position = 0;
  #jumpedTo = 0;
  #backwardJumps = 0;
  #size: readonly number[] | undefined;
  #arrival = [0, 0];
  #sender: string | undefined;
  #fullName = '';
  #verp: string | undefined;
  #filter: string | undefined;
  #redirect: string | undefined;
  #warning: Envelope['warning'];
  /** What precedes the recipient it is about. */
  #original = '';
  #dsnOriginal = '';
  #notify = 0;
  readonly #limit: number;
  #segmentName: RecipientPlace['segment'] = 'envelope';
  #contentEnd = 0;
  #unread = 0;
  /** Behind the last recipient that was kept. */
  #kept: Omit<RecipientPlace, 'contentEnd'> | undefined;
  /** Nothing but recipients is wanted, and no more of them than the limit. */
  #stopsWhenFull = false;

  constructor(file: FileHandle, path: string, queue: QueueName, id: string, limit: number) {
    this.#limit = limit;
    this.#file = file;
    this.#path = path;
    this.#queue = queue;
    this.#id = id;
  }

  async read(): Promise<QueueFile> {
    await this.#segment('M', ENVELOPE_TYPES);
    const [contentBytes = 0, dataOffset = 0, recipientCount, , , sendOptions] = this.#size ?? [];
    if (this.#size === undefined || dataOffset !== this.#cursor.offset || !isOffset(contentBytes))
      throw new ParseError('missing or wrong message size record', this.#cursor.offset);
    const contentEnd = dataOffset + contentBytes;
    this.#contentEnd = contentEnd;
    await this.#extracted();
    if (this.#sender === undefined) throw new ParseError('missing sender record');
    const [arrivalSeconds = 0, arrivalMicroseconds = 0] = this.#arrival;
    if (!isOffset(arrivalSeconds) || !isOffset(arrivalMicroseconds)) throw new ParseError('malformed arrival time');
    const envelope: Envelope = {
      id: this.#id,
      queue: this.#queue,
      path: this.#path,
      arrivalSeconds,
      arrivalMicroseconds,
      sizeBytes: contentBytes,
      dataOffset,
      sender: this.#sender,
      fullName: this.#fullName,
      attributes: this.#attributes,
      recipients: this.#recipients,
      warning: this.#warning,
      verp: this.#verp,
      recipientCount,
      createdSeconds: Number(this.#attributes.get('create_time')) || arrivalSeconds,
      sendOptions,
      contentFilter: this.#filter,
      redirect: this.#redirect,
    };
    const rest = this.#rest();
    return {
      envelope,
      contentEnd,
      contentFilter: this.#filter,
      redirect: this.#redirect,
      unread: rest === undefined ? 0 : this.#unread,
      rest,
    };
  }

  async readOn(
    place: RecipientPlace,
  ): Promise<{readonly recipients: readonly Recipient[]; readonly rest: RecipientPlace | undefined}> {
    this.#stopsWhenFull = true;
    this.#segmentName = place.segment;
    this.#contentEnd = place.contentEnd;
    this.#goTo(place.offset);
    if (place.segment === 'extracted') await this.#segment('E', EXTRACTED_TYPES);
    else {
      await this.#segment('M', ENVELOPE_TYPES);
      if (this.#unread === 0) await this.#extracted();
    }
    return {recipients: this.#recipients, rest: this.#rest()};
  }

  #rest(): RecipientPlace | undefined {
    if (this.#unread === 0 || this.#kept === undefined || this.#redirect !== undefined) return undefined;
    return {...this.#kept, contentEnd: this.#contentEnd};
  }

  async #extracted(): Promise<void> {
    this.#goTo(this.#contentEnd);
    const end = await this.#next();
    if (end?.type !== 'X') throw new ParseError('no end of content where the size record says', this.#contentEnd);
    this.#segmentName = 'extracted';
    await this.#segment('E', EXTRACTED_TYPES);
  }

  #goTo(offset: number): void {
    this.#cursor = new RecordCursor(Buffer.alloc(0), offset);
    this.#position = offset;
  }

  async #segment(endType: string, allowed: string): Promise<void> {
    for (;;) {
      const record = await this.#next();
      if (record === undefined) throw new ParseError('unexpected end of queue file', this.#cursor.offset);
      if (record.type === endType) return;
      if (record.type === 'p') this.#jump(record);
      else if (!allowed.includes(record.type) && record.type !== 'w')
        throw new ParseError(`unexpected record type ${record.type.charCodeAt(0)}`, record.offset);
      else this.#take(record);
      if (this.#stopsWhenFull && this.#unread > 0) return;
    }
  }

  #jump(record: QueueRecord): void {
    const text = record.payload.toString('latin1').trim();
    const target = Number(text);
    if (target === 0) return; // a place for one
    if (!/^\d+$/.test(text) || !isOffset(target))
      throw new ParseError(`malformed pointer record value: ${text}`, record.offset);
    if (target <= this.#jumpedTo && ++this.#backwardJumps > MAX_BACKWARD_JUMPS)
      throw new ParseError('too many reverse jump records', record.offset);
    this.#jumpedTo = target;
    this.#goTo(target);
  }

  #take({type, payload, offset}: QueueRecord): void {
    const text = payload.toString('latin1');
    switch (type) {
      case 'C':
        this.#size = text.trim().split(/\s+/).map(Number);
        return;
      case 'T':
        this.#arrival = text.split(' ').map(Number);
        return;
      case 'A':
        return this.#takeAttribute(text);
      case 'F':
        this.#fullName = text;
        return;
      case 'L':
        this.#filter = text;
        return;
      case 'S':
        this.#sender ??= text;
        return;
      case 'V':
        this.#verp = text;
        return;
      case '>':
        this.#redirect = text;
        return;
      case 'W':
        if (Number(text) > 0) this.#warning = {offset, seconds: Number(text)};
        return;
      case 'O':
        this.#original = text;
        return;
      case 'R':
        this.#takeRecipient(text, offset);
        return this.#forget();
      case 'D':
      case '/':
        return this.#forget();
    }
  }

  #takeRecipient(address: string, offset: number): void {
    if (this.#recipients.length >= this.#limit) {
      this.#unread++;
      return;
    }
    const [original, dsnOriginal, notify] = [this.#original, this.#dsnOriginal, this.#notify];
    this.#recipients.push({address, original, dsnOriginal, notify, offset});
    if (this.#limit < Infinity) this.#kept = {segment: this.#segmentName, offset: this.#cursor.offset};
  }

  #takeAttribute(text: string): void {
    const equals = text.indexOf('=');
    const name = text.slice(0, equals);
    const value = text.slice(equals + 1);
    if (name === 'dsn_orig_rcpt') this.#dsnOriginal = value;
    else if (name === 'notify_flags') this.#notify = Number(value);
    else this.#attributes.set(name, value);
  }

  #forget(): void {
    this.#original = '';
    this.#dsnOriginal = '';
    this.#notify = 0;
  }

  async #next(): Promise<QueueRecord | undefined> {
    for (;;) {
      const record = this.#cursor.take();
      if (record !== undefined) return record;
      if (this.#cursor.left > MAX_RECORD_BYTES) throw new ParseError('unreasonable record', this.#cursor.offset);
      const chunk = Buffer.allocUnsafe(this.#position === 0 ? 4096 : CHUNK_BYTES);
      const {bytesRead} = await this.#file.read(chunk, 0, chunk.length, this.#position);
      if (bytesRead === 0) return undefined;
      this.#position += bytesRead;
      this.#cursor.feed(chunk.subarray(0, bytesRead));
    }
  }
}

/** A number that a place in a file, or a time, may have. */
function isOffset(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}

/** The content of a queued message; `records` when it is in memory already. */
export function contentOf(envelope: Envelope, path: () => string, records?: Buffer): ContentSource {
  return new RecordContent(envelope, path, records);
}

class RecordContent implements ContentSource {
  readonly #envelope: Envelope;
  /** The file may have moved between queues since. */
  readonly #path: () => string;
  readonly #records: Buffer | undefined;

  constructor(envelope: Envelope, path: () => string, records: Buffer | undefined) {
    this.#envelope = envelope;
    this.#path = path;
    this.#records = records;
  }

  async lines(line: (bytes: Buffer, endsLine: boolean) => void): Promise<void> {
    for await (const cursor of this.#cursors())
      for (let record = cursor.take(); record !== undefined; record = cursor.take())
        if (record.type === 'N' || record.type === 'L') line(record.payload, record.type === 'N');
  }

  async *chunks(): AsyncGenerator<Buffer> {
    for await (const cursor of this.#cursors()) {
      const text = cursor.takeText();
      if (text.length > 0) yield text;
    }
  }

  async wholeIfSmall(limitBytes: number): Promise<Buffer | undefined> {
    if (this.#envelope.sizeBytes > limitBytes) return undefined;
    if (this.#records !== undefined) return ownCursor(this.#records).takeText();
    const parts: Buffer[] = [];
    for await (const chunk of this.chunks()) parts.push(chunk);
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }

  /** Each with as much as was read, and what the one before left. */
  async *#cursors(): AsyncGenerator<RecordCursor> {
    if (this.#records !== undefined) {
      yield ownCursor(this.#records);
      return;
    }
    const {dataOffset, sizeBytes} = this.#envelope;
    const end = dataOffset + sizeBytes;
    const file = await open(this.#path(), 'r');
    try {
      let rest: Buffer = NOTHING;
      for (let at = dataOffset; at < end;) {
        const bytes = Buffer.allocUnsafe(rest.length + Math.min(CONTENT_BYTES, end - at));
        rest.copy(bytes);
        const {bytesRead} = await file.read(bytes, rest.length, bytes.length - rest.length, at);
        if (bytesRead === 0) throw new ParseError('unexpected end of queue file', at);
        const cursor = new RecordCursor(bytes.subarray(0, rest.length + bytesRead), at - rest.length);
        at += bytesRead;
        yield cursor;
        rest = cursor.rest;
        if (rest.length > MAX_RECORD_BYTES) throw new ParseError('unreasonable record', cursor.offset);
      }
      if (rest.length > 0) throw new ParseError('content ends within a record', end);
    } finally {
      await file.close();
    }
  }
}

/** The records stay as they are: somebody else may read them again. */
function ownCursor(records: Buffer): RecordCursor {
  return new RecordCursor(Buffer.from(records));
}

const NOTHING = Buffer.alloc(0);
