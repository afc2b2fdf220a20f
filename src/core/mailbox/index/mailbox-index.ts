/**
 * What we remember of a mailbox between processes: `posthorn.index`, a snapshot, and `posthorn.index.log`, what happened
 * since. A cache: without it everything is found out again, but for modification sequences (which then begin at the
 * time), VANISHED, \Recent, save dates and keywords that found no letter.
 *
 * All is done under the mailbox's lock. Each log belongs to one snapshot by its generation; a torn end is cut off by the
 * next one who writes. Where the folder can't be written to, nothing is kept.
 */
import {closeSync, fstatSync, ftruncateSync, openSync, statSync, writeSync} from 'node:fs';
import {open, readFile, rename, unlink, writeFile, type FileHandle} from 'node:fs/promises';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import {readFully} from '../read-fully.ts';
import {makeFrame, readFrame} from './frame.ts';
import {readSnapshot, type Snapshot, type SnapshotHead, writeSnapshot} from './snapshot.ts';
import {applyState, type StateTarget} from './state-log.ts';
import type {MessageTable} from '../table.ts';

/** The log may grow to this, or to half of the snapshot. */
const SMALL_LOG_BYTES = 64 * 1024;

export interface IndexTarget extends StateTarget {
  adoptSnapshot(snapshot: Snapshot): void;
}

type HeadOf = (generation: number) => SnapshotHead;

export class MailboxIndex {
  readonly #path: string;
  readonly #fileMode: number;
  /** 0: there is no snapshot that is ours to add to. */
  #generation = 0;
  #snapshotBytes = 0;
  #logInode = 0n;
  #logTime = 0n;
  #logOffset = 0;
  /** When it was last looked at: a torn end lies behind the offset. */
  #logSize = 0;
  /** Of the log, while the mailbox is in use. */
  #logFd: number | undefined;
  #isOff = false;

  constructor(directory: string, fileMode: number) {
    this.#path = `${directory}/posthorn.index`;
    this.#fileMode = fileMode;
  }

  get isOff(): boolean {
    return this.#isOff;
  }

