/**
 * The `Mailbox` of one session: which messages it shows under which number. It changes in `sync` only; everything else
 * is asked of the mailbox that sessions share. A message that came up between two others (another program's late
 * record) is not shown before the mailbox is opened again, because clients count new messages at the end.
 */
import {
  flagBits,
  type FlagChange,
  type FlagOutcome,
  type ItemNeeds,
  type Mailbox,
  type MailboxChanges,
  type MessageItems,
  type MessageReader,
  type NumberRanges,
  type SavedUids,
} from './mailbox.ts';
import {MailError} from './mail-error.ts';
import {numbersIn, rangesOf} from './number-ranges.ts';
import type {SortMemory} from './search/sort-memory.ts';
import type {SharedMailbox} from './shared-mailbox.ts';
import {CLIENT_FLAGS, type Columns, findUid, firstAtLeast, hasKeyword} from './table.ts';

/** What the store does for its views. */
export interface ViewSupport {
  copy(from: SharedMailbox, uids: readonly number[], target: string): Promise<SavedUids>;
  move(from: SharedMailbox, uids: readonly number[], target: string): Promise<SavedUids>;
  closed(view: MailboxView): void;
}

export interface ViewOptions {
  readonly isReadOnly: boolean;
  readonly keepsRecent: boolean;
}

export class MailboxView implements Mailbox {
  readonly name: string;
  readonly isReadOnly: boolean;
  readonly uidValidity: number;
  readonly guid: string;
  readonly #shared: SharedMailbox;
  readonly #support: ViewSupport;
  readonly #claims: boolean;
  #uids: Uint32Array;
  #count = 0;
  /** Where flags of messages are found that are not in the table any more. */
  #columns: Columns;
  /** `#uids` are those of `#columns`, from the first on. */
  #isPlain = true;
  /** The highest UID that was ever shown. */
  #lastUid = 0;
  #seenVersion = -1;
  #seenModSeq = 0;
  /** All up to here was told; below what is there while expunged messages are held back. */
  #toldModSeq = 1;
  #seenKeywords = 0;
  #recent: (readonly [number, number])[] = [];
  #recentCount = 0;
  readonly #stops = new Set<() => void>();
  #isClosed = false;

  constructor(name: string, shared: SharedMailbox, options: ViewOptions, support: ViewSupport) {
    this.name = name;
    this.isReadOnly = options.isReadOnly;
    this.#claims = !options.isReadOnly && !options.keepsRecent;
    this.#shared = shared;
    this.#support = support;
    this.uidValidity = shared.uidValidity;
    this.guid = shared.guid;
    this.#columns = shared.table.columns;
    this.#uids = this.#columns.uids;
  }

  get count(): number {
    return this.#count;
  }

  get recentCount(): number {
    return this.#recentCount;
  }

