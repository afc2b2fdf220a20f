/**
 * One mailbox of this process, which all sessions share: its table of messages, what changes it, and who is told.
 * Formats derive from it (maildir/maildir-folder.ts, mbox/mbox-folder.ts) and say how it lies on disk.
 *
 * Everything that changes the mailbox is a transaction: one at a time in this process, under the mailbox's lock file
 * among processes, after what others did was taken in. Each has a modification sequence of its own (RFC 7162).
 */
import {systemCode} from '../base/errors.ts';
import type {CachedItems} from './index/item-record.ts';
import {type ItemEntry, ItemFile} from './index/item-file.ts';
import {IndexReader} from './index/index-reader.ts';
import {MailboxIndex} from './index/mailbox-index.ts';
import type {Snapshot, SnapshotHead} from './index/snapshot.ts';
import {type StateHead, writeState} from './index/state-log.ts';
import {readRanges, Vanished, writeRanges} from './index/vanished.ts';
import {
  type ItemSource,
  type NumberedUid,
  readItems,
  type SmallMessage,
  type StoredMessage,
  type Times,
} from './item-reader.ts';
import type {FlagChange, ItemNeeds, MessageItems, NumberRanges} from './mailbox.ts';
import {MailError} from './mail-error.ts';
import type {SaveBatch} from './mail-store.ts';
import {rangesOf} from './number-ranges.ts';
import {MessageTable, type Row} from './table.ts';
import {
  isChange,
  isNewer,
  type MarkChange,
  type MarkOutcome,
  marksAfter,
  newTransaction,
  type Transaction,
} from './transaction.ts';
import {SortMemory} from './search/sort-memory.ts';
import {Turns} from './turns.ts';

export interface SharedRules {
  readonly fileMode: number;
  readonly maxKeywordLength: number;
}

export interface Totals {
  readonly version: number;
  readonly messages: number;
  readonly physicalBytes: number;
  readonly virtualBytes: number;
}

const MOST_ROUNDS = 4;
const SNAPSHOT_AFTER_ITEMS = 1000;
const MOST_SOON = 64;
const SOON_MS = 500;

export abstract class SharedMailbox implements ItemSource {
  readonly table = new MessageTable();
  /** By index; a hole is undefined. */
  keywordNames: (string | undefined)[] = [];
  uidValidity = 0;
  guid = '';
  nextUid = 1;
  highestModSeq = 1;
  /** Nobody has been told of messages from this UID on. */
  firstRecent = 1;
  isLost = false;
  readonly vanished = new Vanished();
  readonly sortMemory = new SortMemory();
  readonly keptHeaders: string[] = [];
  readonly #index: MailboxIndex;
  readonly #items: ItemFile;
  /** Counts what views may have to look at. */
  version = 0;
  protected readonly turns = new Turns();
  #totals: Totals | undefined;
  #soon: ItemEntry[] = [];
  #soonTimer: NodeJS.Timeout | undefined;
  readonly #listeners = new Set<() => void>();

  readonly #rules: SharedRules;

  constructor(indexDirectory: string, rules: SharedRules) {
    this.#rules = rules;
    this.#index = new MailboxIndex(indexDirectory, rules.fileMode);
    this.#items = new ItemFile(indexDirectory, rules.fileMode, this.table);
  }

  /** Takes in what happened on disk, under the lock. `mayMove`: this session may take new mail out of new/. */
  protected abstract look(change: Transaction, mayMove: boolean): Promise<void>;
  /** Whether a look is worth while: compares times and sizes of files only. */
  protected abstract hasNews(mayMove: boolean): boolean;
  /** Answers those whose message was not where the table says. */
  protected abstract storeMarks(changes: readonly MarkChange[]): Promise<readonly MarkChange[]>;
  /** Of the flags column: what a change of flags leaves as it is. */
  protected abstract readonly keptMarks: number;
  /** Answers the positions that could not be removed because they have other names now. */
  protected abstract removeMessages(positions: readonly number[], change: Transaction): Promise<readonly number[]>;
  /** Tells quota; not in a transaction. */
  protected abstract spaceChanged(messages: number, bytes: number): Promise<void>;
  /** Indexes for these keywords, making new ones. */
  protected abstract keywordIndexes(names: readonly string[], change: Transaction): Promise<number[]>;
  /** Takes the lock and what others wrote down; undefined where nothing may be written here. */
  protected abstract begin(change: Transaction): Promise<{release(): void | Promise<void>} | undefined>;
  protected abstract finish(change: Transaction): Promise<void>;
  /** What the format keeps beside messages in the index. */
  protected abstract formatHead(): unknown;
  protected abstract adoptFormatHead(head: unknown): void;
  abstract openMessage(uid: number): Promise<StoredMessage | undefined>;
  abstract readSmall(uid: number, limitBytes: number, wantsTimes: boolean): SmallMessage | undefined;
  abstract timesOf(uid: number): Times | undefined;
  abstract beginSave(): SaveBatch;
  abstract guidOf(position: number): string;
  abstract pop3UidlOf(position: number): string | undefined;
  abstract physicalSizeOf(position: number): number | undefined;
  /** Listeners are then called for changes of others, too, until the answer is called. */
  abstract watchFiles(): () => void;

