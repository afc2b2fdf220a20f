/**
 * dovecot-uidlist, version 3 (and 1, read): which UID each file has. Records are appended under
 * `dovecot-uidlist.lock`, which the caller holds; readers take what was appended since they last looked, and begin
 * anew when the file was replaced. The next UID is what the header says or what follows the last record, whichever is
 * more. A header that can't be read answers undefined: the list is then made anew, with another UIDVALIDITY.
 */
import {closeSync, fdatasyncSync, fstatSync, openSync, statSync, writeSync} from 'node:fs';
import {open, rename, stat, type FileHandle} from 'node:fs/promises';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import {readFully} from '../read-fully.ts';
import {TimeSlice} from '../time-slice.ts';

export interface UidRecord {
  readonly uid: number;
  /** Base name of the file. */
  readonly base: string;
  /** Fields by their letter: G guid, P POP3 UIDL, O POP3 order, W and S sizes, others kept. */
  readonly fields: string;
}

export interface UidlistHead {
  readonly uidValidity: number;
  readonly nextUid: number;
  readonly guid: string;
  /** Header fields that are not ours, each with its letter. */
  readonly others: readonly string[];
}

/** Where reading goes on. */
export interface UidlistMark {
  readonly inode: string;
  readonly offset: number;
  /** What lies before it: inodes are used again. */
  readonly tail: string;
  /** When the file was changed, as far as that was seen. */
  readonly changed: string;
}

export interface UidlistNews {
  readonly head: UidlistHead;
  readonly records: readonly UidRecord[];
  readonly mark: UidlistMark;
  /** The records are all there are, not only those that came since the mark. */
  readonly isWhole: boolean;
  /** A line without an end, or one that says nothing: the file has to be written anew before it is appended to. */
  readonly isBroken: boolean;
}

/** 'missing': there is none; 'broken': its header says nothing. */
export async function readUidlist(
  path: string,
  mark: UidlistMark | undefined,
  head: UidlistHead | undefined,
): Promise<UidlistNews | 'missing' | 'broken'> {
  if (mark !== undefined && head !== undefined && isAsMarked(path, mark)) return asBefore(head, mark);
  let file: FileHandle;
  try {
    file = await open(toPath(path), 'r');
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return 'missing';
    throw fault;
  }
  try {
    const status = await file.stat({bigint: true});
    const place = {inode: String(status.ino), changed: String(status.mtimeNs)};
    const size = Number(status.size);
    if (mark !== undefined && head !== undefined && mark.inode === place.inode && size >= mark.offset) {
      const bytes = await readFully(file, mark.offset - mark.tail.length, size);
      if (bytes.toString('latin1', 0, mark.tail.length) === mark.tail)
        return await readTail(bytes, head, {...mark, ...place});
    }
    return await readWhole(await readFully(file, 0, size), place);
  } finally {
    await file.close();
  }
}

/** Answered from memory: the file is in use. */
function isAsMarked(path: string, mark: UidlistMark): boolean {
  const status = statSync(toPath(path), {bigint: true, throwIfNoEntry: false});
  if (status === undefined || String(status.ino) !== mark.inode) return false;
  return Number(status.size) === mark.offset && String(status.mtimeNs) === mark.changed;
}

function asBefore(head: UidlistHead, mark: UidlistMark): UidlistNews {
  return {head, records: [], mark, isWhole: false, isBroken: false};
}

async function readTail(bytes: Buffer, head: UidlistHead, mark: UidlistMark): Promise<UidlistNews> {
  const lines = await readRecords(bytes, mark.tail.length);
  const offset = mark.offset + lines.end - mark.tail.length;
  return {
    head: withLast(head, lines.records),
    records: lines.records,
    mark: {...mark, offset, tail: tailOf(bytes, lines.end)},
    isWhole: false,
    isBroken: lines.isBroken,
  };
}

async function readWhole(
  bytes: Buffer,
  place: Pick<UidlistMark, 'inode' | 'changed'>,
): Promise<UidlistNews | 'broken'> {
  const newline = bytes.indexOf(LF);
  if (newline < 0) return 'broken';
  const first = bytes.toString('latin1', 0, newline);
  const head = parseHead(first);
  if (head === undefined) return 'broken';
  const lines = await readRecords(bytes, newline + 1, first.startsWith('1 '));
  return {
    head: withLast(head, lines.records),
    records: lines.records,
    mark: {...place, offset: lines.end, tail: tailOf(bytes, lines.end)},
    isWhole: true,
    isBroken: lines.isBroken || !first.startsWith('3 ') || head.guid === '',
  };
}

function withLast(head: UidlistHead, records: readonly UidRecord[]): UidlistHead {
  const last = records[records.length - 1];
  return last === undefined || last.uid < head.nextUid ? head : {...head, nextUid: last.uid + 1};
}

function parseHead(line: string): UidlistHead | undefined {
  const words = line.split(' ');
  if (words[0] === '1') return madeHead(numberOf(words[1] ?? ''), numberOf(words[2] ?? ''), '', []);
  if (words[0] !== '3') return undefined;
  let uidValidity: number | undefined;
  let nextUid: number | undefined = 1;
  let guid = '';
  const others: string[] = [];
  for (const word of words.slice(1)) {
    if (word.startsWith('V')) uidValidity = numberOf(word.slice(1));
    else if (word.startsWith('N')) nextUid = numberOf(word.slice(1));
    else if (word.startsWith('G')) guid = /^G[0-9a-f]{32}$/.test(word) ? word.slice(1) : '';
    else if (word !== '') others.push(word);
  }
  return madeHead(uidValidity, nextUid, guid, others);
}