  get uidNext(): number {
    return Math.max(this.#lastUid + 1, this.#shared.nextUid);
  }

  get highestModSeq(): number {
    return this.#toldModSeq;
  }

  get keywords(): readonly string[] {
    return this.#shared.keywordNames.filter(name => name !== undefined);
  }

  get sortMemory(): SortMemory {
    return this.#shared.sortMemory;
  }

  get canAddKeywords(): boolean {
    return !this.isReadOnly;
  }

  uid(sequence: number): number {
    return sequence >= 1 && sequence <= this.#count ? (this.#uids[sequence - 1] ?? 0) : 0;
  }

  sequenceOf(uid: number): number {
    return findUid(this.#uids, this.#count, uid) + 1;
  }

  sequencesOf(uids: NumberRanges): NumberRanges {
    const found: [number, number][] = [];
    for (const [first, last] of uids) {
      const from = firstAtLeast(this.#uids, this.#count, first) + 1;
      const to = firstAtLeast(this.#uids, this.#count, last + 1);
      const before = found[found.length - 1];
      if (from > to) continue;
      if (before !== undefined && before[1] === from - 1) before[1] = to;
      else found.push([from, to]);
    }
    return found;
  }

  flags(sequence: number): number {
    const [columns, position] = this.#place(sequence);
    const flags = (columns.flags[position] ?? 0) & CLIENT_FLAGS;
    return this.#isRecent(this.uid(sequence)) ? flags | flagBits.recent : flags;
  }

  keywordsOf(sequence: number): readonly string[] {
    const [columns, position] = this.#place(sequence);
    if (columns.keywords.every(column => (column[position] ?? 0) === 0)) return NONE;
    return this.#shared.keywordNames.filter(
      (name, index): name is string => name !== undefined && hasKeyword(columns, position, index),
    );
  }

  modSeq(sequence: number): number {
    const [columns, position] = this.#place(sequence);
    return columns.modSeqs[position] ?? 0;
  }

  firstUnseen(): number {
    for (let sequence = 1; sequence <= this.#count; sequence++) {
      const [columns, position] = this.#place(sequence);
      if (((columns.flags[position] ?? 0) & flagBits.seen) === 0) return sequence;
    }
    return 0;
  }

  /** The columns in which a message is found, and where; those of the view when it is gone. */
  #place(sequence: number): [Columns, number] {
    const now = this.#shared.table.columns;
    if (this.#isPlain && now === this.#columns) return [now, sequence - 1];
    const uid = this.uid(sequence);
    const position = this.#shared.table.find(uid);
    if (position >= 0) return [now, position];
    return [this.#columns, this.#isPlain ? sequence - 1 : findUid(this.#columns.uids, this.#columns.count, uid)];
  }

  async sync(mayExpunge: boolean): Promise<MailboxChanges> {
    await this.#shared.refresh(this.#claims);
    if (this.#claims) await this.#claimRecent();
    return this.#takeIn(mayExpunge);
  }

  #takeIn(mayExpunge: boolean): MailboxChanges {
    const shared = this.#shared;
    const isLost = shared.isLost || shared.uidValidity !== this.uidValidity;
    if (isLost || (shared.version === this.#seenVersion && !this.#hasGhosts)) return {...NO_CHANGES, isLost};
    const seenModSeq = this.#seenModSeq;
    const oldLast = this.#lastUid;
    const expunged = this.#showTable(mayExpunge);
    const oldRecent = this.#recentCount;
    this.#countRecent();
    const keywordsChanged = shared.keywordNames.length > this.#seenKeywords && this.#seenVersion >= 0;
    this.#seenKeywords = shared.keywordNames.length;
    this.#seenVersion = shared.version;
    this.#seenModSeq = shared.highestModSeq;
    if (!this.#hasGhosts) this.#toldModSeq = shared.highestModSeq;
    return {
      expunged: expunged.map(([sequence]) => sequence).reverse(),
      expungedUids: rangesOf(expunged.map(([, uid]) => uid)),
      hasNewMail: this.#lastUid > oldLast,
      recentChanged: this.#recentCount !== oldRecent,
      flagged: this.#flaggedSince(seenModSeq, oldLast),
      keywordsChanged,
      isLost,
    };
  }

  get #hasGhosts(): boolean {
    return this.#columns !== this.#shared.table.columns;
  }

  /** Takes the messages of the table over; answers sequence number and UID of those that went, ascending. */
  #showTable(mayExpunge: boolean): [number, number][] {
    const {columns} = this.#shared.table;
    if (columns === this.#columns && this.#isPlain) {
      this.#show(columns.uids, columns.count, columns);
      return [];
    }
    const shown = new Uint32Array(this.#count + columns.count);
    const gone: [number, number][] = [];
    let count = 0;
    let at = 0;
    for (let n = 0; n < this.#count; n++) {
      const uid = this.#uids[n] ?? 0;
      while (at < columns.count && (columns.uids[at] ?? 0) < uid) at++;
      const isThere = at < columns.count && columns.uids[at] === uid;
      if (!isThere && mayExpunge) gone.push([n + 1, uid]);
      else shown[count++] = uid;
    }
    for (at = firstAtLeast(columns.uids, columns.count, this.#lastUid + 1); at < columns.count; at++)
      shown[count++] = columns.uids[at] ?? 0;
    if (isPrefix(shown, count, columns)) this.#show(columns.uids, count, columns);
    else this.#show(shown.slice(0, count), count, mayExpunge ? columns : undefined);
    return gone;
  }

  #show(uids: Uint32Array, count: number, columns: Columns | undefined): void {
    this.#uids = uids;
    this.#count = count;
    this.#isPlain = columns !== undefined && columns.uids === uids && count === columns.count;
    if (columns !== undefined) this.#columns = columns;
    this.#lastUid = Math.max(this.#lastUid, count === 0 ? 0 : (uids[count - 1] ?? 0));
  }

  #flaggedSince(modSeq: number, lastUid: number): number[] {
    const flagged: number[] = [];
    if (modSeq === 0 || modSeq === this.#shared.highestModSeq) return flagged;
    for (let sequence = 1; sequence <= this.#count; sequence++) {
      if (this.uid(sequence) > lastUid) break;
      const [columns, position] = this.#place(sequence);
      if ((columns.modSeqs[position] ?? 0) > modSeq) flagged.push(sequence);
    }
    return flagged;
  }

  async #claimRecent(): Promise<void> {
    const claimed = await this.#shared.claimRecent();
    if (claimed === undefined) return;
    this.#recent.push(claimed);
    this.#seenVersion = Math.min(this.#seenVersion, this.#shared.version - 1);
  }

  #countRecent(): void {
    const ranges = this.#claims ? this.#recent : [[this.#shared.firstRecent, Infinity] as const];
    this.#recent = [...ranges];
    this.#recentCount = 0;
    for (const [first, last] of ranges)
      this.#recentCount +=
        firstAtLeast(this.#uids, this.#count, last + 1) - firstAtLeast(this.#uids, this.#count, first);
  }

  #isRecent(uid: number): boolean {
    return this.#recent.some(([first, last]) => uid >= first && uid <= last);
  }

  watch(onChange: () => void): () => void {
    const stopListening = this.#shared.listen(onChange);
    const stopWatching = this.#shared.watchFiles();
    const stop = (): void => {
      if (!this.#stops.delete(stop)) return;
      stopListening();
      stopWatching();
    };
    this.#stops.add(stop);
    return stop;
  }

  items(
    sequences: NumberRanges,
    needs: ItemNeeds,
    each: (sequence: number, items: MessageItems | undefined) => Promise<void> | void,
  ): Promise<void> {
    const numbers = numbersIn(sequences, this.#count);
    return this.#shared.items(this.#uidsOf(numbers), needs, each);
  }

  *#uidsOf(numbers: Iterable<number>): Generator<readonly [number, number]> {
    for (const sequence of numbers) yield [sequence, this.uid(sequence)];
  }

  open(sequence: number): Promise<MessageReader | undefined> {
    return this.#shared.openMessage(this.uid(sequence));
  }

  async setFlags(sequences: NumberRanges, change: FlagChange): Promise<FlagOutcome> {
    this.#mustBeWritable();
    const outcome = await this.#shared.changeFlags(this.#uidList(sequences), change);
    const numbers = (uids: ReadonlySet<number>): number[] => [...uids].map(uid => this.sequenceOf(uid)).sort(ascending);
    return {conflicts: numbers(outcome.conflicts), gone: numbers(outcome.gone)};
  }

  async expunge(sequences: NumberRanges, which: 'all' | 'deleted'): Promise<void> {
    this.#mustBeWritable();
    await this.#shared.removeUids(this.#uidList(sequences), which, flagBits.deleted);
  }

  copy(sequences: NumberRanges, target: string): Promise<SavedUids> {
    return this.#support.copy(this.#shared, this.#uidList(sequences), target);
  }

  async move(sequences: NumberRanges, target: string): Promise<SavedUids> {
    this.#mustBeWritable();
    return await this.#support.move(this.#shared, this.#uidList(sequences), target);
  }

  vanishedSince(modSeq: number, uids: NumberRanges): Promise<NumberRanges | undefined> {
    return this.#shared.vanishedSince(modSeq, uids);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stop of [...this.#stops]) stop();
    this.#support.closed(this);
  }

  #uidList(sequences: NumberRanges): number[] {
    return Array.from(numbersIn(sequences, this.#count), sequence => this.uid(sequence));
  }

  #mustBeWritable(): void {
    if (this.isReadOnly) throw new MailError('permission', 'Mailbox is read-only');
  }
}

const NONE: readonly string[] = [];

const NO_CHANGES: MailboxChanges = {
  expunged: [],
  expungedUids: [],
  hasNewMail: false,
  recentChanged: false,
  flagged: [],
  keywordsChanged: false,
  isLost: false,
};

function isPrefix(uids: Uint32Array, count: number, columns: Columns): boolean {
  if (count !== columns.count) return false;
  for (let n = 0; n < count; n++) if (uids[n] !== columns.uids[n]) return false;
  return true;
}

function ascending(a: number, b: number): number {
  return a - b;
}
