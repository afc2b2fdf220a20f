/**
 * Reads a file of the maildrop queue, ours or the original's, perhaps put back there by postsuper(1) -r: records in, a
 * `Submission` out. Damage throws `MaildropError` with the words pickup(8) logs. A small file is parsed in one go, a
 * large one while its content is asked for.
 */
import type {FileHandle} from 'node:fs/promises';
import type {NewRecipient, Submission} from './agent.ts';
import {TLS_REQUIRED} from './send-options.ts';

/** The file can't be a message; the texts go to the log as warnings. */
export class MaildropError extends Error {
  override readonly name = 'MaildropError';
  readonly warnings: readonly string[];

  constructor(warnings: readonly string[]) {
    super(warnings.at(-1) ?? 'damaged');
    this.warnings = warnings;
  }
}

/** What a maildrop file says of its message. */
export type MaildropMessage = Pick<
  Submission,
  | 'sender'
  | 'fullName'
  | 'recipients'
  | 'attributes'
  | 'rewriteContext'
  | 'verp'
  | 'content'
  | 'arrival'
  | 'trailingRecipients'
  | 'requiresTls'
>;

export interface MaildropSource {
  readonly handle: FileHandle;
  /** For complaints: `maildrop/91812252934`. */
  readonly name: string;
  readonly uid: number;
  readonly sizeBytes: number;
  readonly lineLimit: number;
}

export async function readMaildrop(source: MaildropSource): Promise<MaildropMessage> {
  const reader = new RecordReader(source);
  const envelope = new EnvelopeReader(source.uid);
  await reader.each(record => envelope.take(record));
  if (envelope.sender === undefined) throw new MaildropError([`uid=${source.uid}: no envelope sender`]);
  const trailing = new TrailingReader(source.uid);
  const content = readContent(reader, source.uid);
  return {
    ...envelope.message(envelope.sender),
    content: source.sizeBytes <= WHOLE_BYTES ? await gather(content) : content,
    trailingRecipients: () => readTrailing(reader, trailing),
  };
}

async function gather(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all.length === 1 && all[0] !== undefined ? all[0] : Buffer.concat(all);
}

interface MaildropRecord {
  readonly type: string;
  /** Valid until the next record is read. */
  readonly bytes: Buffer;
}

/** Answers true when the segment is over. */
type TakeRecord = (record: MaildropRecord) => boolean;

class RecordReader {
  readonly #source: MaildropSource;
  #buffer = Buffer.alloc(0);
  #at = 0;
  #fileOffset = 0;
  #jumps = 0;

  constructor(source: MaildropSource) {
    this.#source = source;
  }

  /** Hands out records up to the one that ends the segment. */
  async each(take: TakeRecord): Promise<void> {
    while (!this.eachBuffered(take)) await this.fill();
  }

  /** The same, of what is in memory; false: more must be read first. */
  eachBuffered(take: TakeRecord): boolean {
    for (;;) {
      const record = this.#next();
      if (record === undefined) return false;
      if (record.type === 'p') this.#follow(record.bytes);
      else if (record.type !== 'w' && take(record)) return true;
    }
  }