function madeHead(
  uidValidity: number | undefined,
  nextUid: number | undefined,
  guid: string,
  others: readonly string[],
): UidlistHead | undefined {
  if (uidValidity === undefined || uidValidity === 0 || nextUid === undefined || nextUid === 0) return undefined;
  return {uidValidity, nextUid, guid, others};
}

const TAIL_BYTES = 100;

function tailOf(bytes: Buffer, end: number): string {
  return bytes.toString('latin1', Math.max(0, end - TAIL_BYTES), end);
}

const LF = 0x0a;

interface Records {
  readonly records: UidRecord[];
  readonly end: number;
  readonly isBroken: boolean;
}

async function readRecords(bytes: Buffer, from: number, isVersion1 = false): Promise<Records> {
  const slice = new TimeSlice();
  const records: UidRecord[] = [];
  let last = 0;
  let isBroken = false;
  let at = from;
  while (at < bytes.length) {
    if (records.length % SLICE_RECORDS === 0 && slice.isOver) await slice.rest();
    const newline = bytes.indexOf(LF, at);
    if (newline < 0) {
      isBroken = true;
      break;
    }
    const record = parseRecord(bytes.toString('latin1', at, newline), isVersion1);
    at = newline + 1;
    if (record === undefined || record.uid <= last) isBroken = true;
    else {
      records.push(record);
      last = record.uid;
    }
  }
  return {records, end: at, isBroken};
}

const SLICE_RECORDS = 1024;

/** `UID [K<value> ]...:BASE`. */
function parseRecord(line: string, isVersion1: boolean): UidRecord | undefined {
  const space = line.indexOf(' ');
  const uid = space < 0 ? undefined : numberOf(line.slice(0, space));
  if (uid === undefined || uid === 0) return undefined;
  if (isVersion1) return cutInfo(uid, line.slice(space + 1), '');
  if (line.charCodeAt(space + 1) === COLON) return cutInfo(uid, line.slice(space + 2), '');
  const colon = line.indexOf(' :', space);
  return colon < 0 ? undefined : cutInfo(uid, line.slice(colon + 2), line.slice(space + 1, colon));
}

function cutInfo(uid: number, name: string, fields: string): UidRecord | undefined {
  const colon = name.indexOf(':');
  const base = colon < 0 ? name : name.slice(0, colon);
  return base === '' || base.length > 255 ? undefined : {uid, base, fields};
}

const COLON = 0x3a;
const LARGEST_UID = 0xffffffff;

function numberOf(digits: string): number | undefined {
  if (digits === '' || digits.length > 10) return undefined;
  let number = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number > LARGEST_UID ? undefined : number;
}

/** The value of one of a record's fields; values hold no blanks. */
export function fieldOf(fields: string, letter: string): string | undefined {
  if (fields === '') return undefined;
  return fields
    .split(' ')
    .find(field => field.startsWith(letter))
    ?.slice(1);
}

function recordLine(record: UidRecord): string {
  return record.fields === '' ? `${record.uid} :${record.base}\n` : `${record.uid} ${record.fields} :${record.base}\n`;
}

/**
 * Appends under the lock, and answers where the file then ends. Synchronous: some bytes into a file in use, sooner done
 * than handed to another thread.
 */
export function appendUids(
  path: string,
  records: readonly UidRecord[],
  mark: UidlistMark,
  syncs: boolean,
): UidlistMark {
  const bytes = Buffer.from(records.map(recordLine).join(''), 'latin1');
  const fd = openSync(toPath(path), 'r+');
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at, mark.offset + at);
    if (syncs) fdatasyncSync(fd);
    const changed = String(fstatSync(fd, {bigint: true}).mtimeNs);
    return {inode: mark.inode, offset: mark.offset + bytes.length, tail: tailOf(bytes, bytes.length), changed};
  } finally {
    closeSync(fd);
  }
}

/** Writes the whole list anew, under the lock. */
export async function writeUidlist(
  path: string,
  head: UidlistHead,
  records: Iterable<UidRecord>,
  mode: number,
): Promise<UidlistMark> {
  const temporary = toPath(`${path}.tmp`);
  const file = await open(temporary, 'w', mode);
  let offset = 0;
  let last = Buffer.alloc(0);
  try {
    const others = head.others.map(field => ` ${field}`).join('');
    let batch = `3 V${head.uidValidity} N${head.nextUid} G${head.guid}${others}\n`;
    for (const record of records) {
      batch += recordLine(record);
      if (batch.length < BATCH_BYTES) continue;
      last = Buffer.from(batch, 'latin1');
      offset = await writeAt(file, last, offset);
      batch = '';
    }
    if (batch !== '') last = Buffer.from(batch, 'latin1');
    if (batch !== '') offset = await writeAt(file, last, offset);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(temporary, toPath(path));
  const {ino, mtimeNs} = await stat(toPath(path), {bigint: true});
  return {inode: String(ino), offset, tail: tailOf(last, last.length), changed: String(mtimeNs)};
}

const BATCH_BYTES = 256 * 1024;

async function writeAt(file: FileHandle, bytes: Buffer, offset: number): Promise<number> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at, bytes.length - at, offset + at)).bytesWritten;
  return offset + bytes.length;
}
