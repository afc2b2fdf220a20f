/**
 * One Maildir folder (https://cr.yp.to/proto/maildir.html) with Dovecot's control files: uidlist.ts gives UIDs,
 * keywords-file.ts letters, and the name of a file its flags. A flag is changed by renaming the file from the name it is
 * known under, so that a change of somebody else's is never lost: the rename fails, and the folder is looked at again.
 *
 * Runs beside the real Dovecot: all that gives UIDs or moves files is done under `dovecot-uidlist.lock`.
 */
import {rename, unlink} from 'node:fs';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import {takeControlLock} from '../control-lock.ts';
import {eachAtOnce} from '../each-at-once.ts';
import {MailError} from '../mail-error.ts';
import type {SaveBatch} from '../mail-store.ts';
import {type MarkChange, SharedMailbox, type Transaction} from '../shared-mailbox.ts';
import {MARKS, type Row, UNKNOWN_SIZE} from '../table.ts';
import {ControlFiles} from './control-files.ts';
import {compareByTime, infoKeeping, infoOf, marksOf, NAMED_KEYWORDS, PASSED, sizeInName} from './file-name.ts';
import {MaildirSave, type SaveRules} from './maildir-save.ts';
import {type MessageFile, openMessageFile} from './message-file.ts';
import {type FolderTimes, folderTimes, type FoundFile, type Scan, scanMaildir} from './scan.ts';
import {fieldOf, type UidRecord} from './uidlist.ts';

export interface MaildirPlace {
  /** Holds cur, new and tmp. */
  readonly directory: string;
  /** Holds dovecot-uidlist and dovecot-keywords. */
  readonly control: string;
  readonly index: string;
}

export interface MaildirRules {
  readonly hostName: string;
  readonly fileMode: number;
  nextUidValidity(): Promise<number>;
  readonly save: SaveRules;
  /** maildir_copy_with_hardlinks. */
  readonly copiesByLink: boolean;
}

/** Renames and removals under way at the same time. */
const AT_ONCE = 16;
/** Times of folders are this coarse: what happens within it may leave the same time behind (a jiffy, with room). */
const COARSE_MS = 50;
/** Of file systems that keep whole seconds. */
const COARSEST_MS = 1100;
/** Of the time, at most one part in so many goes into looking again after changes of our own. */
const LOOK_SHARE = 20;

export class MaildirFolder extends SharedMailbox {
  readonly place: MaildirPlace;
  readonly control: ControlFiles;
  protected readonly keptMarks = PASSED;
  readonly #rules: MaildirRules;
  /** What the names of odd files hold after their base, by UID. */
  readonly #oddInfos = new Map<number, string>();
  /** Bases that went without our doing: should one come back, it is new mail. */
  readonly #dead = new Set<string>();
  #times: FolderTimes | undefined;
  /** More may have happened unseen than the times tell: to be looked at again from then on. 0: no. */
  #lookAgainAt = 0;
  #lookAgainTimer: NodeJS.Timeout | undefined;
  #lookMs = 0;
  #newCount = 0;

  constructor(place: MaildirPlace, rules: MaildirRules) {
    super();
    this.place = place;
    this.#rules = rules;
    const {hostName, fileMode} = rules;
    this.control = new ControlFiles({
      directory: place.control,
      hostName,
      fileMode,
      nextUidValidity: () => rules.nextUidValidity(),
    });
  }

