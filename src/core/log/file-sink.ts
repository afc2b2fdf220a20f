/**
 * Log lines into a file, appended with O_APPEND so that several processes share it; a line is never split between two
 * writes. The file is opened anew when it has been moved away (log rotation) and made when it is missing.
 *
 * Two ways: a tool writes each line at once; the daemon collects what one turn of its event loop says, writes it in one
 * asynchronous call, and never waits. A log that cannot be written never stops the mail: lines are dropped, counted, and
 * the count is logged when writing works again.
 */
import {close, closeSync, fstatSync, mkdirSync, open, openSync, stat, write, writeSync} from 'node:fs';
import {dirname} from 'node:path';
import {toPath} from '../base/bytes.ts';
import {describe, systemCode} from '../base/errors.ts';

/** Takes finished lines (byte strings with newline). */
export interface LineWriter {
  writeLine(line: string): void;
  /** Opens the file anew before the next line. */
  reopen(): void;
  /** Resolves when everything written so far is with the system, or is lost. */
  flush(): Promise<void>;
  /** Writes what is left, synchronously: for the very end of a process. */
  end(): void;
}

/** Each line at once: for tools, whose few lines must be there before they exit. */
export class SyncFileWriter implements LineWriter {
  readonly #path: string;
  #fd: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  writeLine(line: string): void {
    try {
      this.#fd ??= openAppending(this.#path);
      writeSync(this.#fd, Buffer.from(line, 'latin1'));
    } catch {
      // The original's tools go on as well: what they have to say is on standard error too.
    }
  }

  reopen(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  async flush(): Promise<void> {}

  end(): void {
    this.reopen();
  }
}

/** What a disk that does not answer may cost in memory. */
const BACKLOG_LIMIT_BYTES = 16 * 1024 * 1024;
/** How often a moved file is looked for while there is something to write. */
const ROTATION_CHECK_MILLISECONDS = 1000;

/** How long lines are gathered while much is logged, and how many of them at the most. */
const GATHER_MILLISECONDS = 5;
const GATHER_BYTES = 1 << 15;

/** Collects lines and writes them in the background: for the daemon. `path` undefined is standard output. */
export class BackgroundFileWriter implements LineWriter {
  readonly #path: string | undefined;
  /** Makes the line that tells of lost ones. */
  readonly #lostLine: (count: number, why: string) => string;
  #fd: number | undefined;
  #lines: string[] = [];
  #bytes = 0;
  #isScheduled = false;
  #isWriting = false;
  #mustReopen = false;
  #checkedAt = 0;
  #wroteAt = 0;
  #lost = 0;
  #lostWhy = '';
  #waiting: (() => void)[] = [];

  constructor(path: string | undefined, lostLine: (count: number, why: string) => string) {
    this.#path = path;
    this.#lostLine = lostLine;
    if (path === undefined) this.#fd = 1;
  }

  writeLine(line: string): void {
    if (this.#bytes > BACKLOG_LIMIT_BYTES) {
      this.#lose(1, 'the log cannot keep up');
      return;
    }
    this.#lines.push(line);
    this.#bytes += line.length;
    this.#schedule();
  }

  /** At once after a quiet time; else lines are gathered for a moment, since each write has its price. */
  #schedule(): void {
    if (this.#isScheduled || this.#isWriting) return;
    this.#isScheduled = true;
    const isUrgent = this.#waiting.length > 0 || this.#bytes > GATHER_BYTES;
    const pause = isUrgent ? 0 : GATHER_MILLISECONDS - (performance.now() - this.#wroteAt);
    if (pause <= 0) setImmediate(() => this.#fire());
    else setTimeout(() => this.#fire(), pause);
  }

  #fire(): void {
    this.#isScheduled = false;
    if (!this.#isWriting) this.#writeBatch();
  }

  reopen(): void {
    if (this.#path !== undefined) this.#mustReopen = true;
  }

  flush(): Promise<void> {
    if (this.#lines.length === 0 && !this.#isWriting) return Promise.resolve();
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  end(): void {
    const batch = this.#takeBatch();
    try {
      if (batch.length > 0) writeSync((this.#fd ??= openAppending(this.#path ?? '/dev/stdout')), batch);
    } catch {
      // Nobody is left to be told.
    }
  }

  #writeBatch(): void {
    if (this.#lines.length === 0) return this.#release();
    this.#isWriting = true;
    this.#withFile((fault, fd) => {
      if (fd === undefined) {
        this.#bytes = 0;
        return this.#done(this.#lines.splice(0).length, fault);
      }
      const count = this.#lines.length;
      const batch = this.#takeBatch();
      write(fd, batch, 0, batch.length, null, (fault, written) => {
        if (fault !== null || written === batch.length) return this.#done(count, fault);
        // A full disk takes a part: the rest is tried once more, which tells why it fails.
        write(fd, batch, written, batch.length - written, null, fault => this.#done(count, fault));
      });
    });
  }

  #takeBatch(): Buffer {
    if (this.#lost > 0) this.#lines.unshift(this.#lostLine(this.#lost, this.#lostWhy));
    const batch = Buffer.from(this.#lines.join(''), 'latin1');
    this.#lines = [];
    this.#bytes = 0;
    return batch;
  }

  #done(count: number, fault: Error | null): void {
    this.#isWriting = false;
    if (fault === null) this.#lost = 0;
    else {
      this.#lose(count, describe(fault));
      this.reopen();
    }
    this.#wroteAt = performance.now();
    if (this.#lines.length > 0) this.#schedule();
    else if (fault === null) this.#writeBatch();
    else this.#release();
  }

  #lose(count: number, why: string): void {
    this.#lost += count;
    this.#lostWhy = why;
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** The open file, opened anew when it was asked for or when another file (or none) has the name now. */
  #withFile(then: (fault: Error | null, fd: number | undefined) => void): void {
    const path = this.#path;
    const fd = this.#fd;
    if (path === undefined) return then(null, fd);
    if (fd === undefined || this.#mustReopen) return this.#open(path, then);
    const now = performance.now();
    if (now - this.#checkedAt < ROTATION_CHECK_MILLISECONDS) return then(null, fd);
    this.#checkedAt = now;
    stat(toPath(path), (fault, there) => {
      if (fault === null && there.ino === fstatSync(fd).ino) then(null, fd);
      else this.#open(path, then);
    });
  }

  #open(path: string, then: (fault: Error | null, fd: number | undefined) => void): void {
    const old = this.#fd;
    open(toPath(path), 'a', 0o644, (fault, fd) => {
      if (fault !== null) return then(fault, undefined);
      this.#fd = fd;
      this.#mustReopen = false;
      this.#checkedAt = performance.now();
      if (old !== undefined) close(old, () => undefined);
      then(null, fd);
    });
  }
}

function openAppending(path: string): number {
  try {
    return openSync(toPath(path), 'a', 0o644);
  } catch (fault) {
    if (systemCode(fault) !== 'ENOENT') throw fault;
    mkdirSync(dirname(path), {recursive: true});
    return openSync(toPath(path), 'a', 0o644);
  }
}
