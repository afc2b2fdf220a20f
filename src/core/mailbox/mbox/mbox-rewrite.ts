/**
 * Writes the end of an mbox file anew, in place, because other programs hold it open and lock it. What it shall become is
 * first written whole into a journal beside the index and flushed; a process that is killed in between leaves the
 * journal, and the next one ends the work. What others appended meanwhile is kept.
 *
 * The journal: magic, where the end begins, the old and the new size of the file, what lay behind the new size, and the
 * bytes; the checksum of them all comes last.
 */
import {crc32} from 'node:zlib';
import {open, rename, unlink, type FileHandle} from 'node:fs/promises';
import {dirname} from 'node:path';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import {makeFolder} from '../flush.ts';
import {readFully} from '../read-fully.ts';

/** A range of the old file, or bytes. */
export type Piece = {readonly from: number; readonly to: number} | Buffer;

const MAGIC = 0x58_4f_42_4d; // M B O X
const HEAD_BYTES = 64;
const WITNESS_BYTES = 16;
const COPY_BYTES = 1024 * 1024;

/** Under the lock. Answers the new size. */
export async function rewriteEnd(
  file: FileHandle,
  start: number,
  pieces: readonly Piece[],
  journalPath: string,
): Promise<number> {
  const oldSize = (await file.stat()).size;
  const newSize = start + pieces.reduce((sum, piece) => sum + lengthOf(piece), 0);
  await writeJournal(file, start, oldSize, newSize, pieces, journalPath);
  await finishRewrite(file, journalPath);
  return newSize;
}

function lengthOf(piece: Piece): number {
  return Buffer.isBuffer(piece) ? piece.length : piece.to - piece.from;
}

async function writeJournal(
  file: FileHandle,
  start: number,
  oldSize: number,
  newSize: number,
  pieces: readonly Piece[],
  path: string,
): Promise<void> {
  const temporary = `${path}.tmp`;
  await makeFolder(dirname(path), 0o700);
  const journal = await open(toPath(temporary), 'w', 0o600);
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32LE(MAGIC, 0);
    head.writeDoubleLE(start, 8);
    head.writeDoubleLE(oldSize, 16);
    head.writeDoubleLE(newSize, 24);
    if (newSize < oldSize) (await readFully(file, newSize, Math.min(oldSize, newSize + WITNESS_BYTES))).copy(head, 32);
    let sum = crc32(head);
    await writeAll(journal, head);
    for (const piece of pieces)
      for await (const bytes of bytesOf(file, piece)) {
        sum = crc32(bytes, sum);
        await writeAll(journal, bytes);
      }
    const end = Buffer.alloc(4);
    end.writeUInt32LE(sum);
    await writeAll(journal, end);
    await journal.datasync();
  } finally {
    await journal.close();
  }
  await rename(toPath(temporary), toPath(path));
}

async function* bytesOf(file: FileHandle, piece: Piece): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(piece)) {
    yield piece;
    return;
  }
  for (let at = piece.from; at < piece.to; at += COPY_BYTES)
    yield await readFully(file, at, Math.min(piece.to, at + COPY_BYTES));
}

/** Does what a journal says, if there is one; under the lock. Answers whether there was. */
export async function finishRewrite(file: FileHandle, journalPath: string): Promise<boolean> {
  let journal: FileHandle;
  try {
    journal = await open(toPath(journalPath), 'r');
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return false;
    throw fault;
  }
  try {
    const head = await wholeHead(journal);
    if (head !== undefined) await carryOut(file, journal, head);
  } finally {
    await journal.close();
  }
  await unlink(toPath(journalPath)).catch(() => undefined);
  return true;
}

interface JournalHead {
  readonly start: number;
  readonly oldSize: number;
  readonly newSize: number;
  readonly witness: Buffer;
}

/** undefined: the journal is not whole, so the file was not touched yet. */
async function wholeHead(journal: FileHandle): Promise<JournalHead | undefined> {
  const {size} = await journal.stat();
  if (size < HEAD_BYTES + 4) return undefined;
  let sum = 0;
  for (let at = 0; at < size - 4; at += COPY_BYTES)
    sum = crc32(await readFully(journal, at, Math.min(size - 4, at + COPY_BYTES)), sum);
  if ((await readFully(journal, size - 4, size)).readUInt32LE() !== sum) return undefined;
  const head = await readFully(journal, 0, HEAD_BYTES);
  if (head.readUInt32LE() !== MAGIC) return undefined;
  const [start, oldSize, newSize] = [8, 16, 24].map(at => head.readDoubleLE(at));
  if (start === undefined || oldSize === undefined || newSize === undefined) return undefined;
  return {
    start,
    oldSize,
    newSize,
    witness: head.subarray(32, 32 + Math.min(WITNESS_BYTES, Math.max(0, oldSize - newSize))),
  };
}

async function carryOut(file: FileHandle, journal: FileHandle, head: JournalHead): Promise<void> {
  const {start, newSize} = head;
  const appended = await appendedSince(file, journal, head);
  for (let at = start; at < newSize; at += COPY_BYTES) {
    const from = HEAD_BYTES + at - start;
    await writeAll(file, await readFully(journal, from, from + Math.min(COPY_BYTES, newSize - at)), at);
  }
  if (appended.length > 0) await writeAll(file, appended, newSize);
  await file.datasync();
  await file.truncate(newSize + appended.length);
  await file.datasync();
}

/** Mail that another program wrote behind an interrupted rewrite. */
async function appendedSince(file: FileHandle, journal: FileHandle, head: JournalHead): Promise<Buffer> {
  const {size} = await file.stat();
  const {oldSize, newSize, witness} = head;
  if (newSize < oldSize) {
    const there = await readFully(file, newSize, newSize + witness.length);
    const isCut = size < oldSize || !there.equals(witness);
    return await readFully(file, isCut ? newSize : oldSize, size);
  }
  // It may have grown by a part of what was to be written; from the first other byte on it is somebody else's.
  let at = oldSize;
  while (at < Math.min(size, newSize)) {
    const end = Math.min(size, newSize, at + COPY_BYTES);
    const ours = await readFully(journal, HEAD_BYTES + at - head.start, HEAD_BYTES + end - head.start);
    const theirs = await readFully(file, at, end);
    const same = samePrefix(ours, theirs);
    at += same;
    if (same < ours.length) break;
  }
  return await readFully(file, at, size);
}

function samePrefix(a: Buffer, b: Buffer): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return at;
  return length;
}

/** At the file's own place, or at `offset`. */
export async function writeAll(file: FileHandle, bytes: Buffer, offset?: number): Promise<void> {
  for (let at = 0; at < bytes.length;)
    at += (await file.write(bytes, at, bytes.length - at, offset === undefined ? null : offset + at)).bytesWritten;
}