  protected hasNews(mayMove: boolean): Promise<boolean> {
    return Promise.resolve(this.#hasNews(mayMove));
  }

  #hasNews(mayMove: boolean): boolean {
    if (this.#times === undefined || (mayMove && this.#newCount > 0)) return true;
    const times = this.#timesNow();
    if (times === undefined) return false;
    if (!isSameTimes(times, this.#times)) return true;
    if (this.#lookAgainAt === 0) return false;
    if (Date.now() >= this.#lookAgainAt) return true;
    this.#lookAgainLater();
    return false;
  }

  #timesNow(): FolderTimes | undefined {
    try {
      return folderTimes(this.place.directory);
    } catch (fault) {
      return this.#lostOr(fault);
    }
  }

  get save(): SaveRules {
    return this.#rules.save;
  }

  get copiesByLink(): boolean {
    return this.#rules.copiesByLink;
  }

  lookSoon(): Promise<void> {
    return this.transact(change => this.look(change, false));
  }

  /** Messages whose files were moved into another folder. */
  dropMoved(uids: readonly number[]): Promise<void> {
    return this.transact(change => {
      const positions = uids
        .map(uid => this.table.find(uid))
        .filter(position => position >= 0)
        .sort((a, b) => a - b);
      for (const position of positions) this.#noteGone(position);
      this.removeRows(change, positions);
      return Promise.resolve();
    });
  }

  #lostOr(fault: unknown): undefined {
    if (systemCode(fault) !== 'ENOENT') throw fault;
    this.isLost = true;
    this.tell();
  }

  #lookAgainLater(): void {
    if (this.#lookAgainTimer !== undefined) return;
    const wait = Math.max(1, this.#lookAgainAt - Date.now());
    this.#lookAgainTimer = setTimeout(() => {
      this.#lookAgainTimer = undefined;
      if (this.#lookAgainAt !== 0) this.wake();
    }, wait);
    this.#lookAgainTimer.unref();
  }

  protected async begin(change: Transaction): Promise<{release(): void} | undefined> {
    const lock = await this.#lock();
    try {
      if (await this.control.readUids(lock !== undefined)) this.#forget();
      this.#adoptKeywords((await this.control.readKeywords()) ?? [], change);
      this.uidValidity = this.control.uidValidity;
      this.guid = this.control.guid;
      this.nextUid = Math.max(this.nextUid, this.control.nextUid);
      for (const [base, record] of this.control.pending)
        if (this.table.find(record.uid) >= 0) this.control.pending.delete(base);
    } catch (fault) {
      lock?.release();
      throw fault;
    }
    return lock;
  }

  async #lock(): Promise<{release(): void} | undefined> {
    try {
      return await takeControlLock(this.control.lockPath, this.#rules.hostName, undefined, this.#rules.fileMode);
    } catch (fault) {
      const code = systemCode(fault);
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return undefined;
      if (code !== 'ENOENT') throw fault;
      this.isLost = true;
      this.tell();
      throw new MailError('nonexistent', 'Mailbox was deleted under us', {cause: fault});
    }
  }

  /** Another UIDVALIDITY: views see that they are lost; who opens next begins anew. */
  #forget(): void {
    this.table.remove(Array.from({length: this.table.count}, (_, position) => position));
    this.#oddInfos.clear();
    this.#dead.clear();
    this.#times = undefined;
    this.firstRecent = 1;
    this.nextUid = 1;
    this.version++;
  }

  #adoptKeywords(names: readonly (string | undefined)[], change: Transaction): void {
    names.forEach((name, index) => {
      if (name === undefined || this.keywordNames[index] === name) return;
      while (this.keywordNames.length < index) this.keywordNames.push(undefined);
      this.keywordNames[index] = name;
      change.keywordsAdded = true;
    });
  }

  protected finish(): Promise<void> {
    return Promise.resolve();
  }

  protected async look(change: Transaction, mayMove: boolean): Promise<void> {
    const isFirst = this.#times === undefined;
    const began = performance.now();
    const scan = await scanMaildir(this.place.directory, this.table, this.control.pending.size);
    this.#lookMs = performance.now() - began;
    this.#takeMarks(scan, change);
    this.#takeMissing(scan, change);
    await this.#takeUnknown(scan, change);
    this.#dropPending();
    this.#noteLook(scan);
    if (isFirst) this.firstRecent = this.#firstInNew();
    if (mayMove && this.#newCount > 0) await this.#moveToCur();
  }

  #takeMarks(scan: Scan, change: Transaction): void {
    const {columns} = this.table;
    for (let position = 0; position < scan.flags.length; position++) {
      const flags = scan.flags[position] ?? -1;
      if (flags < 0) continue;
      const odd = scan.oddInfos.get(position);
      if (odd !== undefined) this.#oddInfos.set(columns.uids[position] ?? 0, odd);
      const word = columns.keywords[0]?.[position] ?? 0;
      const named = ((word & ~NAMED_MASK) | (scan.keywords[position] ?? 0)) >>> 0;
      const before = columns.flags[position] ?? 0;
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
    for (const position of missing) this.#dead.add(this.table.name(position));
    this.removeRows(change, missing);
  }

  /** Files that the table does not have: with the UID of their record, or the next one. */
  async #takeUnknown(scan: Scan, change: Transaction): Promise<void> {
    const rows: Row[] = [];
    const unnumbered: FoundFile[] = [];
    for (const file of scan.unknown.values()) {
      const record = this.#dead.has(file.base) ? undefined : this.control.pending.get(file.base);
      if (record === undefined) unnumbered.push(file);
      else rows.push(this.#rowOf(file, record.uid, change));
      this.control.pending.delete(file.base);
    }
    rows.sort((a, b) => a.uid - b.uid);
    unnumbered.sort((a, b) => compareByTime(a.base, b.base));
    const records = unnumbered.map((file, n) => ({uid: this.nextUid + n, base: file.base, fields: ''}));
    unnumbered.forEach((file, n) => rows.push(this.#rowOf(file, this.nextUid + n, change)));
    this.addRows(change, rows);
    await this.#writeRecords(records);
  }

  #rowOf(file: FoundFile, uid: number, change: Transaction): Row {
    const marks = marksOf(file.info);
    const isOdd = file.inNew ? file.info !== '' : marks.isOdd;
    if (isOdd) this.#oddInfos.set(uid, file.info);
    return {
      uid,
      flags: marks.flags | (file.inNew ? MARKS.inNew : 0) | (isOdd ? MARKS.odd : 0),
      keywords: [marks.keywords],
      modSeq: this.takeModSeq(change),
      received: 0,
      saved: 0,
      virtualSize: sizeInName(file.base, 'W') ?? UNKNOWN_SIZE,
      name: file.base,
    };
  }

  /** After a look, or with the table's help when the list has to be written anew. */
  async #writeRecords(records: readonly UidRecord[]): Promise<void> {
    for (const {uid, fields} of records) if (fields !== '') this.control.fields.set(uid, fields);
    const comesBack = records.some(record => this.#dead.delete(record.base));
    const {control} = this;
    if (control.mustRewrite || comesBack || control.isMostlyGone(this.table.count)) {
      for (const record of records) control.nextUid = Math.max(control.nextUid, record.uid + 1);
      await control.rewrite(this.#allRecords(), this.table.count);
      this.#dead.clear();
    } else await control.append(records);
  }

  *#allRecords(): Generator<UidRecord> {
    for (let position = 0; position < this.table.count; position++) {
      const uid = this.table.columns.uids[position] ?? 0;
      yield {uid, base: this.table.name(position), fields: this.control.fields.get(uid) ?? ''};
    }
  }

  /** The name that the marks of a message make, below the folder. */
  fileName(position: number): string {
    const flags = this.table.columns.flags[position] ?? 0;
    const base = this.table.name(position);
    const folder = (flags & MARKS.inNew) === 0 ? 'cur' : 'new';
    return `${folder}/${base}${this.#infoAt(position, flags)}`;
  }

  #infoAt(position: number, flags: number): string {
    if ((flags & MARKS.odd) !== 0) return this.#oddInfos.get(this.table.columns.uids[position] ?? 0) ?? '';
    return (flags & MARKS.inNew) === 0 ? infoOf(flags, this.table.keywordWord(position, 0) & NAMED_MASK) : '';
  }

  /** Records whose file is not there after a whole look: of messages that are gone. */
  #dropPending(): void {
    for (const base of this.control.pending.keys()) if (this.#dead.size < MOST_DEAD) this.#dead.add(base);
    this.control.pending.clear();
  }

  #noteLook(scan: Scan): void {
    this.#times = scan.times;
    const last = Math.max(timeInMs(scan.times.newTime), timeInMs(scan.times.curTime));
    const coarse = isWholeSecond(scan.times) ? COARSEST_MS : COARSE_MS;
    this.#lookAgainAt = scan.begunAt - last < coarse ? last + coarse : 0;
    this.#newCount = 0;
    for (let position = 0; position < this.table.count; position++)
      if (((this.table.columns.flags[position] ?? 0) & MARKS.inNew) !== 0) this.#newCount++;
  }

  #firstInNew(): number {
    const {columns, count} = this.table;
    for (let position = 0; position < count; position++)
      if (((columns.flags[position] ?? 0) & MARKS.inNew) !== 0) return columns.uids[position] ?? 0;
    return this.nextUid;
  }

