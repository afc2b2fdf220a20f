/**
 * One Maildir folder (https://cr.yp.to/proto/maildir.html) with Dovecot's control files: uidlist.ts gives UIDs,
 * keywords-file.ts letters, and the name of a file its flags. A flag is changed by renaming the file from the name it is
 * known under, so that a change of somebody else's is never lost: the rename fails, and the folder is looked at again.
 *
 * Runs beside the real Dovecot: all that gives UIDs or moves files is done under `dovecot-uidlist.lock`.
 */
import {statSync} from 'node:fs';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import {takeControlLock} from '../control-lock.ts';
import {FolderWatch} from '../folder-watch.ts';
import {diskPace, SMALL_BYTES} from '../disk-pace.ts';
import type {SmallMessage, StoredMessage, Times} from '../item-reader.ts';
import {MailError} from '../mail-error.ts';
import type {SaveBatch} from '../mail-store.ts';
import {SharedMailbox, type SharedRules} from '../shared-mailbox.ts';
import type {MarkChange, Transaction} from '../transaction.ts';
import {TimeSlice} from '../time-slice.ts';
import {MARKS, MessageTable, type Row, UNKNOWN_SIZE} from '../table.ts';
import {ControlFiles} from './control-files.ts';
import {compareByTime, NAMED_KEYWORDS, PASSED, sizeInName} from './file-name.ts';
import {FolderFiles, NAMED_MASK, PLACE_MARKS, tableFlags} from './folder-files.ts';
import {LookTimes} from './look-times.ts';
import {partDoubles} from './doubles.ts';
import {MaildirSave, newName, type SaveRules} from './maildir-save.ts';
import {holdSmallFile, openMessageFile, readSmallFile} from './message-file.ts';
import {type FoundFile, type Scan, scanMaildir} from './scan.ts';
import {fieldOf, type UidRecord} from './uidlist.ts';

export interface MaildirPlace {
  /** Holds cur, new and tmp. */
  readonly directory: string;
  /** Holds dovecot-uidlist and dovecot-keywords. */
  readonly control: string;
  readonly index: string;
}

export interface MaildirRules extends SharedRules {
  readonly hostName: string;
  readonly syncsAlways: boolean;
  nextUidValidity(): Promise<number>;
  readonly save: SaveRules;
  /** maildir_copy_with_hardlinks. */
  readonly copiesByLink: boolean;
  /** maildir_empty_new: new/ is emptied even by who does not take the mail for seen. */
  readonly emptiesNew: boolean;
  /** maildir_broken_filename_sizes: what names say of sizes is not believed. */
  readonly distrustsSizes: boolean;
}

export interface NewEntry extends Omit<Row, 'uid' | 'modSeq'> {}

/** Names that are remembered as gone, until the list is written anew. */
const MOST_DEAD = 10_000;
const MOST_OPEN_ROUNDS = 3;

export class MaildirFolder extends SharedMailbox {
  readonly place: MaildirPlace;
  readonly control: ControlFiles;
  readonly files: FolderFiles;
  readonly times: LookTimes;
  protected readonly keptMarks = PASSED;
  readonly #rules: MaildirRules;
  /** Bases that are gone, and the UID they had: should one come back, it is new mail. */
  readonly #dead = new Map<string, number>();
  #lookAgainTimer: NodeJS.Timeout | undefined;
  readonly #watch: FolderWatch;
  #newCount = 0;

  constructor(place: MaildirPlace, rules: MaildirRules) {
    super(place.index, rules);
    this.place = place;
    this.#rules = rules;
    this.files = new FolderFiles(place.directory, this.table);
    this.times = new LookTimes(place.directory);
    this.#watch = new FolderWatch([`${place.directory}/new`, `${place.directory}/cur`], () => this.#wakeForNews());
    const {hostName, fileMode, syncsAlways} = rules;
    const nextUidValidity = (): Promise<number> => rules.nextUidValidity();
    this.control = new ControlFiles({
      directory: place.control,
      mailDirectory: place.directory,
      hostName,
      fileMode,
      syncsAlways,
      nextUidValidity,
    });
  }

