/**
 * A message of an mbox as it was when it was opened: in memory, or when it is large in a file without a name. Rewriting
 * the mailbox does not reach it.
 */
import {randomBytes} from 'node:crypto';
import {open, unlink, type FileHandle} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {BytesMessage} from '../bytes-message.ts';
import type {StoredMessage} from '../item-reader.ts';
import {readFully} from '../read-fully.ts';
import type {MboxMessage} from './mbox-parser.ts';
import {writeAll} from './mbox-rewrite.ts';
import {readHead, withoutInternals} from './message-head.ts';

const SMALL_BYTES = 1024 * 1024;
const PIECE_BYTES = 128 * 1024;
const COPY_BYTES = 1024 * 1024;

export async function holdMessage(file: FileHandle, message: MboxMessage): Promise<StoredMessage> {
  const head = withoutInternals(await readHead(file, message));
  const bodyBytes = message.endAt - message.bodyAt;
  if (bodyBytes <= SMALL_BYTES) {
    const body = await readFully(file, message.bodyAt, message.endAt);
    return new BytesMessage(Buffer.concat([head, body]), message.received, message.received);
  }
  return new Copied(head, await copyOf(file, message.bodyAt, message.endAt), bodyBytes, message.received);
}

async function copyOf(file: FileHandle, from: number, to: number): Promise<FileHandle> {
  const path = `${tmpdir()}/posthorn-${process.pid}-${randomBytes(8).toString('hex')}`;
  const copy = await open(path, 'wx+', 0o600);
  await unlink(path);
  for (let at = from; at < to; at += COPY_BYTES)
    await writeAll(copy, await readFully(file, at, Math.min(to, at + COPY_BYTES)));
  return copy;
}

class Copied implements StoredMessage {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly changedMs: number;
  readonly #head: Buffer;
  readonly #body: FileHandle;

  constructor(head: Buffer, body: FileHandle, bodyBytes: number, received: number) {
    this.#head = head;
    this.#body = body;
    this.sizeBytes = head.length + bodyBytes;
    this.modifiedMs = received;
    this.changedMs = received;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const end = Math.min(this.sizeBytes, offset + length);
    const headBytes = this.#head.length;
    if (end <= headBytes) return this.#head.subarray(offset, end);
    if (offset >= headBytes) return await readFully(this.#body, offset - headBytes, end - headBytes);
    return Buffer.concat([this.#head.subarray(offset), await readFully(this.#body, 0, end - headBytes)]);
  }

  async *stream(start = 0, end = this.sizeBytes): AsyncGenerator<Buffer> {
    for (let at = start; at < end; at += PIECE_BYTES) yield await this.read(at, Math.min(PIECE_BYTES, end - at));
  }

  close(): void {
    void this.#body.close().catch(() => undefined); // of a file that nobody else sees
  }
}