  /** Does something to the folders' names; what it leaves as times then stands for no news, as far as one can tell. */
  async changeFiles<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#timesNow();
    try {
      return await work();
    } finally {
      const after = this.#timesNow();
      if (before !== undefined && this.#times !== undefined && isSameTimes(before, this.#times)) {
        this.#times = after ?? this.#times;
        const wait = Math.max(COARSE_MS, this.#lookMs * LOOK_SHARE);
        if (this.#lookAgainAt === 0 || this.#lookAgainAt < Date.now()) this.#lookAgainAt = Date.now() + wait;
      }
    }
  }

  /** New mail was seen by a session that may say so. */
  async #moveToCur(): Promise<void> {
    const {columns} = this.table;
    const positions: number[] = [];
    for (let position = 0; position < this.table.count; position++)
      if (((columns.flags[position] ?? 0) & MARKS.inNew) !== 0) positions.push(position);
    const moved = (position: number): string => {
      const odd = (columns.flags[position] ?? 0) & MARKS.odd;
      return `cur/${this.table.name(position)}${odd === 0 ? infoOf(0, 0) : this.#infoAt(position, MARKS.odd)}`;
    };
    await this.changeFiles(() =>
      this.#renameEach(positions, moved, position => {
        const flags = (columns.flags[position] ?? 0) & ~PLACE_MARKS;
        const odd = this.#oddInfos.get(columns.uids[position] ?? 0);
        columns.flags[position] = odd === undefined || !marksOf(odd).isOdd ? flags : flags | MARKS.odd;
        this.#newCount--;
      }),
    );
  }

  /** Answers the positions whose file is not there under the name it is known by. */
  async #renameEach(
    positions: readonly number[],
    newName: (position: number) => string,
    renamed: (position: number) => void,
  ): Promise<number[]> {
    const failed: number[] = [];
    let broken: Error | undefined;
    await eachAtOnce(positions.length, AT_ONCE, (index, done) => {
      const position = positions[index] ?? 0;
      if (broken !== undefined) return done();
      const from = `${this.place.directory}/${this.fileName(position)}`;
      rename(toPath(from), toPath(`${this.place.directory}/${newName(position)}`), fault => {
        if (fault === null) renamed(position);
        else if (fault.code === 'ENOENT') failed.push(position);
        else broken = fault;
        done();
      });
    });
    if (broken !== undefined) throw broken;
    return failed;
  }

  protected async storeMarks(changes: readonly MarkChange[]): Promise<readonly MarkChange[]> {
    const byPosition = new Map(changes.map(change => [change.position, change]));
    const infos = new Map<number, string>();
    const nameFor = (position: number): string => {
      const info = this.#newInfo(byPosition.get(position));
      infos.set(position, info);
      return `cur/${this.table.name(position)}${info}`;
    };
    const failed = await this.changeFiles(() =>
      this.#renameEach([...byPosition.keys()], nameFor, position => {
        const change = byPosition.get(position);
        if (change !== undefined) this.#noteInfo(change, infos.get(position) ?? '');
      }),
    );
    return failed.map(position => byPosition.get(position)).filter(change => change !== undefined);
  }

  #newInfo(change: MarkChange | undefined): string {
    if (change === undefined) return '';
    const keywords = (change.words[0] ?? 0) & NAMED_MASK;
    const isOdd = ((this.table.columns.flags[change.position] ?? 0) & MARKS.odd) !== 0;
    if (!isOdd) return infoOf(change.flags, keywords);
    return infoKeeping(this.#infoAt(change.position, MARKS.odd), change.flags, keywords);
  }

  #noteInfo(change: MarkChange, info: string): void {
    const before = this.table.columns.flags[change.position] ?? 0;
    if ((before & MARKS.inNew) !== 0) this.#newCount--;
    if (info === infoOf(change.flags, (change.words[0] ?? 0) & NAMED_MASK)) return;
    change.flags |= MARKS.odd;
    this.#oddInfos.set(this.table.columns.uids[change.position] ?? 0, info);
  }

  protected async removeMessages(positions: readonly number[]): Promise<readonly number[]> {
    const failed: number[] = [];
    let broken: Error | undefined;
    await this.changeFiles(() =>
      eachAtOnce(positions.length, AT_ONCE, (index, done) => {
        const position = positions[index] ?? 0;
        if (broken !== undefined) return done();
        unlink(toPath(`${this.place.directory}/${this.fileName(position)}`), fault => {
          if (fault === null) this.#noteGone(position);
          else if (fault.code === 'ENOENT') failed.push(position);
          else broken = fault;
          done();
        });
      }),
    );
    if (broken !== undefined) throw broken;
    return failed;
  }

  #noteGone(position: number): void {
    if (((this.table.columns.flags[position] ?? 0) & MARKS.inNew) !== 0) this.#newCount--;
    if (this.#dead.size < MOST_DEAD) this.#dead.add(this.table.name(position));
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

  async openMessage(uid: number): Promise<MessageFile | undefined> {
    for (let round = 1; round <= 3; round++) {
      const position = this.table.find(uid);
      if (position < 0) return undefined;
      const file = await openMessageFile(`${this.place.directory}/${this.fileName(position)}`);
      if (file !== undefined) return file;
      await this.transact(change => this.look(change, false));
    }
    return undefined;
  }

  /** Puts messages into the table whose files are in place, and their UIDs into the list; in a transaction. */
  async enter(change: Transaction, entries: readonly NewEntry[]): Promise<number[]> {
    if (this.control.mustRewrite && this.#times === undefined) await this.look(change, false);
    const first = this.nextUid;
    const modSeq = this.takeModSeq(change);
    const rows = entries.map((entry, n): Row => ({...entry, uid: first + n, modSeq}));
    this.addRows(change, rows);
    for (const entry of entries) if ((entry.flags & MARKS.inNew) !== 0) this.#newCount++;
    await this.#writeRecords(rows.map(({uid, name}, n) => ({uid, base: name, fields: entries[n]?.fields ?? ''})));
    return rows.map(row => row.uid);
  }

  guidOf(position: number): string {
    return this.#fieldAt(position, 'G') ?? this.table.name(position);
  }

  pop3UidlOf(position: number): string | undefined {
    return this.#fieldAt(position, 'P');
  }

  physicalSizeOf(position: number): number | undefined {
    const size = sizeInName(this.table.name(position), 'S');
    return size ?? numberIn(this.#fieldAt(position, 'S'));
  }

  #fieldAt(position: number, letter: string): string | undefined {
    const fields = this.control.fields.get(this.table.columns.uids[position] ?? 0);
    return fields === undefined ? undefined : fieldOf(fields, letter);
  }

  beginSave(): SaveBatch {
    return new MaildirSave(this, this.#rules.save);
  }

  watchFiles(): () => void {
    return () => undefined;
  }
}

export interface NewEntry extends Omit<Row, 'uid' | 'modSeq'> {
  /** Of the uidlist. */
  readonly fields: string;
}

const NAMED_MASK = 2 ** NAMED_KEYWORDS - 1;
const PLACE_MARKS = MARKS.inNew | MARKS.odd;
const MOST_DEAD = 10_000;
const NS_PER_MS = 1_000_000;

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function timeInMs(nanoseconds: bigint): number {
  return Number(nanoseconds) / NS_PER_MS;
}

function isWholeSecond({newTime, curTime}: FolderTimes): boolean {
  return newTime % 1_000_000_000n === 0n && curTime % 1_000_000_000n === 0n;
}

function isSameTimes(a: FolderTimes, b: FolderTimes): boolean {
  return a.newTime === b.newTime && a.curTime === b.curTime;
}
