/**
 * Writes a file of the maildrop queue as postdrop(1) does: records, no size record, mode 0744 once complete. Synchronous
 * and small, because it is on the start-up path of sendmail(1). `finish` answers only when file and name are on disk;
 * whatever fails before removes the file and throws.
 *
 * `EFBIG` is thrown as a system error when the file would grow beyond message_size_limit, as a file size limit would.
 */
import {closeSync, fchmodSync, fstatSync, fsyncSync, openSync, renameSync, rmSync, writeSync} from 'node:fs';
import {syncDirectorySync} from '../base/atomic-file.ts';
import type {Config} from '../config/config.ts';
import {formatQueueId} from './queue-id.ts';

export interface MaildropOptions {
  readonly directory: string;
  readonly hasLongIds: boolean;
  /** 0: unlimited. */
  readonly sizeLimit: number;
  /** Milliseconds since 1970, with fraction. */
  readonly now: number;
}

/** A new message of this moment, with the limits of the configuration. */
export function createMaildropFile(config: Config): MaildropFile {
  return new MaildropFile({
    directory: `${config.get('queue_directory')}/maildrop`,
    hasLongIds: config.get('enable_long_queue_ids'),
    sizeLimit: config.get('message_size_limit'),
    now: performance.timeOrigin + performance.now(),
  });
}

export class MaildropFile {
  readonly id: string;
  #path: string;
  readonly #options: MaildropOptions;
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #used = 0;
  #written = 0;

  /** Creates the file and writes its arrival time. */
  constructor(options: MaildropOptions) {
    this.#options = options;
    const seconds = Math.floor(options.now / 1000);
    const microseconds = Math.floor((options.now - seconds * 1000) * 1000);
    const temporary = `${options.directory}/${microseconds}.${process.pid}`;
    this.#fd = openSync(temporary, 'wx', 0o600);
    this.#path = temporary;
    try {
      this.id = formatQueueId(seconds, microseconds, fstatSync(this.#fd).ino, options.hasLongIds);
      renameSync(temporary, `${options.directory}/${this.id}`);
      this.#path = `${options.directory}/${this.id}`;
      this.put('T', `${seconds} ${microseconds}`);
    } catch (fault) {
      this.abort();
      throw fault;
    }
  }

  /** Appends a record; text is a byte string. */
  put(type: string, payload: string | Uint8Array): void {
    const bytes = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : asBuffer(payload);
    this.copy(type, bytes, 0, bytes.length);
  }

  /** Appends a record with a part of a buffer. */
  copy(type: string, bytes: Buffer, start: number, end: number): void {
    this.#begin(type, end - start);
    for (let at = start; at < end;) {
      const length = bytes.copy(this.#buffer, this.#used, at, end);
      this.#used += length;
      at += length;
      if (at < end) this.#flush(); // a record larger than the buffer
    }
  }

  #begin(type: string, length: number): void {
    if (this.#used + length + MAX_OVERHEAD > BUFFER_BYTES) this.#flush();
    const buffer = this.#buffer;
    buffer[this.#used++] = type.charCodeAt(0);
    let rest = length;
    for (; rest > 0x7f; rest >>>= 7) buffer[this.#used++] = (rest & 0x7f) | 0x80;
    buffer[this.#used++] = rest;
  }

  /** Makes the file complete and durable. */
  finish(): void {
    try {
      this.#flush();
      fchmodSync(this.#fd, 0o744);
      fsyncSync(this.#fd);
      closeSync(this.#fd);
      syncDirectorySync(this.#options.directory);
    } catch (fault) {
      this.abort();
      throw fault;
    }
  }

  abort(): void {
    try {
      closeSync(this.#fd);
    } catch {
      // It was closed before the folder could not be flushed.
    }
    rmSync(this.#path, {force: true});
  }

  #flush(): void {
    this.#written += this.#used;
    if (this.#options.sizeLimit > 0 && this.#written > this.#options.sizeLimit)
      throw Object.assign(new Error('File too large'), {code: 'EFBIG'});
    for (let at = 0; at < this.#used;) at += writeSync(this.#fd, this.#buffer, at, this.#used - at);
    this.#used = 0;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const BUFFER_BYTES = 1 << 17;
/** A type byte and at most five bytes of length. */
const MAX_OVERHEAD = 6;