  #next(): MaildropRecord | undefined {
    const buffer = this.#buffer;
    let at = this.#at;
    const type = buffer[at++];
    let length = 0;
    let shift = 0;
    for (; ; shift += 7) {
      const byte = buffer[at++];
      if (byte === undefined || type === undefined) return undefined;
      if (shift >= MAX_LENGTH_BITS) throw this.#damage(`too many length bits, record type ${type}`);
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (length > this.#source.lineLimit) throw this.#damage(`illegal length ${length}, record type ${type}`);
    if (at + length > buffer.length) return undefined;
    this.#at = at + length;
    return {type: String.fromCharCode(type), bytes: buffer.subarray(at, at + length)};
  }

  /** A pointer record, as milters' edits leave them in a requeued file; 0 goes straight on. */
  #follow(bytes: Buffer): void {
    const offset = Number(bytes.toString('latin1'));
    if (!Number.isSafeInteger(offset) || offset <= 0) return;
    if (++this.#jumps > MAX_JUMPS) throw this.#damage('too many pointer records, record type 112');
    this.#buffer = Buffer.alloc(0);
    this.#at = 0;
    this.#fileOffset = offset;
  }

  async fill(): Promise<void> {
    const rest = this.#buffer.subarray(this.#at);
    const room = Math.min(CHUNK_BYTES, Math.max(this.#source.sizeBytes - this.#fileOffset, 1));
    const next = Buffer.allocUnsafe(rest.length + room);
    rest.copy(next);
    const {bytesRead} = await this.#source.handle.read(next, rest.length, room, this.#fileOffset);
    if (bytesRead === 0) throw this.#endOfFile(rest);
    this.#fileOffset += bytesRead;
    this.#buffer = next.subarray(0, rest.length + bytesRead);
    this.#at = 0;
  }

  #endOfFile(rest: Buffer): MaildropError {
    const type = rest[0];
    if (type === undefined) return new MaildropError([`uid=${this.#source.uid}: ${UNEXPECTED} ${TYPE_EOF}`]);
    const at = rest.subarray(1).findIndex(byte => byte < 0x80) + 1;
    if (at === 0) return this.#damage(`unexpected EOF reading length, record type ${type}`);
    let length = 0;
    for (let i = at; i >= 1; i--) length = length * 128 + ((rest[i] ?? 0) & 0x7f);
    return this.#damage(`unexpected EOF in data, record type ${type} length ${length}`);
  }

  #damage(text: string): MaildropError {
    const {name, uid} = this.#source;
    return new MaildropError([`${name}: ${text}`, `uid=${uid}: ${UNEXPECTED} ${TYPE_ERROR}`]);
  }
}

/** Collects recipient records and what stands before each: its original form and the DSN attributes. */
class RecipientCollector {
  readonly found: NewRecipient[] = [];
  #original: string | undefined;
  #dsnOriginal: string | undefined;
  #notify = 0;

  /** False: not a record about recipients. */
  take(type: string, text: string): boolean {
    if (type === 'R') this.#add(text);
    else if (type === 'O') this.#original = text;
    else if (type === 'A' && text.startsWith('dsn_orig_rcpt=')) this.#dsnOriginal = text.slice(14);
    else if (type === 'A' && text.startsWith('notify_flags=')) this.#notify = validNotify(text.slice(13));
    else if (type === 'D' || type === '/') this.#clear();
    else return false;
    return true;
  }

  #add(address: string): void {
    this.found.push({
      address,
      original: this.#original ?? address,
      dsnOriginal: this.#dsnOriginal,
      notify: this.#notify,
    });
    this.#clear();
  }

  #clear(): void {
    this.#original = undefined;
    this.#dsnOriginal = undefined;
    this.#notify = 0;
  }
}

/** RFC 3461 section 4.1: NEVER stands alone. */
function validNotify(text: string): number {
  const notify = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  return notify === 1 || (notify <= 14 && (notify & 1) === 0) ? notify : 0;
}

class EnvelopeReader {
  sender: string | undefined;
  readonly #uid: number;
  readonly #recipients = new RecipientCollector();
  readonly #attributes = new Map<string, string>();
  #fullName: string | undefined;
  #verp: string | undefined;
  #time: string | undefined;
  #requiresTls = false;

  constructor(uid: number) {
    this.#uid = uid;
  }