  async refresh(mayMove: boolean): Promise<void> {
    if (this.isLost || !this.hasNews(mayMove)) return;
    try {
      await this.transact(async change => {
        if (this.hasNews(mayMove)) await this.look(change, mayMove); // what others wrote down may have been all
      });
    } catch (fault) {
      if (systemCode(fault) === 'ENOENT') this.lose();
      if (!this.isLost) throw fault;
    }
  }

  transact<T>(work: (change: Transaction) => Promise<T>): Promise<T> {
    return this.turns.run(async () => {
      const change = newTransaction();
      const lock = await this.begin(change);
      try {
        const answer = await work(change);
        await this.finish(change);
        return answer;
      } finally {
        await lock?.release();
        if (isChange(change)) this.tell();
      }
    });
  }

  /** Views are told that something changed; they decide when they look. */
  tell(): void {
    this.version++;
    this.wake();
  }

  /** Views are told that something may have changed. */
  wake(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  protected lose(): void {
    if (this.isLost) return;
    this.isLost = true;
    this.tell();
  }

  listen(onChange: () => void): () => void {
    const listener = (): void => onChange();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes in what other processes of ours wrote down; answers whether there is an index. Under the lock. */
  protected readIndex(change: Transaction): Promise<boolean> {
    return this.#index.read(new IndexReader(this, change));
  }

  protected get indexHasNews(): boolean {
    return this.#index.hasNews();
  }

  /** Under the lock, at the end of a transaction. */
  protected async writeIndex(change: Transaction): Promise<void> {
    const isNothing = change.added.length + change.removed.length + change.flagged.size === 0;
    if (isNothing && !change.keywordsAdded && !change.headChanged) return;
    const state = {...change, keywordsFrom: change.keywordsAdded ? 0 : Infinity};
    const payloadOf = (): Buffer => writeState(state, this, this.#stateHead());
    await this.#index.write(payloadOf, this.table, generation => this.#snapshotHead(generation));
  }

  #stateHead(): StateHead {
    const {uidValidity, guid, nextUid, highestModSeq, firstRecent} = this;
    return {uidValidity, guid, nextUid, highestModSeq, firstRecent, format: this.formatHead()};
  }

  #snapshotHead(generation: number): SnapshotHead {
    return {
      generation,
      state: this.#stateHead(),
      keywords: Array.from(this.keywordNames, name => name ?? null),
      vanishedFrom: this.vanished.from,
      vanished: this.vanished.entries.map(([modSeq, ranges]) => [modSeq, writeRanges(ranges)]),
      items: this.#items.mark,
      headers: this.keptHeaders,
    };
  }

  /** Of the index. */
  setHead(head: StateHead): void {
    this.uidValidity = head.uidValidity;
    this.guid = head.guid;
    this.nextUid = Math.max(this.nextUid, head.nextUid);
    this.highestModSeq = Math.max(this.highestModSeq, head.highestModSeq);
    this.firstRecent = head.firstRecent;
    this.adoptFormatHead(head.format);
  }

  adoptSnapshot({head, columns, texts}: Snapshot): void {
    this.table.adopt(columns, texts);
    this.keywordNames = head.keywords.map(name => name ?? undefined);
    this.vanished.begin(head.vanishedFrom);
    for (const [modSeq, ranges] of head.vanished) this.vanished.add(modSeq, readRanges(ranges));
    this.keptHeaders.splice(0, Infinity, ...new Set([...head.headers, ...this.keptHeaders]));
    this.#items.resume(head.items);
    this.setHead(head.state);
  }

  /** Nothing that was written down holds any more; under the lock. */
  protected async dropIndex(): Promise<void> {
    await this.#index.remove();
    await this.#items.remove();
    this.vanished.begin(this.highestModSeq);
  }

  items(
    uids: Iterable<NumberedUid>,
    needs: ItemNeeds,
    each: (sequence: number, items: MessageItems | undefined) => Promise<void> | void,
  ): Promise<void> {
    return readItems(this, uids, needs, each);
  }

  readIndexed(positions: readonly number[]): Promise<readonly (CachedItems | undefined)[]> {
    return this.#items.read(positions);
  }

  async writeIndexed(entries: readonly ItemEntry[]): Promise<void> {
    if (this.isLost || this.#index.isOff) return;
    await this.transact(async change => {
      await this.#items.append(entries);
      if (this.#items.isMostlyVoid) {
        await this.#items.compact();
        await this.#index.writeSnapshot(this.table, generation => this.#snapshotHead(generation));
      } else if (entries.length > SNAPSHOT_AFTER_ITEMS) change.headChanged = true;
    });
  }

  async keepColumns(): Promise<void> {
    if (this.isLost || this.#index.isOff) return;
    await this.transact(() => this.#index.writeSnapshot(this.table, generation => this.#snapshotHead(generation)));
  }

  /** What a save found out of its message: written down with others of the same moment. */
  keepSoon(entry: ItemEntry): void {
    this.#soon.push(entry);
    if (this.#soon.length >= MOST_SOON) return void this.#keepNow();
    this.#soonTimer ??= setTimeout(() => void this.#keepNow(), SOON_MS);
    this.#soonTimer.unref();
  }

  /** A cache: what can't be written is found out again. */
  async #keepNow(): Promise<void> {
    clearTimeout(this.#soonTimer);
    this.#soonTimer = undefined;
    const entries = this.#soon;
    this.#soon = [];
    if (entries.length > 0) await this.writeIndexed(entries).catch(() => undefined);
  }

  vanishedSince(modSeq: number, uids: NumberRanges): Promise<NumberRanges | undefined> {
    return Promise.resolve(this.vanished.since(modSeq, uids));
  }

  /** Nobody uses it any more. */
  async rest(): Promise<void> {
    await this.#keepNow();
    this.#index.closeLog();
    await this.#items.closeFile();
  }

  /** doveadm force-resync: whatever is remembered is looked up again. */
  async resync(): Promise<void> {
    await this.transact(async change => {
      await this.#items.remove();
      await this.look(change, false);
      change.headChanged = true;
    });
  }

  /** Of all messages; counted once for each state of the mailbox. */
  async totals(): Promise<Totals> {
    await this.refresh(false);
    if (this.#totals?.version === this.version) return this.#totals;
    const totals = {version: this.version, messages: this.table.count, physicalBytes: 0, virtualBytes: 0};
    await readItems(this, this.#allUids(), {size: true, physicalSize: true}, (_sequence, items) => {
      totals.physicalBytes += items?.physicalSize ?? 0;
      totals.virtualBytes += items?.size ?? 0;
    });
    this.#totals = totals;
    return totals;
  }

  #allUids(): NumberedUid[] {
    return Array.from(this.table.columns.uids.subarray(0, this.table.count), (uid, position) => [position + 1, uid]);
  }

  /** doveadm index: what clients ask for of every message is then there. */
  async fillIndex(onProgress?: (done: number, total: number) => void): Promise<number> {
    await this.refresh(false);
    const uids = this.#allUids();
    const needs = {size: true, received: true, saved: true, envelope: true, bodyStructure: true, threadKeys: true};
    await readItems(this, uids, needs, sequence => onProgress?.(sequence, uids.length));
    return uids.length;
  }

  /** mail_max_keyword_length, and what fits into the lists of formats. */
  protected checkKeywords(names: readonly string[]): void {
    for (const name of names) {
      if (name.length > this.#rules.maxKeywordLength) throw new MailError('cannot', 'Keyword length too long');
      if (!/^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+$/.test(name))
        throw new MailError('cannot', 'Invalid characters in keyword');
    }
  }

  /** -1: there is none of this name. */
  indexOfKeyword(name: string): number {
    const lower = name.toLowerCase();
    return this.keywordNames.findIndex(known => known?.toLowerCase() === lower);
  }

  async keywordWords(names: readonly string[], change: Transaction): Promise<number[]> {
    const words: number[] = [0];
    if (names.length === 0) return words;
    this.checkKeywords(names);
    for (const index of await this.keywordIndexes(names, change)) {
      while (words.length <= index >>> 5) words.push(0);
      words[index >>> 5] = ((words[index >>> 5] ?? 0) | (1 << (index & 31))) >>> 0;
    }
    return words;
  }

  /** The same for all changes of one transaction. */
  protected takeModSeq(change: Transaction): number {
    if (change.modSeq === 0) change.modSeq = ++this.highestModSeq;
    return change.modSeq;
  }

  protected addRows(change: Transaction, rows: readonly Row[]): void {
    this.table.add(rows);
    for (const row of rows) {
      change.added.push(row.uid);
      if (row.uid >= this.nextUid) this.nextUid = row.uid + 1;
    }
  }

  protected setMarks(change: Transaction, mark: MarkChange): void {
    const {columns} = this.table;
    columns.flags[mark.position] = mark.flags;
    for (let n = 0; n < Math.max(mark.words.length, columns.keywords.length); n++)
      this.table.setKeywordWord(mark.position, n, mark.words[n] ?? 0);
    columns.modSeqs[mark.position] = this.takeModSeq(change);
    change.flagged.add(columns.uids[mark.position] ?? 0);
  }

  /** `positions` ascend. */
  protected removeRows(change: Transaction, positions: readonly number[]): void {
    if (positions.length === 0) return;
    this.takeModSeq(change);
    const uids = positions.map(position => this.table.columns.uids[position] ?? 0);
    for (const uid of uids) change.removed.push(uid);
    this.vanished.add(change.modSeq, rangesOf(uids));
    this.table.remove(positions);
  }

  changeFlags(uids: readonly number[], change: FlagChange): Promise<MarkOutcome> {
    return this.transact(async transaction => {
      this.checkKeywords(change.keywords);
      const indexes = await this.keywordIndexes(change.keywords, transaction);
      const conflicts = new Set<number>();
      let left: readonly number[] = uids;
      for (let round = 1; round <= MOST_ROUNDS && left.length > 0; round++) {
        if (round > 1) await this.look(transaction, false);
        left = await this.#changeThese(left, change, indexes, transaction, conflicts);
      }
      const gone = new Set(uids.filter(uid => this.table.find(uid) < 0));
      for (const uid of left) gone.add(uid);
      return {conflicts, gone};
    });
  }

  /** Answers the UIDs whose file was not found under its name: somebody else renamed it, or it is gone. */
  async #changeThese(
    uids: readonly number[],
    change: FlagChange,
    indexes: readonly number[],
    transaction: Transaction,
    conflicts: Set<number>,
  ): Promise<number[]> {
    const {columns} = this.table;
    const marks: MarkChange[] = [];
    for (const uid of uids) {
      const position = this.table.find(uid);
      if (position < 0) continue;
      if (change.unchangedSince !== undefined && isNewer(columns, position, change.unchangedSince, transaction)) {
        conflicts.add(uid);
        continue;
      }
      const mark = marksAfter(columns, position, change, indexes, this.keptMarks);
      if (mark !== undefined) marks.push(mark);
    }
    const failed = new Set(await this.storeMarks(marks));
    for (const mark of marks) if (!failed.has(mark)) this.setMarks(transaction, mark);
    return [...failed].map(mark => columns.uids[mark.position] ?? 0);
  }

  async removeUids(uids: readonly number[], which: 'all' | 'deleted', deletedFlag: number): Promise<void> {
    const freed = await this.transact(async change => {
      let left: readonly number[] = uids;
      for (let round = 1; round <= MOST_ROUNDS && left.length > 0; round++) {
        if (round > 1) await this.look(change, false);
        const positions = left
          .map(uid => this.table.find(uid))
          .filter(at => at >= 0 && (which === 'all' || ((this.table.columns.flags[at] ?? 0) & deletedFlag) !== 0))
          .sort((a, b) => a - b);
        const failed = new Set(await this.removeMessages(positions, change));
        left = [...failed].map(at => this.table.columns.uids[at] ?? 0);
        this.removeRows(
          change,
          positions.filter(at => !failed.has(at)),
        );
      }
      return change;
    });
    if (freed.freedMessages > 0) await this.spaceChanged(-freed.freedMessages, -freed.freedBytes);
  }

  /** Takes all that nobody was told of as recent for one session. */
  async claimRecent(): Promise<readonly [number, number] | undefined> {
    if (this.firstRecent >= this.nextUid) return undefined;
    return this.transact(change => {
      if (this.firstRecent >= this.nextUid) return Promise.resolve(undefined);
      const claimed = [this.firstRecent, this.nextUid - 1] as const;
      this.firstRecent = this.nextUid;
      change.headChanged = true;
      return Promise.resolve(claimed);
    });
  }
}
