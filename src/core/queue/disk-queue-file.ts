/**
 * A queue file in the making, on disk. It grows under a name that is no queue id, which every reader passes over, and
 * gets its own only when all its bytes are durable; `finish` answers when the name is, too. What was written until then
 * is kept in memory while it is small, so that a small message costs one write.
 *
 * A crash at any point leaves either nothing with an id, or a whole message.
 */
import * as fs from 'node:fs';
import {systemCode} from '../base/errors.ts';
import {nameCalls} from '../base/name-calls.ts';
import type {NewQueueFile} from './agent.ts';
import {formatQueueId} from './queue-id.ts';
import type {QueueStore} from './queue-store.ts';

let serial = 0;

/** `admits` says whether the next message may go straight into the active queue: the queue manager gets it in memory. */
export function createQueueFile(store: QueueStore, now: () => number, admits: () => boolean): Promise<NewQueueFile> {
  const temporary = `${store.spool}/incoming/${process.pid}.${++serial}`;
  return new Promise((resolve, reject) => {
    openTemporary(store, temporary, (fault, fd) => {
      if (fault !== null) return reject(fault);
      try {
        const {ino, size: usedBytes} = fs.fstatSync(fd); // of an open file: answered from memory
        if (usedBytes === 0 && store.ownerUid !== undefined) fs.fchownSync(fd, store.ownerUid, 0);
        const time = now();
        const seconds = Math.floor(time / 1000);
        const microseconds = Math.floor((time - seconds * 1000) * 1000);
        const id = formatQueueId(seconds, microseconds, ino, store.hasLongIds);
        resolve(new DiskQueueFile(store, {fd, temporary, id, createdSeconds: seconds, usedBytes, admits}));
      } catch (fault) {
        fs.closeSync(fd);
        reject(fault as Error); // thrown by fstat
      }
    });
  });
}

type Opened = (fault: NodeJS.ErrnoException | null, fd: number) => void;

/** A spare file where there is one, else a new one. */
function openTemporary(store: QueueStore, temporary: string, done: Opened): void {
  const spare = store.spares?.take();
  if (spare === undefined) return nameCalls.open(temporary, 'wx+', QUEUE_FILE_MODE, done);
  nameCalls.rename(spare, temporary, fault => {
    if (fault === null) return nameCalls.open(temporary, REUSE_FLAGS, 0, done);
    store.spares?.forget();
    nameCalls.open(temporary, 'wx+', QUEUE_FILE_MODE, done);
  });
}

const QUEUE_FILE_MODE = 0o700;
const REUSE_FLAGS = fs.constants.O_RDWR | fs.constants.O_NOFOLLOW;

interface Making {
  readonly fd: number;
  readonly temporary: string;
  readonly id: string;
  readonly createdSeconds: number;
  /** Of a message that was in the file before. */
  readonly usedBytes: number;
  readonly admits: () => boolean;
}

class DiskQueueFile implements NewQueueFile {
  readonly id: string;
  readonly createdSeconds: number;
  readonly #store: QueueStore;
  readonly #making: Making;
  /** The first bytes, not written yet. */
  #first: Buffer | undefined;
  #position = 0;
  #path: string;
  #isClosed = false;

  constructor(store: QueueStore, making: Making) {
    this.#store = store;
    this.#making = making;
    this.id = making.id;
    this.createdSeconds = making.createdSeconds;
    this.#path = making.temporary;
  }

  write(bytes: Buffer): Promise<void> | undefined {
    if (this.#position === 0 && this.#first === undefined && bytes.length <= HELD_BYTES) {
      this.#first = bytes;
      return undefined;
    }
    return this.#append(bytes);
  }

  finish(sizeRecord: Buffer, queue: 'incoming' | 'hold'): Promise<string> {
    const target = queue === 'incoming' && this.#making.admits() ? 'active' : queue;
    const first = this.#first;
    if (first !== undefined) sizeRecord.copy(first, 0);
    this.#first = undefined;
    const length = first?.length ?? this.#position;
    return new Promise((resolve, reject) => {
      const written = (fault: Error | null): void =>
        fault === null ? this.#publish(target, length, resolve, reject) : reject(fault);
      if (first !== undefined && first.length <= SMALL_BYTES) written(writeSmall(this.#making.fd, first));
      else if (first !== undefined) writeAll(this.#making.fd, first, 0, written);
      else written(writeSmall(this.#making.fd, sizeRecord));
    });
  }

  async abort(): Promise<void> {
    this.#close();
    await new Promise<void>(resolve => fs.unlink(this.#path, () => resolve()));
  }

  async #append(bytes: Buffer): Promise<void> {
    const parts = this.#first === undefined ? [bytes] : [this.#first, bytes];
    this.#first = undefined;
    for (const part of parts) {
      const at = this.#position;
      this.#position += part.length;
      await new Promise<void>((resolve, reject) =>
        writeAll(this.#making.fd, part, at, fault => (fault === null ? resolve() : reject(fault))),
      );
    }
  }

  #publish(queue: string, length: number, resolve: (path: string) => void, reject: (fault: unknown) => void): void {
    try {
      if (length < this.#making.usedBytes) fs.ftruncateSync(this.#making.fd, length); // of one block or a few
    } catch (fault) {
      return reject(fault);
    }
    fs.fsync(this.#making.fd, fault => {
      this.#close();
      if (fault !== null) return reject(fault);
      const path = this.#store.path(queue, this.id);
      this.#rename(queue, path, true, fault => {
        if (fault !== null) return reject(fault);
        this.#path = path;
        this.#store.flusher.sync(this.#store.folder(queue, this.id), fault =>
          fault === null ? resolve(path) : reject(fault),
        );
      });
    });
  }

  #rename(queue: string, path: string, mayMakeFolder: boolean, done: (fault: Error | null) => void): void {
    nameCalls.rename(this.#making.temporary, path, fault => {
      if (fault === null || !mayMakeFolder || systemCode(fault) !== 'ENOENT') return done(fault);
      const again = (): void => this.#rename(queue, path, false, done);
      this.#store.makeFolder(queue, this.id).then(again, again);
    });
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    fs.closeSync(this.#making.fd); // everything that counts was flushed before: nothing to wait for
  }
}

/** A small write goes to memory (the flush that follows goes to disk): quicker done than handed to another thread. */
function writeSmall(fd: number, bytes: Buffer): Error | null {
  try {
    for (let at = 0; at < bytes.length;) {
      const count = fs.writeSync(fd, bytes, at, bytes.length - at, at);
      if (count === 0) return Object.assign(new Error('short write'), {code: 'ENOSPC'});
      at += count;
    }
    return null;
  } catch (fault) {
    return fault as Error; // thrown by write
  }
}

const SMALL_BYTES = 1 << 15;
/** Of the first bytes, so many wait for the rest. */
const HELD_BYTES = 1 << 17;

function writeAll(fd: number, bytes: Buffer, at: number, done: (fault: Error | null) => void): void {
  fs.write(fd, bytes, 0, bytes.length, at, (fault, count) => {
    if (fault !== null) done(fault);
    else if (count === bytes.length) done(null);
    else if (count === 0) done(Object.assign(new Error('short write'), {code: 'ENOSPC'}));
    else writeAll(fd, bytes.subarray(count), at + count, done);
  });
}