  /** Whether somebody else wrote something. */
  hasNews(): boolean {
    if (this.#generation === 0) return false;
    const status = this.#logStatus();
    if (status?.ino !== this.#logInode || status.mtimeNs !== this.#logTime) return true;
    return Number(status.size) !== this.#logSize;
  }

  #logStatus(): {ino: bigint; size: bigint; mtimeNs: bigint} | undefined {
    return statSync(toPath(`${this.#path}.log`), {bigint: true, throwIfNoEntry: false});
  }

  /** Takes in what others wrote. Answers whether there is an index. */
  async read(target: IndexTarget): Promise<boolean> {
    if (this.#generation !== 0 && !this.hasNews()) return true;
    if (this.#generation !== 0 && (await this.#readTail(target))) return true;
    return await this.#readAll(target);
  }

  async #readTail(target: IndexTarget): Promise<boolean> {
    const log = await openIfThere(`${this.#path}.log`);
    if (log === undefined) return false;
    try {
      const status = await log.stat({bigint: true});
      if (status.ino !== this.#logInode || Number(status.size) < this.#logOffset) return false;
      const bytes = await readFully(log, this.#logOffset, Number(status.size));
      const used = this.#apply(bytes, 0, target);
      if (used === 0 && bytes.length > 0) return false; // another log under the same inode, or a torn end
      this.#logOffset += used;
      this.#logSize = Number(status.size);
      this.#logTime = status.mtimeNs;
      return true;
    } finally {
      await log.close();
    }
  }

  #apply(bytes: Buffer, from: number, target: IndexTarget): number {
    let at = from;
    for (;;) {
      const frame = readFrame(bytes, at, this.#generation);
      if (frame === undefined) return at;
      applyState(frame.payload, target);
      at = frame.end;
    }
  }

  async #readAll(target: IndexTarget): Promise<boolean> {
    this.closeLog();
    this.#generation = 0;
    const bytes = await readIfThere(this.#path);
    const snapshot = bytes === undefined ? undefined : readSnapshot(bytes);
    if (bytes === undefined || snapshot === undefined) return false;
    target.adoptSnapshot(snapshot);
    this.#generation = snapshot.head.generation;
    this.#snapshotBytes = bytes.length;
    await this.#readLog(target);
    return true;
  }

  async #readLog(target: IndexTarget): Promise<void> {
    const log = await openIfThere(`${this.#path}.log`);
    this.#logOffset = 0;
    this.#logInode = 0n;
    if (log === undefined) {
      this.#generation = 0; // a snapshot without its log: both are written anew
      return;
    }
    try {
      const status = await log.stat({bigint: true});
      this.#logInode = status.ino;
      this.#logTime = status.mtimeNs;
      this.#logSize = Number(status.size);
      this.#logOffset = this.#apply(await readFully(log, 0, this.#logSize), 0, target);
    } finally {
      await log.close();
    }
  }

  /** The payload is of this transaction; the snapshot that may take its place is of all. */
  async write(payloadOf: () => Buffer, table: MessageTable, headOf: HeadOf): Promise<void> {
    if (this.#isOff) return;
    const limit = Math.max(SMALL_LOG_BYTES, this.#snapshotBytes / 2);
    const payload = this.#generation === 0 ? undefined : payloadOf();
    try {
      if (payload === undefined || this.#logOffset + payload.length > limit) await this.writeSnapshot(table, headOf);
      else this.#append(makeFrame(payload, this.#generation));
    } catch (fault) {
      this.#giveUp(fault);
    }
  }

  #giveUp(fault: unknown): void {
    this.closeLog();
    const code = systemCode(fault);
    if (code === undefined) throw fault;
    this.#generation = 0;
    this.#isOff = code === 'EACCES' || code === 'EROFS' || code === 'EPERM' || code === 'ENOTDIR';
  }

  /** Synchronous: some bytes into a file in use. */
  #append(frame: Buffer): void {
    const fd = (this.#logFd ??= openSync(toPath(`${this.#path}.log`), 'r+'));
    if (Number(fstatSync(fd, {bigint: true}).size) > this.#logOffset) ftruncateSync(fd, this.#logOffset); // torn
    for (let at = 0; at < frame.length;) at += writeSync(fd, frame, at, frame.length - at, this.#logOffset + at);
    this.#logTime = fstatSync(fd, {bigint: true}).mtimeNs;
    this.#logOffset += frame.length;
    this.#logSize = this.#logOffset;
  }

  /** Nobody uses the mailbox any more, or the log is another one. */
  closeLog(): void {
    if (this.#logFd !== undefined) closeSync(this.#logFd);
    this.#logFd = undefined;
  }

  async writeSnapshot(table: MessageTable, headOf: HeadOf): Promise<void> {
    if (this.#isOff) return;
    const generation = (this.#generation === 0 ? Math.floor(Math.random() * 0x7fffffff) : this.#generation + 1) >>> 0;
    const pieces = writeSnapshot(headOf(generation || 1), table);
    const temporary = toPath(`${this.#path}.tmp`);
    const file = await open(temporary, 'w', this.#fileMode);
    try {
      await file.writev(pieces);
    } finally {
      await file.close();
    }
    // The old log has another generation than the new snapshot: whatever of the two is seen, they don't mix.
    await rename(temporary, toPath(this.#path));
    await writeFile(`${this.#path}.log.tmp`, '', {mode: this.#fileMode});
    await rename(toPath(`${this.#path}.log.tmp`), toPath(`${this.#path}.log`));
    this.closeLog();
    const status = this.#logStatus();
    this.#generation = generation || 1;
    this.#snapshotBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#logInode = status?.ino ?? 0n;
    this.#logTime = status?.mtimeNs ?? 0n;
    this.#logOffset = 0;
    this.#logSize = 0;
  }

  /** All that was written is void. */
  async remove(): Promise<void> {
    this.closeLog();
    this.#generation = 0;
    for (const name of [this.#path, `${this.#path}.log`]) await unlink(toPath(name)).catch(() => undefined);
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(toPath(path), 'r');
  } catch (fault) {
    const code = systemCode(fault);
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return undefined;
    throw fault;
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(toPath(path));
  } catch (fault) {
    const code = systemCode(fault);
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw fault;
  }
}
