/**
 * What messages are asked for (`ItemNeeds`): from the table, from the index, else from the message itself, which is then
 * written down for the next time. Works on some hundred messages at a time, so that the index is read in large pieces
 * and memory stays bounded.
 */
import {
  type CachedItems,
  type ItemsToKeep,
  readItemRecord,
  RECORD_HEAD_BYTES,
  writeItems,
} from './index/item-record.ts';
import type {ItemEntry} from './index/item-file.ts';
import type {ItemNeeds, MessageItems, MessageReader} from './mailbox.ts';
import {diskPace, SMALL_BYTES} from './disk-pace.ts';
import {fieldsByName, haveAll, joinedFields, type KeptFields, keptFieldsOf} from './kept-fields.ts';
import {headOf, previewOf, type ScannedItems, scanBytes, scanMessage} from './scan-message.ts';
import {type MessageTable, UNKNOWN_SIZE} from './table.ts';
import {readSortKeys} from './sort-keys.ts';
import {readThreadKeys} from './thread-keys.ts';
import {TimeSlice} from './time-slice.ts';

/** A message of a format, with what the disk says of its times. */
export interface StoredMessage extends MessageReader {
  readonly modifiedMs: number;
  readonly changedMs: number;
}

/** A message read at once; the bytes are valid until the next one is read. */
export interface SmallMessage extends Times {
  readonly bytes: Buffer;
}

export interface Times {
  readonly sizeBytes: number;
  /** undefined: not asked of the disk. */
  readonly modifiedMs: number | undefined;
  readonly changedMs: number | undefined;
}

export interface ItemSource {
  readonly table: MessageTable;
  /** Fields of heads that are kept of each message; grows with what is asked for. */
  readonly keptHeaders: string[];
  openMessage(uid: number): Promise<StoredMessage | undefined>;
  /** Synchronous and short; undefined: it is larger, or not where it was. */
  readSmall(uid: number, limitBytes: number, wantsTimes: boolean): SmallMessage | undefined;
  timesOf(uid: number): Times | undefined;
  guidOf(position: number): string;
  pop3UidlOf(position: number): string | undefined;
  /** undefined: not known without looking. */
  physicalSizeOf(position: number): number | undefined;
  readIndexed(positions: readonly number[]): Promise<readonly (CachedItems | undefined)[]>;
  writeIndexed(entries: readonly ItemEntry[]): Promise<void>;
  /** The table got to know dates and sizes of many messages. */
  keepColumns(): Promise<void>;
}

export type NumberedUid = readonly [sequence: number, uid: number];
type Each = (sequence: number, items: MessageItems | undefined) => Promise<void> | void;

const WINDOW = 512;
const MANY_LEARNED = 500;
/** Messages that are read at the same time. */
const OPEN_AT_ONCE = 8;
/** What was found out is written down when it is as much as this. */
const WRITE_BYTES = 256 * 1024;
/** More names than these are not kept: somebody asks for something else each time. */
const MOST_KEPT_HEADERS = 60;

export async function readItems(
  source: ItemSource,
  uids: Iterable<NumberedUid>,
  needs: ItemNeeds,
  each: Each,
): Promise<void> {
  const reader = new ItemReader(source, needs);
  let window: NumberedUid[] = [];
  try {
    for (const numbered of uids) {
      window.push(numbered);
      if (window.length < WINDOW) continue;
      await reader.give(window, each);
      window = [];
    }
    await reader.give(window, each);
  } finally {
    await reader.writeDown();
  }
}

class ItemReader {
  readonly #source: ItemSource;
  readonly #needs: ItemNeeds;
  readonly #isInTable: boolean;
  #found: ItemEntry[] = [];
  #foundBytes = 0;
  /** Messages of which the table got to know something. */
  #learned = 0;
  readonly #slice = new TimeSlice();

  constructor(source: ItemSource, needs: ItemNeeds) {
    this.#source = source;
    this.#needs = needs;
    this.#isInTable = !needsMessage(needs);
    for (const name of needs.headers ?? [])
      if (source.keptHeaders.length < MOST_KEPT_HEADERS && !source.keptHeaders.includes(name))
        source.keptHeaders.push(name);
  }

