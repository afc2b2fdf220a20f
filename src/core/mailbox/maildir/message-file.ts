/** A message in a file of its own, open for reading: expunging takes its name away, not its bytes. */
import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {open, type FileHandle} from 'node:fs/promises';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import {BytesMessage} from '../bytes-message.ts';
import type {SmallMessage} from '../item-reader.ts';
import type {MessageReader} from '../mailbox.ts';

const PIECE_BYTES = 128 * 1024;

/** Answers undefined when there is no such file. */
export async function openMessageFile(path: string): Promise<MessageFile | undefined> {
  let file: FileHandle;
  try {
    file = await open(toPath(path), 'r');
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return undefined;
    throw fault;
  }
  try {
    const status = await file.stat();
    return new MessageFile(file, 0, status.size, status.mtimeMs, status.ctimeMs);
  } catch (fault) {
    await file.close();
    throw fault;
  }
}

let scratch = Buffer.alloc(0);

/** The same as a copy that stays. */
export function holdSmallFile(path: string, limitBytes: number): BytesMessage | undefined {
  const small = readSmallFile(path, limitBytes, undefined);
  return small && new BytesMessage(Buffer.from(small.bytes), small.modifiedMs ?? 0, small.changedMs ?? 0);
}

/**
 * Synchronous; undefined: there is no such file, or it is larger. Where its size is told it is not asked for, and nor are
 * its times. The bytes are valid until the next call.
 */
export function readSmallFile(
  path: string,
  limitBytes: number,
  toldBytes: number | undefined,
): SmallMessage | undefined {
  if (toldBytes !== undefined && toldBytes > limitBytes) return undefined;
  if (scratch.length <= limitBytes) scratch = Buffer.alloc(limitBytes + 1);
  let fd: number;
  try {
    fd = openSync(toPath(path), 'r');
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return undefined;
    throw fault;
  }
  try {
    const status = toldBytes === undefined ? fstatSync(fd) : undefined;
    const expected = status?.size ?? toldBytes ?? 0;
    if (expected > limitBytes) return undefined;
    const size = readWhole(fd, expected);
    if (size !== expected) return undefined; // not what its name says
    const times = {modifiedMs: status?.mtimeMs, changedMs: status?.ctimeMs};
    return {bytes: scratch.subarray(0, size), sizeBytes: size, ...times};
  } finally {
    closeSync(fd);
  }
}

/** One byte more is asked for than there should be: one call tells that this is all. */
function readWhole(fd: number, expected: number): number {
  const room = Math.min(expected + 1, scratch.length);
  let filled = readSync(fd, scratch, 0, room, 0);
  while (filled < expected) {
    const got = readSync(fd, scratch, filled, room - filled, filled);
    if (got === 0) break;
    filled += got;
  }
  return filled;
}

export class MessageFile implements MessageReader {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly changedMs: number;
  readonly #file: FileHandle;
  readonly #start: number;
  #isClosed = false;

  constructor(file: FileHandle, start: number, sizeBytes: number, modifiedMs: number, changedMs: number) {
    this.#file = file;
    this.#start = start;
    this.sizeBytes = sizeBytes;
    this.modifiedMs = modifiedMs;
    this.changedMs = changedMs;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.sizeBytes - offset)));
    let filled = 0;
    while (filled < bytes.length) {
      const at = this.#start + offset + filled;
      const {bytesRead} = await this.#file.read(bytes, filled, bytes.length - filled, at);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  }

  async *stream(start = 0, end = this.sizeBytes): AsyncGenerator<Buffer> {
    for (let at = start; at < end;) {
      const piece = await this.read(at, Math.min(PIECE_BYTES, end - at));
      if (piece.length === 0) return;
      at += piece.length;
      yield piece;
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    void this.#file.close().catch(() => undefined); // of a file that was only read: nothing is lost
  }
}
