/**
 * One mailbox of this process, which all sessions share: its table of messages, what changes it, and who is told.
 * Formats derive from it (maildir/maildir-folder.ts, mbox/mbox-folder.ts) and say how it lies on disk.
 *
 * Everything that changes the mailbox is a transaction: one at a time in this process, under the mailbox's lock file
 * among processes, after what others did was taken in. Each has a modification sequence of its own (RFC 7162).
 */
import {type ItemSource, readItems, type StoredMessage} from './item-reader.ts';
import type {FlagChange, ItemNeeds, MessageItems, NumberRanges} from './mailbox.ts';
import type {SaveBatch} from './mail-store.ts';
import {CLIENT_FLAGS, type Columns, MessageTable, type Row} from './table.ts';
import {Turns} from './turns.ts';

/** What a transaction did so far. */
export interface Transaction {
  /** Of this transaction's changes; taken with the first of them. */
  modSeq: number;
  readonly added: number[];
  readonly flagged: Set<number>;
  readonly removed: number[];
  keywordsAdded: boolean;
  /** Something to be written down beside messages: marks of files, \Recent. */
  headChanged: boolean;
}

/** New flags of one message. The format may add marks of its own to them. */
export interface MarkChange {
  readonly position: number;
  flags: number;
  readonly words: readonly number[];
}

export interface MarkOutcome {
  readonly conflicts: ReadonlySet<number>;
  readonly gone: ReadonlySet<number>;
}

const MOST_ROUNDS = 4;

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
  /** Counts what views may have to look at. */
  version = 0;
  protected readonly turns = new Turns();
  readonly #listeners = new Set<() => void>();

  /** Takes in what happened on disk, under the lock. `mayMove`: this session may take new mail out of new/. */
  protected abstract look(change: Transaction, mayMove: boolean): Promise<void>;
  /** Whether a look is worth while: compares times and sizes of files only. */
  protected abstract hasNews(mayMove: boolean): Promise<boolean>;
  /** Answers those whose message was not where the table says. */
  protected abstract storeMarks(changes: readonly MarkChange[]): Promise<readonly MarkChange[]>;
  /** Of the flags column: what a change of flags leaves as it is. */
  protected abstract readonly keptMarks: number;
  /** Answers the positions that could not be removed because they have other names now. */
  protected abstract removeMessages(positions: readonly number[]): Promise<readonly number[]>;
  /** Indexes for these keywords, making new ones. */
  protected abstract keywordIndexes(names: readonly string[], change: Transaction): Promise<number[]>;
  /** Takes the lock and what others wrote down; undefined where nothing may be written here. */
  protected abstract begin(change: Transaction): Promise<{release(): void} | undefined>;
  protected abstract finish(change: Transaction): Promise<void>;
  abstract openMessage(uid: number): Promise<StoredMessage | undefined>;
  abstract beginSave(): SaveBatch;
  abstract guidOf(position: number): string;
  abstract pop3UidlOf(position: number): string | undefined;
  abstract physicalSizeOf(position: number): number | undefined;
  /** Listeners are then called for changes of others, too, until the answer is called. */
  abstract watchFiles(): () => void;

  async refresh(mayMove: boolean): Promise<void> {
    if (!this.isLost && (await this.hasNews(mayMove))) await this.transact(change => this.look(change, mayMove));
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
        lock?.release();
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

  listen(onChange: () => void): () => void {
    const listener = (): void => onChange();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async items(
    uids: Iterable<readonly [sequence: number, uid: number]>,
    needs: ItemNeeds,
    each: (sequence: number, items: MessageItems | undefined) => Promise<void> | void,
  ): Promise<void> {
    for (const [sequence, uid] of uids) await each(sequence, await readItems(this, uid, needs));
  }

  vanishedSince(modSeq: number, uids: NumberRanges): Promise<NumberRanges | undefined> {
    void uids;
    return Promise.resolve(modSeq >= this.highestModSeq ? [] : undefined);
  }

  /** doveadm force-resync: whatever is remembered is looked up again. */
  async resync(): Promise<void> {
    await this.transact(change => this.look(change, false));
  }

  /** Bytes with CRLF of all messages. */
  async totalSize(): Promise<number> {
    let total = 0;
    for (const uid of this.table.columns.uids.slice(0, this.table.count))
      total += (await readItems(this, uid, {size: true}))?.size ?? 0;
    return total;
  }

  /** -1: there is none of this name. */
  indexOfKeyword(name: string): number {
    const lower = name.toLowerCase();
    return this.keywordNames.findIndex(known => known?.toLowerCase() === lower);
  }

  async keywordWords(names: readonly string[], change: Transaction): Promise<number[]> {
    const words: number[] = [0];
    if (names.length === 0) return words;
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
    for (const position of positions) change.removed.push(this.table.columns.uids[position] ?? 0);
    this.table.remove(positions);
  }

  changeFlags(uids: readonly number[], change: FlagChange): Promise<MarkOutcome> {
    return this.transact(async transaction => {
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

  removeUids(uids: readonly number[], which: 'all' | 'deleted', deletedFlag: number): Promise<void> {
    return this.transact(async change => {
      let left: readonly number[] = uids;
      for (let round = 1; round <= MOST_ROUNDS && left.length > 0; round++) {
        if (round > 1) await this.look(change, false);
        const positions = left
          .map(uid => this.table.find(uid))
          .filter(at => at >= 0 && (which === 'all' || ((this.table.columns.flags[at] ?? 0) & deletedFlag) !== 0))
          .sort((a, b) => a - b);
        const failed = new Set(await this.removeMessages(positions));
        left = [...failed].map(at => this.table.columns.uids[at] ?? 0);
        this.removeRows(
          change,
          positions.filter(at => !failed.has(at)),
        );
      }
    });
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

export function newTransaction(): Transaction {
  return {modSeq: 0, added: [], flagged: new Set(), removed: [], keywordsAdded: false, headChanged: false};
}

function isChange(change: Transaction): boolean {
  return change.added.length > 0 || change.removed.length > 0 || change.flagged.size > 0 || change.keywordsAdded;
}

/** What this transaction itself changed before does not count. */
function isNewer(columns: Columns, position: number, since: number, change: Transaction): boolean {
  const modSeq = columns.modSeqs[position] ?? 0;
  return modSeq > since && (modSeq !== change.modSeq || !change.flagged.has(columns.uids[position] ?? 0));
}

/** undefined: nothing would change. */
function marksAfter(
  columns: Columns,
  position: number,
  change: FlagChange,
  indexes: readonly number[],
  keptMarks: number,
): MarkChange | undefined {
  const before = columns.flags[position] ?? 0;
  const asked = change.flags & CLIENT_FLAGS;
  const own = before & CLIENT_FLAGS;
  const next = change.mode === 'add' ? own | asked : change.mode === 'remove' ? own & ~asked : asked;
  const old = columns.keywords.map(column => column[position] ?? 0);
  const words = change.mode === 'replace' ? old.map(() => 0) : [...old];
  for (const index of indexes) {
    const n = index >>> 5;
    const bit = 1 << (index & 31);
    while (words.length <= n) words.push(0);
    words[n] = (change.mode === 'remove' ? (words[n] ?? 0) & ~bit : (words[n] ?? 0) | bit) >>> 0;
  }
  const isSame = next === own && words.every((word, n) => word === (old[n] ?? 0));
  return isSame ? undefined : {position, flags: (before & keptMarks) | next, words};
}
