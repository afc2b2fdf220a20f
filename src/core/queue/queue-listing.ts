/**
 * What is in the queue, message by message, read straight from the folders: for mailq, postqueue, qshape and
 * `posthorn queue`. Synchronous and lean: of each file only the envelope is read, of the deferred ones the defer log.
 * A file that is being written, or went meanwhile, is passed over.
 */
import {closeSync, fstatSync, openSync, readFileSync, readSync} from 'node:fs';
import {ParseError, systemCode} from '../base/errors.ts';
import type {QueueName} from './agent.ts';
import {parseEntries} from './queue-log.ts';
import type {QueueStore} from './queue-store.ts';
import {RecordCursor} from './record.ts';

export interface QueuedMessage {
  readonly queue: QueueName;
  readonly id: string;
  readonly arrivalSeconds: number;
  readonly sizeBytes: number;
  readonly isForceExpired: boolean;
  /** When a deferred message is tried again, as far as is known: the file's time. */
  readonly fileSeconds: number;
  /** Internal form; '' for the null sender. */
  readonly sender: string;
  /** Those still to do: first the ones with a logged reason. */
  readonly recipients: readonly QueuedRecipient[];
}

export interface QueuedRecipient {
  readonly address: string;
  readonly reason?: string | undefined;
}

/** In the original's order. */
const LISTED: readonly QueueName[] = ['maildrop', 'active', 'incoming', 'deferred', 'hold'];
const FIRST_BYTES = 4096;
/** Records of an envelope that are longer are damage. */
const MAX_RECORD_BYTES = 1 << 20;
/** A loop of pointers ends here. */
const MAX_JUMPS = 10_000;

export function* listQueue(store: QueueStore, queues: readonly QueueName[] = LISTED): Generator<QueuedMessage> {
  for (const queue of queues)
    for (const [id, path] of store.idsSync(queue)) {
      const message = readMessage(store, queue, id, path);
      if (message !== undefined) yield message;
    }
}

/** The one of this id, wherever it is. */
export function findQueued(store: QueueStore, id: string): QueuedMessage | undefined {
  for (const queue of LISTED) {
    const message = readMessage(store, queue, id, store.path(queue, id));
    if (message !== undefined) return message;
  }
  return undefined;
}

const buffer = Buffer.allocUnsafe(FIRST_BYTES);

function readMessage(store: QueueStore, queue: QueueName, id: string, path: string): QueuedMessage | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT' || systemCode(fault) === 'EACCES') return undefined;
    throw fault;
  }
  try {
    const {mode, size, mtimeMs} = fstatSync(fd);
    if ((mode & 0o100) === 0) return undefined;
    const found = readEnvelope(fd);
    if (!found.hasSender) return undefined; // seen: the original lists what says from whom it is
    const reasons = queue === 'maildrop' ? [] : readReasons(store, id);
    return {
      queue,
      id,
      arrivalSeconds: found.arrival || Math.floor(mtimeMs / 1000),
      sizeBytes: found.sizeBytes || size,
      fileSeconds: Math.floor(mtimeMs / 1000),
      isForceExpired: queue !== 'maildrop' && (mode & 0o010) !== 0,
      sender: found.sender,
      recipients: merge(found.recipients, reasons),
    };
  } catch (fault) {
    if (fault instanceof ParseError) return undefined;
    throw fault;
  } finally {
    closeSync(fd);
  }
}

/** The envelope of a queue file, or of one in maildrop; undefined when there is no message in it, or no more. */
export function readEnvelopeSync(path: string): FoundEnvelope | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT' || systemCode(fault) === 'EACCES') return undefined;
    throw fault;
  }
  try {
    return readEnvelope(fd);
  } catch (fault) {
    if (fault instanceof ParseError) return undefined;
    throw fault;
  } finally {
    closeSync(fd);
  }
}

/** What records say of a message. */
interface FoundEnvelope {
  /** 0 when no record says it. */
  readonly arrival: number;
  readonly sender: string;
  readonly recipients: readonly string[];
}

interface Found extends FoundEnvelope {
  arrival: number;
  sizeBytes: number;
  contentEnd: number;
  sender: string;
  hasSender: boolean;
  recipientCount: number;
  readonly recipients: string[];
}

function readEnvelope(fd: number): Found {
  const found: Found = {
    arrival: 0,
    sizeBytes: 0,
    contentEnd: 0,
    sender: '',
    hasSender: false,
    recipientCount: 0,
    recipients: [],
  };
  readSegment(fd, 0, found);
  if (found.contentEnd > 0 && found.recipientCount > found.recipients.length) readSegment(fd, found.contentEnd, found);
  return found;
}

/** Reads records from `offset` to the segment's end. */
function readSegment(fd: number, offset: number, found: Found): void {
  let position = offset;
  let jumps = 0;
  let cursor = new RecordCursor(Buffer.alloc(0), offset);
  for (;;) {
    const read = readSync(fd, buffer, 0, FIRST_BYTES, position);
    if (read === 0) return;
    position += read;
    if (cursor.left > MAX_RECORD_BYTES) throw new ParseError('unreasonable record', cursor.offset);
    cursor.feed(Buffer.from(buffer.subarray(0, read)));
    for (let record = cursor.take(); record !== undefined; record = cursor.take()) {
      if (record.type === 'M' || record.type === 'E') return;
      const target = record.type === 'p' ? Number(record.payload.toString('latin1')) : 0;
      if (Number.isSafeInteger(target) && target > 0) {
        if (++jumps > MAX_JUMPS) throw new ParseError('too many pointer records', record.offset);
        position = target;
        cursor = new RecordCursor(Buffer.alloc(0), target);
      } else takeRecord(record.type, record.payload, found);
    }
  }
}

function takeRecord(type: string, payload: Buffer, found: Found): void {
  switch (type) {
    case 'C': {
      const [contentBytes = 0, dataOffset = 0, count = 0] = payload.toString('latin1').trim().split(/\s+/).map(Number);
      const contentEnd = dataOffset + contentBytes;
      if (!(contentBytes >= 0 && Number.isSafeInteger(contentEnd))) throw new ParseError('malformed size record');
      found.sizeBytes = contentBytes;
      found.contentEnd = contentEnd;
      found.recipientCount = count;
      return;
    }
    case 'T':
      found.arrival = Number.parseInt(payload.toString('latin1'), 10) || 0;
      return;
    case 'S':
      found.sender = payload.toString('latin1');
      found.hasSender = true;
      return;
    case 'R':
      found.recipients.push(payload.toString('latin1'));
      return;
    case 'D':
      found.recipientCount--;
      return;
  }
}

function readReasons(store: QueueStore, id: string): readonly {recipient: string; reason: string}[] {
  try {
    return parseEntries(readFileSync(store.path('defer', id), 'latin1'));
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT' || systemCode(fault) === 'EACCES') return [];
    throw fault;
  }
}

function merge(
  recipients: readonly string[],
  reasons: readonly {recipient: string; reason: string}[],
): readonly QueuedRecipient[] {
  if (reasons.length === 0) return recipients.map(address => ({address}));
  const told = new Set(reasons.map(entry => entry.recipient));
  const rest = recipients.filter(address => !told.has(address)).map(address => ({address}));
  return [...reasons.map(({recipient, reason}) => ({address: recipient, reason})), ...rest];
}
