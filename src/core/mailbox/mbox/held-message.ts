/**
 * A message of an mbox as it was when it was opened: in memory, or when it is large in a file without a name. Rewriting
 * the mailbox does not reach it.
 */
import {randomBytes} from 'node:crypto';
import {open, unlink, type FileHandle} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import type {StoredMessage} from '../item-reader.ts';
import {readFully} from '../read-fully.ts';
import type {MboxMessage} from './mbox-parser.ts';
import {writeAll} from './mbox-rewrite.ts';
import {readHead, withoutInternals} from './message-head.ts';

const SMALL_BYTES = 1024 * 1024;
const PIECE_BYTES = 128 * 1024;
const COPY_BYTES = 1024 * 1024;

export type HeldMessage = StoredMessage;

export async function holdMessage(file: FileHandle, message: MboxMessage): Promise<HeldMessage> {
  const head = withoutInternals(await readHead(file, message));
  const bodyBytes = message.endAt - message.bodyAt;
  if (bodyBytes <= SMALL_BYTES) {
    const body = await readFully(file, message.bodyAt, message.endAt);
    return new Held(head, bytesReader(body), bodyBytes, message.received, () => undefined);
  }
  const copy = await copyOf(file, message.bodyAt, message.endAt);
  const close = (): void => void copy.close().catch(() => undefined); // of a file that nobody else sees
  return new Held(head, (from, to) => readFully(copy, from, to), bodyBytes, message.received, close);
}

type ReadBody = (from: number, to: number) => Promise<Buffer>;

function bytesReader(bytes: Buffer): ReadBody {
  return (from, to) => Promise.resolve(bytes.subarray(from, to));
}

async function copyOf(file: FileHandle, from: number, to: number): Promise<FileHandle> {
  const path = `${tmpdir()}/posthorn-${process.pid}-${randomBytes(8).toString('hex')}`;
  const copy = await open(path, 'wx+', 0o600);
  await unlink(path);
  for (let at = from; at < to; at += COPY_BYTES)
    await writeAll(copy, await readFully(file, at, Math.min(to, at + COPY_BYTES)));
  return copy;
}

class Held implements StoredMessage {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly changedMs: number;
  readonly #head: Buffer;
  readonly #body: ReadBody;
  readonly #close: () => void;

  constructor(head: Buffer, body: ReadBody, bodyBytes: number, received: number, close: () => void) {
    this.#head = head;
    this.#body = body;
    this.sizeBytes = head.length + bodyBytes;
    this.modifiedMs = received;
    this.changedMs = received;
    this.#close = close;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const end = Math.min(this.sizeBytes, offset + length);
    const headBytes = this.#head.length;
    if (end <= headBytes) return this.#head.subarray(offset, end);
    if (offset >= headBytes) return await this.#body(offset - headBytes, end - headBytes);
    return Buffer.concat([this.#head.subarray(offset), await this.#body(0, end - headBytes)]);
  }

  async *stream(start = 0, end = this.sizeBytes): AsyncGenerator<Buffer> {
    for (let at = start; at < end; at += PIECE_BYTES) yield await this.read(at, Math.min(PIECE_BYTES, end - at));
  }

  close(): void {
    this.#close();
  }
}