  take({type, bytes}: MaildropRecord): boolean {
    if (!ENVELOPE_TYPES.includes(type)) throw unexpected(this.#uid, type);
    if (type === 'M') return true;
    const text = bytes.toString('latin1');
    if (this.#recipients.take(type, text)) return false;
    if (type === 'S') this.sender ??= text;
    else if (type === 'F') this.#fullName ??= text;
    else if (type === 'V') this.#verp ??= text;
    else if (type === 'T') this.#time ??= text;
    else if (type === 'A') this.#takeAttribute(text);
    else if (type === 'C') this.#requiresTls = (Number(text.trim().split(/ +/)[5] ?? 0) & TLS_REQUIRED) !== 0;
    return false; // the size itself, filter, redirect, warning time of a requeued message are made anew
  }

  #takeAttribute(text: string): void {
    const equals = text.indexOf('=');
    const name = text.slice(0, equals);
    if (equals > 0 && name !== 'create_time' && !this.#attributes.has(name))
      this.#attributes.set(name, text.slice(equals + 1));
  }

  message(sender: string): Omit<MaildropMessage, 'content' | 'trailingRecipients'> {
    const [seconds = 0, microseconds = 0] = (this.#time ?? '').split(' ').map(Number);
    return {
      sender,
      fullName: this.#fullName,
      recipients: this.#recipients.found,
      attributes: this.#attributes,
      rewriteContext: this.#attributes.get('rewrite_context') === 'remote' ? 'remote' : 'local',
      verp: this.#verp,
      requiresTls: this.#requiresTls,
      arrival: this.#time === undefined ? undefined : {seconds, microseconds, text: this.#time},
    };
  }
}

class TrailingReader {
  readonly recipients = new RecipientCollector();
  readonly #uid: number;

  constructor(uid: number) {
    this.#uid = uid;
  }

  take({type, bytes}: MaildropRecord): boolean {
    if (!EXTRACTED_TYPES.includes(type)) throw unexpected(this.#uid, type);
    if (type === 'E') return true;
    this.recipients.take(type, bytes.toString('latin1'));
    return false;
  }
}

/** Content records as bytes with newlines. */
async function* readContent(reader: RecordReader, uid: number): AsyncGenerator<Buffer> {
  for (let isOver = false; !isOver;) {
    const lines = new LineJoiner();
    isOver = reader.eachBuffered(({type, bytes}) => {
      if (!CONTENT_TYPES.includes(type)) throw unexpected(uid, type);
      if (type === 'X') return true;
      if (type === 'N' || type === 'L') lines.add(bytes, type === 'N');
      return false;
    });
    if (lines.length > 0) yield lines.take();
    if (!isOver) await reader.fill();
  }
}

/** The recipients behind the content, when that has been read. */
async function* readTrailing(reader: RecordReader, trailing: TrailingReader): AsyncGenerator<NewRecipient> {
  for (let isOver = false; !isOver;) {
    isOver = reader.eachBuffered(record => trailing.take(record));
    yield* trailing.recipients.found.splice(0);
    if (!isOver) await reader.fill();
  }
}

class LineJoiner {
  #bytes = Buffer.allocUnsafe(CHUNK_BYTES);
  length = 0;

  add(bytes: Buffer, endsLine: boolean): void {
    if (this.length + bytes.length + 1 > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes, Buffer.allocUnsafe(this.#bytes.length + bytes.length)]);
    this.length += bytes.copy(this.#bytes, this.length);
    if (endsLine) this.#bytes[this.length++] = NEWLINE;
  }

  take(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }
}

function unexpected(uid: number, type: string): MaildropError {
  return new MaildropError([`uid=${uid}: ${UNEXPECTED} ${type.charCodeAt(0)}`]);
}

/** postfix-formats: what each segment may contain. */
const ENVELOPE_TYPES = 'MCTcFILSDRO/WVA>K<ion';
const CONTENT_TYPES = 'XLN';
const EXTRACTED_TYPES = 'EDRO/PreAFIL>Kon';
const UNEXPECTED = 'unexpected or malformed record type';
/** The original's numbers for "end of file" and "damaged". */
const TYPE_EOF = -1;
const TYPE_ERROR = -2;
const MAX_LENGTH_BITS = 32;
/** Against pointers that go round in a circle. */
const MAX_JUMPS = 10_000;
const CHUNK_BYTES = 1 << 16;
/** Files up to here are parsed whole, the larger ones as a stream. */
const WHOLE_BYTES = 1 << 17;
const NEWLINE = 0x0a;