  async give(window: readonly NumberedUid[], each: Each): Promise<void> {
    const indexed = await this.#indexed(window);
    for (let from = 0; from < window.length; from += OPEN_AT_ONCE) {
      const some = window.slice(from, from + OPEN_AT_ONCE);
      const answers = some.map(([, uid], n) => this.#answer(uid, indexed[from + n]));
      await this.#giveEach(some, answers, each);
      if (this.#slice.isOver) await this.#slice.rest();
    }
    if (this.#foundBytes > WRITE_BYTES) await this.#writeFound();
  }

  /** Awaits only what has to be waited for: most of it is there. */
  async #giveEach(
    some: readonly NumberedUid[],
    answers: readonly (MessageItems | undefined | Promise<MessageItems | undefined>)[],
    each: Each,
  ): Promise<void> {
    const settled = answers.some(answer => answer instanceof Promise) ? await allOf(answers) : answers;
    for (let n = 0; n < some.length; n++) {
      const answer = settled[n];
      const given = each(some[n]?.[0] ?? 0, answer instanceof Promise ? await answer : answer);
      if (given instanceof Promise) await given;
    }
  }

  async #indexed(window: readonly NumberedUid[]): Promise<readonly (CachedItems | undefined)[]> {
    if (this.#isInTable && window.every(([, uid]) => this.#isKnown(this.#source.table.find(uid)))) return [];
    return await this.#source.readIndexed(window.map(([, uid]) => this.#source.table.find(uid)));
  }

  /** The table has it all. */
  #isKnown(position: number): boolean {
    const {columns} = this.#source.table;
    const needs = this.#needs;
    if (position < 0) return true;
    if (needs.size === true && columns.virtualSizes[position] === UNKNOWN_SIZE) return false;
    if (needs.physicalSize === true && this.#source.physicalSizeOf(position) === undefined) return false;
    if (needs.received === true && columns.received[position] === 0) return false;
    return !(needs.saved === true && columns.saved[position] === 0);
  }

  #answer(uid: number, indexed: CachedItems | undefined): MessageItems | undefined | Promise<MessageItems | undefined> {
    const position = this.#source.table.find(uid);
    if (position < 0) return undefined;
    noteInTable(this.#source.table, position, indexed);
    const isKnown = this.#isKnown(position) || (indexed !== undefined && hasNumbers(indexed, this.#needs));
    if (isKnown && (this.#isInTable || (indexed !== undefined && isEnough(indexed, this.#needs))))
      return this.#itemsOf(position, indexed);
    return this.#atOnce(uid, position, indexed) ?? this.#fromMessage(uid, indexed);
  }

  /** Most messages are small, and read sooner than another thread would begin; undefined: this one is not. */
  #atOnce(uid: number, position: number, indexed: CachedItems | undefined): MessageItems | undefined {
    if (this.#needs.preview === true) return undefined; // may have to read on
    const isStat = this.#isInTable && this.#hasSize(position);
    const items = diskPace.read(() => (isStat ? this.#stat(uid, indexed) : this.#read(uid, indexed)));
    return items === undefined ? undefined : this.#itemsOf(position, items);
  }

  #hasSize(position: number): boolean {
    return this.#needs.size !== true || this.#source.table.columns.virtualSizes[position] !== UNKNOWN_SIZE;
  }

  #stat(uid: number, indexed: CachedItems | undefined): CachedItems | undefined {
    const times = this.#source.timesOf(uid);
    if (times === undefined) return undefined;
    const items = {virtualSize: indexed?.virtualSize, ...timesIn(times, indexed)};
    noteInTable(this.#source.table, this.#source.table.find(uid), items);
    this.#learned++;
    return items;
  }

  #read(uid: number, indexed: CachedItems | undefined): CachedItems | undefined {
    const message = this.#source.readSmall(uid, SMALL_BYTES, this.#wantsTimes(uid));
    if (message === undefined) return undefined;
    const {bytes} = message;
    const found = this.#lacksFieldsOnly(uid, indexed) ? {head: headOf(bytes)} : scanBytes(bytes, this.#needs.grams);
    return this.#keep(uid, this.#merge(indexed, found, message));
  }

  /** The index has all but fields of the head. */
  #lacksFieldsOnly(uid: number, indexed: CachedItems | undefined): boolean {
    if (indexed === undefined || !this.#hasSize(this.#source.table.find(uid))) return false;
    return isEnough(indexed, {...this.#needs, headers: []});
  }

  /** The file is open: its date costs little now, and the way there another time. */
  #wantsTimes(uid: number): boolean {
    const {received, saved} = this.#source.table.columns;
    const position = this.#source.table.find(uid);
    return received[position] === 0 || (this.#needs.saved === true && saved[position] === 0);
  }

  /** What was found out, as the index will answer it. */
  #keep(uid: number, found: ItemsToKeep): CachedItems {
    const position = this.#source.table.find(uid);
    const record = writeItems(uid, found);
    const items = readItemRecord(record.subarray(RECORD_HEAD_BYTES));
    if (position >= 0) noteInTable(this.#source.table, position, items);
    const isKept = this.#areKept(found.headers);
    this.#found.push({
      uid,
      record: isKept ? record : writeItems(uid, {...found, headers: this.#keptOf(found.headers)}),
    });
    this.#foundBytes += record.length;
    return items;
  }

  #itemsOf(position: number, indexed: CachedItems | undefined): MessageItems {
    const needs = this.#needs;
    const {columns} = this.#source.table;
    const size = columns.virtualSizes[position] ?? UNKNOWN_SIZE;
    return {
      size: needs.size === true ? (size === UNKNOWN_SIZE ? indexed?.virtualSize : size) : undefined,
      physicalSize:
        needs.physicalSize === true ? (this.#source.physicalSizeOf(position) ?? indexed?.physicalSize) : undefined,
      received: needs.received === true ? (columns.received[position] ?? 0) * 1000 : undefined,
      saved: needs.saved === true ? (columns.saved[position] ?? 0) * 1000 : undefined,
      guid: needs.guid === true ? this.#source.guidOf(position) : undefined,
      pop3Uidl: needs.pop3Uidl === true ? this.#source.pop3UidlOf(position) : undefined,
      envelope: needs.envelope === true ? indexed?.envelope : undefined,
      body: needs.body === true ? indexed?.body : undefined,
      bodyStructure: needs.bodyStructure === true ? indexed?.bodyStructure : undefined,
      preview: needs.preview === true ? indexed?.preview : undefined,
      threadKeys: needs.threadKeys === true ? mapped(indexed?.threadKeys, readThreadKeys) : undefined,
      sortKeys: needs.sortKeys === true ? mapped(indexed?.sortKeys, readSortKeys) : undefined,
      grams: needs.grams === true ? indexed?.grams : undefined,
      ...fieldsFrom(indexed, needs),
    };
  }

  async #fromMessage(uid: number, before: CachedItems | undefined): Promise<MessageItems | undefined> {
    const message = await this.#source.openMessage(uid);
    if (message === undefined) return undefined;
    try {
      const scanned = await scanMessage(message, {
        wantsWhole: this.#wantsWhole(uid),
        wantsGrams: this.#needs.grams === true,
      });
      if (this.#source.table.find(uid) < 0) return undefined;
      const found = this.#merge(before, scanned, message);
      const preview = this.#needs.preview === true ? await previewOf(scanned, message) : found.preview;
      const items = this.#keep(uid, {...found, preview});
      const position = this.#source.table.find(uid);
      return position < 0 ? undefined : this.#itemsOf(position, items);
    } finally {
      message.close();
    }
  }

  #wantsWhole(uid: number): boolean {
    const {body, bodyStructure, preview, size} = this.#needs;
    if (body === true || bodyStructure === true || preview === true) return true;
    const position = this.#source.table.find(uid);
    return size === true && this.#source.table.columns.virtualSizes[position] === UNKNOWN_SIZE;
  }

  /** What was not scanned stays as it was. */
  #merge(before: CachedItems | undefined, scanned: FoundItems, message: Times): ItemsToKeep {
    const {keptHeaders} = this.#source;
    const {headers: asked} = this.#needs;
    const names = asked === undefined ? keptHeaders : [...new Set([...keptHeaders, ...asked])];
    return {
      virtualSize: scanned.virtualSize ?? before?.virtualSize,
      ...timesIn(message, before),
      envelope: scanned.envelope ?? before?.envelope,
      body: scanned.body ?? before?.body,
      bodyStructure: scanned.bodyStructure ?? before?.bodyStructure,
      preview: before?.preview,
      threadKeys: scanned.threadKeys ?? before?.threadKeys,
      sortKeys: scanned.sortKeys ?? before?.sortKeys,
      grams: scanned.grams ?? before?.grams,
      headers: names.length === 0 ? undefined : keptFieldsOf(scanned.head, names),
    };
  }

  #areKept(headers: KeptFields | undefined): boolean {
    return headers === undefined || headers.fields.every(([name]) => this.#source.keptHeaders.includes(name));
  }

  #keptOf(headers: KeptFields | undefined): KeptFields | undefined {
    const {keptHeaders} = this.#source;
    return headers && {...headers, fields: headers.fields.filter(([name]) => keptHeaders.includes(name))};
  }

  async writeDown(): Promise<void> {
    if (this.#learned > MANY_LEARNED) await this.#source.keepColumns();
    this.#learned = 0;
    await this.#writeFound();
  }

  async #writeFound(): Promise<void> {
    if (this.#found.length === 0) return;
    const found = this.#found;
    this.#found = [];
    this.#foundBytes = 0;
    await this.#source.writeIndexed(found);
  }
}

type FoundItems = Partial<ScannedItems> & Pick<ScannedItems, 'head'>;

function timesIn(times: Times, before: CachedItems | undefined): CachedItems {
  const {modifiedMs, changedMs} = times;
  return {
    physicalSize: times.sizeBytes,
    received: modifiedMs === undefined ? before?.received : Math.floor(modifiedMs / 1000),
    saved: before?.saved ?? (changedMs === undefined ? undefined : Math.floor(changedMs / 1000)),
  };
}

function needsMessage(needs: ItemNeeds): boolean {
  const {envelope, body, bodyStructure, preview, threadKeys, sortKeys, grams, headers} = needs;
  const wanted = [envelope, body, bodyStructure, preview, threadKeys, sortKeys, grams];
  return wanted.includes(true) || headers !== undefined;
}

function hasNumbers(items: CachedItems, needs: ItemNeeds): boolean {
  if (needs.size === true && items.virtualSize === undefined) return false;
  if (needs.physicalSize === true && items.physicalSize === undefined) return false;
  if (needs.received === true && items.received === undefined) return false;
  return needs.saved !== true || items.saved !== undefined;
}

function isEnough(items: CachedItems, needs: ItemNeeds): boolean {
  if (needs.envelope === true && items.envelope === undefined) return false;
  if (needs.body === true && items.body === undefined) return false;
  if (needs.bodyStructure === true && items.bodyStructure === undefined) return false;
  if (needs.preview === true && items.preview === undefined) return false;
  if (needs.threadKeys === true && items.threadKeys === undefined) return false;
  if (needs.sortKeys === true && items.sortKeys === undefined) return false;
  if (needs.grams === true && items.grams === undefined) return false;
  if (needs.headers === undefined) return true;
  const {headers} = items;
  return headers !== undefined && haveAll(headers, needs.headers);
}

function fieldsFrom(
  indexed: CachedItems | undefined,
  {headers: names, joinsHeaders}: ItemNeeds,
): Pick<MessageItems, 'headers' | 'headerFields'> | undefined {
  const kept = names === undefined ? undefined : indexed?.headers;
  if (kept === undefined || names === undefined) return undefined;
  return joinsHeaders === true ? {headerFields: joinedFields(kept, names)} : {headers: fieldsByName(kept)};
}

function mapped<T>(bytes: Buffer | undefined, read: (bytes: Buffer) => T): T | undefined {
  return bytes === undefined ? undefined : read(bytes);
}

/** What the table has room for. */
function noteInTable(table: MessageTable, position: number, items: CachedItems | undefined): void {
  if (items === undefined) return;
  const {columns} = table;
  if (columns.received[position] === 0) columns.received[position] = items.received ?? 0;
  if (columns.saved[position] === 0) columns.saved[position] = items.saved ?? 0;
  if (items.virtualSize !== undefined && columns.virtualSizes[position] === UNKNOWN_SIZE)
    columns.virtualSizes[position] = Math.min(items.virtualSize, UNKNOWN_SIZE);
}

/** All of them, also when one fails: none is left to fail unheard. */
async function allOf<T>(promises: readonly (T | Promise<T>)[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map(result => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