  get save(): SaveRules {
    return this.#rules.save;
  }

  get copiesByLink(): boolean {
    return this.#rules.copiesByLink;
  }

  protected hasNews(mayMove: boolean): boolean {
    const empties = mayMove || this.#rules.emptiesNew;
    if (!this.times.isLooked || (empties && this.#newCount > 0) || this.indexHasNews) return true;
    const verdict = this.times.judge();
    if (verdict === 'lost') this.lose();
    if (verdict === 'later') this.#lookAgainLater();
    return verdict === 'news';
  }

  #lookAgainLater(): void {
    if (this.#lookAgainTimer !== undefined) return;
    this.#lookAgainTimer = setTimeout(() => {
      this.#lookAgainTimer = undefined;
      if (this.times.judge() === 'news') this.wake();
    }, this.times.againInMs);
    this.#lookAgainTimer.unref();
  }

  /** Names that we changed ourselves are no news. */
  #wakeForNews(): void {
    if (this.isLost || this.hasNews(false)) this.wake();
  }

  protected async begin(change: Transaction): Promise<{release(): void} | undefined> {
    const lock = await this.#lock();
    try {
      const hasIndex = await this.readIndex(change);
      if (change.hasOthers) this.#newCount = this.files.countInNew();
      if (await this.control.readUids(lock !== undefined)) await this.#forget(lock !== undefined);
      else if (!hasIndex && this.uidValidity === 0) this.#beginModSeqs();
      this.#adoptKeywords((await this.control.readKeywords()) ?? [], change);
      this.uidValidity = this.control.uidValidity;
      this.guid = this.control.guid;
      this.nextUid = Math.max(this.nextUid, this.control.nextUid);
      this.control.unseen = this.control.unseen.filter(record => this.table.find(record.uid) < 0);
      return lock;
    } catch (fault) {
      lock?.release();
      throw fault;
    }
  }

  async #lock(): Promise<{release(): void} | undefined> {
    try {
      return await takeControlLock(this.control.lockPath, this.#rules.hostName, undefined, this.#rules.fileMode);
    } catch (fault) {
      const code = systemCode(fault);
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return undefined;
      if (code !== 'ENOENT') throw fault;
      this.lose();
      throw new MailError('nonexistent', 'Mailbox was deleted under us', {cause: fault});
    }
  }

  /** Another UIDVALIDITY: views see that they are lost; who opens next begins anew. */
  async #forget(mayWrite: boolean): Promise<void> {
    this.table.remove(Array.from({length: this.table.count}, (_, position) => position));
    this.#dead.clear();
    this.times.forget();
    this.firstRecent = 1;
    this.nextUid = 1;
    this.version++;
    if (mayWrite) await this.dropIndex();
  }

  /** Where an index was lost, numbers begin at the time: higher than all that were given. */
  #beginModSeqs(): void {
    this.highestModSeq = this.control.nextUid > 1 ? Math.floor(this.#rules.save.now()) : 1;
    this.vanished.begin(this.highestModSeq);
  }

  protected formatHead(): unknown {
    return {times: this.times.toHead(), uidlist: this.control.toHead()};
  }

  protected adoptFormatHead(head: unknown): void {
    if (typeof head !== 'object' || head === null) return;
    if ('times' in head) this.times.fromHead(head.times);
    if ('uidlist' in head && this.uidValidity !== 0) this.control.fromHead(head.uidlist);
  }

  #adoptKeywords(names: readonly (string | undefined)[], change: Transaction): void {
    names.forEach((name, index) => {
      if (name === undefined || this.keywordNames[index] === name) return;
      while (this.keywordNames.length < index) this.keywordNames.push(undefined);
      this.keywordNames[index] = name;
      change.keywordsAdded = true;
    });
  }

  protected finish(change: Transaction): Promise<void> {
    return this.writeIndex(change);
  }

  protected async look(change: Transaction, mayMove: boolean): Promise<void> {
    const isFirst = !this.times.isLooked;
    const began = performance.now();
    const firstUnlisted = this.nextUid;
    const scan = await this.#scan(change);
    this.times.noteLook(scan.times, scan.begunAt, performance.now() - began);
    change.headChanged = true;
    this.#newCount = this.files.countInNew();
    if (isFirst) this.firstRecent = Math.min(this.#firstInNew(), firstUnlisted);
    await this.#partDoubles(scan);
    if ((!mayMove && !this.#rules.emptiesNew) || this.#newCount === 0) return;
    await this.times.change(() => this.files.moveToCur());
    this.#newCount = this.files.countInNew();
  }

  /** Two files of one name, as a backup that was put back makes them: one of them gets another. */
  async #partDoubles(scan: Scan): Promise<void> {
    if (scan.doubles.length === 0) return;
    await partDoubles(this.place.directory, scan.doubles, () => newName(this.save));
    this.times.forget(); // the new name is found by another look
  }

  async #scan(change: Transaction): Promise<Scan> {
    const {unseen} = this.control;
    this.control.unseen = [];
    if (this.table.count === 0 && unseen.length > 0) return await this.#scanListed(unseen, change);
    const pending = new Map(unseen.map(record => [record.base, record]));
    const scan = await scanMaildir(this.place.directory, this.table, pending.size);
    this.#takeMarks(scan, change);
    this.#takeMissing(scan, change);
    await this.#takeUnknown(scan, pending, change);
    for (const {base, uid} of pending.values()) this.#noteDead(base, uid);
    return scan;
  }

  /** Of a mailbox that nothing is known of but its list: its messages are those that have files. */
  async #scanListed(records: readonly UidRecord[], change: Transaction): Promise<Scan> {
    const listed = new MessageTable();
    const modSeq = this.takeModSeq(change);
    const slice = new TimeSlice();
    for (const {uid, base, fields} of records) {
      listed.appendListed(uid, modSeq, this.#listedSize(base, fields), base, fields);
      if (uid % SLICE_ROWS === 0 && slice.isOver) await slice.rest();
    }
    const scan = await scanMaildir(this.place.directory, listed, 0);
    const missing: number[] = [];
    for (let position = 0; position < listed.count; position++) {
      const flags = scan.flags[position] ?? -1;
      if (flags < 0) missing.push(position);
      listed.columns.flags[position] = Math.max(flags, 0);
      listed.setKeywordWord(position, 0, scan.keywords[position] ?? 0);
      const info = scan.oddInfos.get(position);
      if (info !== undefined) listed.setInfo(position, info);
    }
    for (const position of missing) this.#noteDead(listed.name(position), listed.columns.uids[position] ?? 0);
    listed.remove(missing);
    listed.packTexts();
    this.table.adopt(listed.columns, listed.texts.subarray(0, listed.textsUsed));
    change.hasOthers = true;
    await this.#takeUnknown(scan, new Map(), change);
    return scan;
  }

  #takeMarks(scan: Scan, change: Transaction): void {
    const {columns} = this.table;
    for (let position = 0; position < scan.flags.length; position++) {
      const flags = scan.flags[position] ?? -1;
      if (flags < 0) continue;
      const word = columns.keywords[0]?.[position] ?? 0;
      const named = ((word & ~NAMED_MASK) | (scan.keywords[position] ?? 0)) >>> 0;
      const before = columns.flags[position] ?? 0;
      if ((flags & MARKS.odd) !== 0) this.table.setInfo(position, scan.oddInfos.get(position) ?? '');
      if (flags === before && named === word) continue;
      if (((flags ^ before) & ~PLACE_MARKS) === 0 && named === word) columns.flags[position] = flags;
      else this.setMarks(change, {position, flags, words: [named, ...this.#otherWords(position)]});
    }
  }

  #otherWords(position: number): number[] {
    return this.table.columns.keywords.slice(1).map(column => column[position] ?? 0);
  }

  #takeMissing(scan: Scan, change: Transaction): void {
    const missing: number[] = [];
    for (let position = 0; position < scan.flags.length; position++)
      if ((scan.flags[position] ?? -1) < 0) missing.push(position);
    for (const position of missing) this.#noteDeadAt(position);
    this.removeRows(change, missing);
  }

  #noteDead(base: string, uid: number): void {
    if (this.#dead.size < MOST_DEAD) this.#dead.set(base, uid);
  }

  #noteDeadAt(position: number): void {
    this.#noteDead(this.table.name(position), this.table.columns.uids[position] ?? 0);
  }

  /** Files that the table does not have: with the UID of their record, or the next one. */
  async #takeUnknown(scan: Scan, pending: Map<string, UidRecord>, change: Transaction): Promise<void> {
    const rows: Row[] = [];
    const unnumbered: FoundFile[] = [];
    for (const file of scan.unknown.values()) {
      const record = pending.get(file.base);
      if (record === undefined || record.uid <= (this.#dead.get(file.base) ?? 0)) unnumbered.push(file);
      else rows.push(this.#rowOf(file, record, change));
      pending.delete(file.base);
    }
    rows.sort((a, b) => a.uid - b.uid);
    unnumbered.sort((a, b) => compareByTime(a.base, b.base));
    const records = unnumbered.map((file, n) => ({uid: this.nextUid + n, base: file.base, fields: ''}));
    unnumbered.forEach((file, n) => rows.push(this.#rowOf(file, records[n], change)));
    this.addRows(change, rows);
    await this.#writeRecords(records);
  }

  #rowOf(file: FoundFile, record: UidRecord | undefined, change: Transaction): Row {
    const {flags, keywords, isOdd} = tableFlags(file.info, file.inNew);
    const fields = record?.fields ?? '';
    return {
      uid: record?.uid ?? 0,
      flags,
      keywords: [keywords],
      modSeq: this.takeModSeq(change),
      received: 0,
      saved: 0,
      virtualSize: this.#listedSize(file.base, fields),
      name: file.base,
      fields,
      info: isOdd ? file.info : '',
    };
  }

  #listedSize(base: string, fields: string): number {
    if (this.#rules.distrustsSizes) return UNKNOWN_SIZE;
    return sizeInName(base, 'W') ?? numberIn(fieldOf(fields, 'W')) ?? UNKNOWN_SIZE;
  }

  /** Their messages are in the table already, for the case that the list has to be written anew. */
  async #writeRecords(records: readonly UidRecord[]): Promise<void> {
    const comesBack = records.some(record => this.#dead.has(record.base));
    const {control} = this;
    if (!control.mustRewrite && !comesBack && !control.isMostlyGone(this.table.count)) return control.append(records);
    for (const record of records) control.nextUid = Math.max(control.nextUid, record.uid + 1);
    await control.rewrite(this.#allRecords(), this.table.count);
    this.#dead.clear(); // no record of theirs is left
  }

  *#allRecords(): Generator<UidRecord> {
    for (let position = 0; position < this.table.count; position++) {
      const uid = this.table.columns.uids[position] ?? 0;
      yield {uid, base: this.table.name(position), fields: this.table.fields(position)};
    }
  }

  #firstInNew(): number {
    for (let position = 0; position < this.table.count; position++)
      if (this.files.isInNew(position)) return this.table.columns.uids[position] ?? 0;
    return this.nextUid;
  }

  protected async storeMarks(changes: readonly MarkChange[]): Promise<readonly MarkChange[]> {
    const fromNew = changes.filter(({position}) => this.files.isInNew(position)).length;
    const missing = await this.times.change(() => this.files.store(changes));
    if (fromNew > 0) this.#newCount = Math.max(0, this.#newCount - fromNew);
    return missing;
  }

  protected async removeMessages(positions: readonly number[], change: Transaction): Promise<readonly number[]> {
    const missing = await this.times.change(() => this.files.remove(positions));
    const left = new Set(missing);
    const gone = positions.filter(position => !left.has(position));
    for (const position of gone) this.#noteGone(position);
    change.freedMessages += gone.length;
    for (const position of gone) change.freedBytes += this.physicalSizeOf(position) ?? 0;
    return missing;
  }

  protected spaceChanged(messages: number, bytes: number): Promise<void> {
    return this.save.changed(messages, bytes);
  }

  #noteGone(position: number): void {
    if (this.files.isInNew(position)) this.#newCount--;
    this.#noteDeadAt(position);
  }

  /** Messages whose files were moved into another folder. */
  async dropMoved(uids: readonly number[], bytes: number): Promise<void> {
    await this.transact(change => {
      const found = uids.map(uid => this.table.find(uid)).filter(position => position >= 0);
      const positions = found.sort((a, b) => a - b);
      for (const position of positions) this.#noteGone(position);
      this.removeRows(change, positions);
      return Promise.resolve();
    });
    await this.save.changed(-uids.length, -bytes);
  }

  lookSoon(): Promise<void> {
    return this.transact(change => this.look(change, false));
  }

  protected async keywordIndexes(names: readonly string[], change: Transaction): Promise<number[]> {
    const unknown = names.filter(name => this.indexOfKeyword(name) < 0);
    if (unknown.length > 0) {
      this.#adoptKeywords(await this.control.addKeywords(unknown), change);
      for (const name of unknown) if (this.indexOfKeyword(name) < 0) this.#addUnnamed(name, change);
    }
    return names.map(name => this.indexOfKeyword(name));
  }

  /** A keyword that finds no letter: the index alone keeps it. */
  #addUnnamed(name: string, change: Transaction): void {
    while (this.keywordNames.length < NAMED_KEYWORDS) this.keywordNames.push(undefined);
    this.keywordNames.push(name);
    change.keywordsAdded = true;
  }

  async openMessage(uid: number): Promise<StoredMessage | undefined> {
    for (let round = 1; round <= MOST_OPEN_ROUNDS; round++) {
      const position = this.table.find(uid);
      if (position < 0) return undefined;
      const path = this.files.path(position);
      const file = diskPace.read(() => holdSmallFile(path, SMALL_BYTES)) ?? (await openMessageFile(path));
      if (file !== undefined) return file;
      await this.lookSoon();
    }
    return undefined;
  }

  readSmall(uid: number, limitBytes: number, wantsTimes: boolean): SmallMessage | undefined {
    const position = this.table.find(uid);
    if (position < 0) return undefined;
    const told = wantsTimes ? undefined : this.physicalSizeOf(position);
    return readSmallFile(this.files.path(position), limitBytes, told);
  }

  timesOf(uid: number): Times | undefined {
    const position = this.table.find(uid);
    const status = position < 0 ? undefined : statSync(toPath(this.files.path(position)), {throwIfNoEntry: false});
    return status && {sizeBytes: status.size, modifiedMs: status.mtimeMs, changedMs: status.ctimeMs};
  }

  /** Puts messages into the table whose files are in place, and their UIDs into the list; in a transaction. */
  async enter(change: Transaction, entries: readonly NewEntry[]): Promise<number[]> {
    if (entries.length === 0) return [];
    if (this.control.mustRewrite && !this.times.isLooked) await this.look(change, false);
    const first = this.nextUid;
    const modSeq = this.takeModSeq(change);
    const rows = entries.map((entry, n): Row => ({...entry, uid: first + n, modSeq}));
    this.addRows(change, rows);
    for (const entry of entries) if ((entry.flags & MARKS.inNew) !== 0) this.#newCount++;
    await this.#writeRecords(rows.map(({uid, name, fields}) => ({uid, base: name, fields})));
    return rows.map(row => row.uid);
  }

  guidOf(position: number): string {
    return fieldOf(this.table.fields(position), 'G') ?? this.table.name(position);
  }

  pop3UidlOf(position: number): string | undefined {
    return fieldOf(this.table.fields(position), 'P');
  }

  physicalSizeOf(position: number): number | undefined {
    if (this.#rules.distrustsSizes) return undefined;
    return sizeInName(this.table.name(position), 'S') ?? numberIn(fieldOf(this.table.fields(position), 'S'));
  }

  beginSave(): SaveBatch {
    return new MaildirSave(this, this.#rules.save);
  }

  watchFiles(): () => void {
    return this.#watch.use();
  }
}

const SLICE_ROWS = 1024;

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
