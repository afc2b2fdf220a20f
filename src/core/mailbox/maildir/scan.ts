/**
 * What lies in new/ and cur/, compared with the table: which messages are there under which marks, which files nobody
 * knows yet. Reading a folder while others rename in it may miss a file, so what is missing is looked for again as long
 * as the folders change under the reader.
 */
import {statSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {toPath} from '../../base/bytes.ts';
import {MARKS, type MessageTable} from '../table.ts';
import {TimeSlice} from '../time-slice.ts';
import {baseLength, infoOf, marksOf} from './file-name.ts';

export interface FolderTimes {
  readonly newTime: bigint;
  readonly curTime: bigint;
}

export interface FoundFile {
  readonly base: string;
  readonly info: string;
  readonly inNew: boolean;
}

export interface Scan {
  /** Of the last look, before it began. */
  readonly times: FolderTimes;
  /** Milliseconds since 1970. */
  readonly begunAt: number;
  /** By position: flags with the table's marks, or -1 where there is no file. */
  readonly flags: Int16Array;
  /** By position: bits of the letters a to z. */
  readonly keywords: Uint32Array;
  /** Names that hold more than the marks say, by position. */
  readonly oddInfos: ReadonlyMap<number, string>;
  readonly unknown: ReadonlyMap<string, FoundFile>;
  /** Files whose base another one has, too. */
  readonly doubles: readonly (readonly [FoundFile, FoundFile])[];
}

const MOST_LOOKS = 4;

/** Two calls that answer from memory: sooner done than handed to another thread. */
export function folderTimes(directory: string): FolderTimes {
  const newTime = statSync(toPath(`${directory}/new`), {bigint: true}).mtimeNs;
  return {newTime, curTime: statSync(toPath(`${directory}/cur`), {bigint: true}).mtimeNs};
}

/** `expected`: how many files there should be that the table does not know. */
export async function scanMaildir(directory: string, table: MessageTable, expected: number): Promise<Scan> {
  const index = new NameIndex(table);
  await index.fill();
  const flags = new Int16Array(table.count).fill(-1);
  const keywords = new Uint32Array(table.count);
  for (let look = 1; ; look++) {
    const begunAt = Date.now();
    const times = folderTimes(directory);
    const names = await Promise.all([namesIn(`${directory}/new`), namesIn(`${directory}/cur`)]);
    const seen = await compare(index, names, flags, keywords);
    const isDone = (seen.isComplete && seen.unknown.size >= expected) || look === MOST_LOOKS;
    const after = isDone ? times : folderTimes(directory);
    if (after.newTime !== times.newTime || after.curTime !== times.curTime) continue;
    return {times, begunAt, flags, keywords, ...seen};
  }
}

function namesIn(directory: string): Promise<string[]> {
  return readdir(toPath(directory), {encoding: 'latin1'});
}

interface Seen {
  readonly isComplete: boolean;
  readonly oddInfos: Map<number, string>;
  readonly unknown: Map<string, FoundFile>;
  readonly doubles: (readonly [FoundFile, FoundFile])[];
}

async function compare(
  index: NameIndex,
  [inNew, inCur]: readonly [readonly string[], readonly string[]],
  flags: Int16Array,
  keywords: Uint32Array,
): Promise<Seen> {
  const seen: Seen = {isComplete: false, oddInfos: new Map(), unknown: new Map(), doubles: []};
  const met = new Uint8Array(flags.length);
  const slice = new TimeSlice();
  for (const names of [inNew, inCur])
    for (let n = 0; n < names.length; n++) {
      if (n % SLICE_NAMES === 0 && slice.isOver) await slice.rest();
      compareName(names[n] ?? '', names === inNew, index, flags, keywords, met, seen);
    }
  return {...seen, isComplete: flags.every(found => found >= 0)};
}

const SLICE_NAMES = 1024;

function compareName(
  name: string,
  isNew: boolean,
  index: NameIndex,
  flags: Int16Array,
  keywords: Uint32Array,
  met: Uint8Array,
  seen: Seen,
): void {
  const length = baseLength(name);
  // Names with a line feed can't be in the list; the original passes over them, too.
  if (name.charCodeAt(0) === DOT || length === 0 || name.includes('\n')) return;
  const position = index.find(name, length);
  const info = name.slice(length);
  if (position < 0) return addUnknown(seen, {base: name.slice(0, length), info, inNew: isNew});
  const marks = marksOf(info);
  const isOdd = isNew ? info !== '' : marks.isOdd;
  if (met[position] === 1) {
    const base = name.slice(0, length);
    const first = {base, info: seen.oddInfos.get(position), inNew: ((flags[position] ?? 0) & MARKS.inNew) !== 0};
    seen.doubles.push([
      {...first, info: first.info ?? (first.inNew ? '' : infoOf(flags[position] ?? 0, keywords[position] ?? 0))},
      {base, info, inNew: isNew},
    ]);
  }
  met[position] = 1;
  flags[position] = marks.flags | (isNew ? MARKS.inNew : 0) | (isOdd ? MARKS.odd : 0);
  keywords[position] = marks.keywords;
  if (isOdd) seen.oddInfos.set(position, info);
}

function addUnknown(seen: Seen, file: FoundFile): void {
  const other = seen.unknown.get(file.base);
  if (other !== undefined) seen.doubles.push([other, file]);
  else if (file.base.length <= LONGEST_NAME) seen.unknown.set(file.base, file);
}

const LONGEST_NAME = 255;
const DOT = 0x2e;

/** Finds positions by the base of a file's name. Lives as long as the scan: the table does not keep it. */
class NameIndex {
  readonly #table: MessageTable;
  readonly #slots: Int32Array;
  readonly #mask: number;

  constructor(table: MessageTable) {
    this.#table = table;
    let size = 64;
    while (size < table.count * 2) size *= 2;
    this.#slots = new Int32Array(size).fill(-1);
    this.#mask = size - 1;
  }

  async fill(): Promise<void> {
    const {textAt, nameLength, count} = this.#table.columns;
    const slice = new TimeSlice();
    for (let position = 0; position < count; position++) {
      if (position % SLICE_NAMES === 0 && slice.isOver) await slice.rest();
      const at = textAt[position] ?? 0;
      let slot = hashBytes(this.#table.texts, at, at + (nameLength[position] ?? 0)) & this.#mask;
      while ((this.#slots[slot] ?? -1) >= 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = position;
    }
  }

  find(name: string, length: number): number {
    let slot = hashText(name, length) & this.#mask;
    for (;;) {
      const position = this.#slots[slot] ?? -1;
      if (position < 0 || this.#isName(position, name, length)) return position;
      slot = (slot + 1) & this.#mask;
    }
  }

  #isName(position: number, name: string, length: number): boolean {
    const {columns, texts} = this.#table;
    if (columns.nameLength[position] !== length) return false;
    const at = columns.textAt[position] ?? 0;
    for (let i = 0; i < length; i++) if (texts[at + i] !== name.charCodeAt(i)) return false;
    return true;
  }
}

function hashBytes(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}

function hashText(text: string, length: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15);
}
