/** A message in a file of its own, open for reading: expunging takes its name away, not its bytes. */
import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {open, type FileHandle} from 'node:fs/promises';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
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

/** Synchronous; undefined: there is no such file, or it is larger. */
export function readSmallFile(path: string, limitBytes: number): SmallMessage | undefined {
  let fd: number;
  try {
    fd = openSync(toPath(path), 'r');
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return undefined;
    throw fault;
  }
  try {
    const {size, mtimeMs, ctimeMs} = fstatSync(fd);
    if (size > limitBytes) return undefined;
    const bytes = Buffer.allocUnsafe(size);
    let filled = 0;
    for (let got = 1; got > 0 && filled < size; filled += got) got = readSync(fd, bytes, filled, size - filled, filled);
    return {bytes: bytes.subarray(0, filled), sizeBytes: size, modifiedMs: mtimeMs, changedMs: ctimeMs};
  } finally {
    closeSync(fd);
  }
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
