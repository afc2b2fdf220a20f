/**
 * One mbox file as a mailbox, in the form Dovecot gives it: UIDs, flags and keywords in the heads of the messages
 * (status-headers.ts). Everything is read and written under the file's locks; the file stays the same file. Messages are
 * read into memory, or a file of their own when they are large, because their place may change under a reader.
 */
import {createHash} from 'node:crypto';
import {statSync} from 'node:fs';
import {open, type FileHandle} from 'node:fs/promises';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import {FolderWatch} from '../folder-watch.ts';
import type {SmallMessage, StoredMessage, Times} from '../item-reader.ts';
import {MailError} from '../mail-error.ts';
import type {SaveBatch} from '../mail-store.ts';
import {SharedMailbox, type SharedRules} from '../shared-mailbox.ts';
import type {MarkChange, Transaction} from '../transaction.ts';
import {CLIENT_FLAGS, type Row, UNKNOWN_SIZE} from '../table.ts';
import {holdMessage} from './held-message.ts';
import {lockMbox, type LockRules} from './mbox-locks.ts';
import {type MboxMessage, parseMbox} from './mbox-parser.ts';
import {finishRewrite, type Piece, rewriteEnd, writeAll} from './mbox-rewrite.ts';
import {MboxSave, type MboxSaveRules} from './mbox-save.ts';
import {readHead, withStatus} from './message-head.ts';
import type {StatusToWrite} from './status-headers.ts';

export interface MboxPlace {
  readonly file: string;
  /** For the index and the journal of changes. */
  readonly index: string;
}

export interface MboxRules extends SharedRules {
  readonly locks: LockRules;
  nextUidValidity(): Promise<number>;
  readonly save: MboxSaveRules;
}

interface Stamp {
  readonly inode: bigint;
  readonly size: bigint;
  /** Of the inode: Dovecot sets the file's own time back when it changes flags only. */
  readonly time: bigint;
}

/** Of the flags column: \Recent was given to somebody (Status: O). */
const OLD = 32;

export class MboxFolder extends SharedMailbox {
  readonly place: MboxPlace;
  protected readonly keptMarks = OLD;
  readonly #rules: MboxRules;
  readonly #watch: FolderWatch;
  /** Of the messages in the table, by UID. */
  #messages = new Map<number, MboxMessage>();
  #stamp: Stamp | undefined;
  /** Open while a transaction is under way. */
  #file: FileHandle | undefined;
  #isWritable = false;
  /** The first UID of messages that were just appended. */
  #appendedFrom: number | undefined;

  constructor(place: MboxPlace, rules: MboxRules) {
    super(place.index, rules);
    this.place = place;
    this.#rules = rules;
    this.#watch = new FolderWatch([place.file], () => {
      if (this.hasNews()) this.wake();
    });
  }

  get save(): MboxSaveRules {
    return this.#rules.save;
  }

  get #journal(): string {
    return `${this.place.index}/posthorn.mbox-journal`;
  }

  protected hasNews(): boolean {
    const now = this.#stampNow();
    if (now === undefined) this.lose();
    return now !== undefined && !isSame(now, this.#stamp);
  }

  #stampNow(): Stamp | undefined {
    const status = statSync(toPath(this.place.file), {bigint: true, throwIfNoEntry: false});
    return status && {inode: status.ino, size: status.size, time: status.ctimeNs};
  }

  protected async begin(change: Transaction): Promise<{release(): Promise<void>} | undefined> {
    const {file, unlock} = await this.#openLocked();
    const release = async (): Promise<void> => {
      this.#file = undefined;
      await file.close(); // which ends kernel locks
      await unlock();
    };
    this.#file = file;
    try {
      if (this.#isWritable && (await finishRewrite(file, this.#journal))) this.#stamp = undefined;
      const hasIndex = await this.readIndex(change);
      if (change.hasOthers) this.#stamp = undefined;
      if (!hasIndex && this.uidValidity === 0) this.vanished.begin(this.highestModSeq);
      return {release};
    } catch (fault) {
      await release();
      throw fault;
    }
  }

  /** Another program may have put another file in its place while we waited for the lock. */
  async #openLocked(): Promise<{file: FileHandle; unlock: () => Promise<void>}> {
    for (;;) {
      const file = await this.#open();
      try {
        const unlock = this.#isWritable ? await lockMbox(this.place.file, file, this.#rules.locks) : NO_LOCK;
        if ((await file.stat({bigint: true})).ino === this.#stampNow()?.inode) return {file, unlock};
        await unlock();
      } catch (fault) {
        await file.close();
        throw fault;
      }
      await file.close();
    }
  }

  async #open(): Promise<FileHandle> {
    try {
      this.#isWritable = true;
      return await open(toPath(this.place.file), 'r+');
    } catch (fault) {
      const code = systemCode(fault);
      if (code === 'ENOENT') {
        this.lose();
        throw new MailError('nonexistent', 'Mailbox was deleted under us', {cause: fault});
      }
      if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM') throw fault;
      this.#isWritable = false;
      return await open(toPath(this.place.file), 'r');
    }
  }

  get file(): FileHandle {
    if (this.#file === undefined) throw new Error('not in a transaction');
    return this.#file;
  }

  protected finish(change: Transaction): Promise<void> {
    return this.writeIndex(change);
  }

  protected formatHead(): unknown {
    return undefined;
  }

  protected adoptFormatHead(): void {
    // The file says it all.
  }

  protected async look(change: Transaction, mayMove: boolean): Promise<void> {
    const {size} = await this.file.stat();
    const found = await parseMbox(this.file, size, 0);
    if (found === undefined && size > 0) throw new MailError('temporary', `Mailbox isn't a valid mbox file`);
    const messages = (found ?? []).filter(({status}) => !status.isPseudo);
    const known = this.#stamp === undefined && this.table.count === 0 ? 0 : (this.#appendedFrom ?? this.nextUid);
    await this.#takeBase(found ?? [], change);
    const uids = this.#numbersFor(messages, known);
    this.#takeMessages(messages, uids, change);
    this.#stamp = this.#stampNow();
    void mayMove;
    if (!this.#isWritable) return;
    const unnumbered = messages.findIndex(({status}, n) => status.uid !== uids[n]);
    if (unnumbered >= 0) await this.#rewriteFrom(unnumbered);
    if (!this.#hasBase()) await this.#writeHeads([0]);
  }

  /** The first head says what it has to. */
  #hasBase(): boolean {
    const base = this.table.count === 0 ? undefined : this.#messageAt(0).status.base;
    return this.table.count === 0 || (base?.uidValidity === this.uidValidity && base.lastUid >= this.nextUid - 1);
  }

  /** UIDVALIDITY, the next UID and the names of keywords. */
  async #takeBase(found: readonly MboxMessage[], change: Transaction): Promise<void> {
    const base = found.map(({status}) => status.base).find(each => each !== undefined);
    const uidValidity = base?.uidValidity ?? (this.uidValidity || (await this.#rules.nextUidValidity()));
    if (this.uidValidity !== 0 && uidValidity !== this.uidValidity) {
      this.removeRows(
        change,
        Array.from({length: this.table.count}, (_, position) => position),
      );
      this.nextUid = 1;
      this.firstRecent = 1;
      await this.dropIndex();
    }
    if (this.uidValidity === 0) this.highestModSeq = found.length === 0 ? 1 : Math.floor(this.#rules.save.now());
    this.uidValidity = uidValidity;
    this.guid = createHash('md5').update(`${uidValidity} ${this.place.file}`).digest('hex');
    this.nextUid = Math.max(this.nextUid, (base?.lastUid ?? 0) + 1);
    for (const keyword of base?.keywords ?? []) this.#keywordIndex(keyword, change);
  }

  #keywordIndex(name: string, change: Transaction): number {
    const known = this.indexOfKeyword(name);
    if (known >= 0) return known;
    change.keywordsAdded = true;
    return this.keywordNames.push(name) - 1;
  }

  /**
   * Those in the heads where they ascend; the rest are given new ones. So are messages under a UID below `known` that the
   * table has not: another program, which did not know of it, has used it again.
   */
  #numbersFor(messages: readonly MboxMessage[], known: number): number[] {
    let last = 0;
    let next = this.nextUid;
    return messages.map(({status: {uid}}) => {
      const isGood = uid > last && uid < this.nextUid && (uid >= known || this.table.find(uid) >= 0);
      last = isGood ? uid : next++;
      return last;
    });
  }

  #takeMessages(messages: readonly MboxMessage[], uids: readonly number[], change: Transaction): void {
    this.#messages = new Map(messages.map((message, n) => [uids[n] ?? 0, message]));
    const missing: number[] = [];
    for (let position = 0; position < this.table.count; position++)
      if (!this.#messages.has(this.table.columns.uids[position] ?? 0)) missing.push(position);
    this.removeRows(change, missing);
    const rows: Row[] = [];
    let lastOld = 0;
    messages.forEach((message, n) => {
      const uid = uids[n] ?? 0;
      const words = this.#wordsOf(message, change);
      const flags = message.status.flags | (message.status.isOld ? OLD : 0);
      const position = this.table.find(uid);
      if (position < 0) rows.push(this.#row(uid, message, flags, words, change));
      else if (this.#differs(position, flags, words)) this.setMarks(change, {position, flags, words});
      if (message.status.isOld) lastOld = uid;
    });
    const isFirst = this.#stamp === undefined && this.firstRecent === 1;
    this.addRows(change, rows);
    if (isFirst) this.firstRecent = lastOld + 1;
  }

  #differs(position: number, flags: number, words: readonly number[]): boolean {
    const {columns} = this.table;
    if (((columns.flags[position] ?? 0) & CLIENT_FLAGS) !== (flags & CLIENT_FLAGS)) return true;
    return columns.keywords.some((column, n) => (column[position] ?? 0) !== (words[n] ?? 0));
  }

  #wordsOf(message: MboxMessage, change: Transaction): number[] {
    const words = [0];
    for (const keyword of message.status.keywords) {
      const index = this.#keywordIndex(keyword, change);
      while (words.length <= index >>> 5) words.push(0);
      words[index >>> 5] = ((words[index >>> 5] ?? 0) | (1 << (index & 31))) >>> 0;
    }
    return words;
  }

  #row(uid: number, message: MboxMessage, flags: number, words: readonly number[], change: Transaction): Row {
    const received = Math.max(0, Math.floor(message.received / 1000));
    const modSeq = this.takeModSeq(change);
    return {
      uid,
      flags,
      keywords: words,
      modSeq,
      received,
      saved: 0,
      virtualSize: UNKNOWN_SIZE,
      name: '',
      fields: '',
      info: '',
    };
  }

  /** What the head of a message shall say. */
  #statusAt(position: number): StatusToWrite {
    const {columns} = this.table;
    const uid = columns.uids[position] ?? 0;
    const flags = columns.flags[position] ?? 0;
    const message = this.#messages.get(uid);
    const length = message?.status.contentLength;
    const isTrue = length !== undefined && length === (message?.endAt ?? 0) - (message?.bodyAt ?? 0);
    return {
      flags: flags & CLIENT_FLAGS,
      keywords: this.keywordNames.filter(
        (name, index): name is string => name !== undefined && this.table.hasKeyword(position, index),
      ),
      uid,
      isOld: (flags & OLD) !== 0 || uid < this.firstRecent,
      base:
        position === 0
          ? {
              uidValidity: this.uidValidity,
              lastUid: this.nextUid - 1,
              keywords: this.keywordNames.filter(name => name !== undefined),
            }
          : undefined,
      contentLength: isTrue ? length : undefined,
    };
  }

  /** Heads that keep their length are written where they are; from the first that doesn't, the file is written anew. */
  async #writeHeads(positions: readonly number[]): Promise<void> {
    for (const position of positions) {
      const message = this.#messageAt(position);
      const head = withStatus(await readHead(this.file, message), message, this.#statusAt(position));
      if (head.length !== message.bodyAt - message.headAt) return await this.#rewriteFrom(position);
      await writeAll(this.file, head, message.headAt);
    }
    if (positions.length > 0) await this.file.datasync();
    this.#stamp = this.#stampNow();
  }

  #messageAt(position: number): MboxMessage {
    const message = this.#messages.get(this.table.columns.uids[position] ?? 0);
    if (message === undefined) throw new Error('a message without a place');
    return message;
  }

  /** From this message on: what is in the table, and nothing else. */
  async #rewriteFrom(position: number): Promise<void> {
    const start = position === 0 ? 0 : this.#messageAt(position - 1).nextAt;
    const pieces: Piece[] = [];
    for (let at = position; at < this.table.count; at++) {
      const message = this.#messageAt(at);
      const head = withStatus(await readHead(this.file, message), message, this.#statusAt(at));
      pieces.push({from: message.fromAt, to: message.headAt}, head, {from: message.bodyAt, to: message.endAt});
      if (!(await this.#endsLine(message))) pieces.push(LINE_END);
      pieces.push(LINE_END);
    }
    await rewriteEnd(this.file, start, pieces, this.#journal);
    await this.#readPlaces();
  }

  async #endsLine(message: MboxMessage): Promise<boolean> {
    if (message.endAt === message.bodyAt) return true;
    const last = Buffer.alloc(1);
    await this.file.read(last, 0, 1, message.endAt - 1);
    return last[0] === LF;
  }

  /** After a change of ours: where messages lie now. */
  async #readPlaces(): Promise<void> {
    const {size} = await this.file.stat();
    const messages = (await parseMbox(this.file, size, 0)) ?? [];
    this.#messages = new Map(messages.map(message => [message.status.uid, message]));
    this.#stamp = this.#stampNow();
  }

  /** Before anything is changed: the table is what the file says. */
  async #beCurrent(change: Transaction): Promise<void> {
    if (!this.#isWritable) throw new MailError('permission', 'Mailbox is read-only');
    if (this.hasNews()) await this.look(change, false);
  }

  protected async storeMarks(changes: readonly MarkChange[]): Promise<readonly MarkChange[]> {
    if (!this.#isWritable) throw new MailError('permission', 'Mailbox is read-only');
    if (this.hasNews()) return changes; // looked at, then asked again
    const {columns} = this.table;
    for (const {position, flags, words} of changes) {
      columns.flags[position] = flags;
      words.forEach((word, n) => this.table.setKeywordWord(position, n, word));
    }
    const positions = new Set(changes.map(({position}) => position));
    if (this.#hasNewKeywords()) positions.add(0);
    await this.#writeHeads([...positions].sort((a, b) => a - b));
    return [];
  }

  #hasNewKeywords(): boolean {
    const written = this.table.count === 0 ? undefined : this.#messageAt(0).status.base?.keywords;
    return written !== undefined && this.keywordNames.some(name => name !== undefined && !written.includes(name));
  }

  protected async removeMessages(positions: readonly number[], change: Transaction): Promise<readonly number[]> {
    if (this.hasNews()) return positions;
    if (!this.#isWritable) throw new MailError('permission', 'Mailbox is read-only');
    const gone = new Set(positions);
    const first = positions[0];
    if (first === undefined) return [];
    for (const position of positions) {
      const {headAt, endAt} = this.#messageAt(position);
      change.freedMessages++;
      change.freedBytes += endAt - headAt;
    }
    await this.#rewriteWithout(first, gone);
    return [];
  }

  async #rewriteWithout(first: number, gone: ReadonlySet<number>): Promise<void> {
    const start = first === 0 ? 0 : this.#messageAt(first - 1).nextAt;
    const pieces: Piece[] = [];
    let isFirst = first === 0;
    for (let at = first; at < this.table.count; at++) {
      if (gone.has(at)) continue;
      const message = this.#messageAt(at);
      if (isFirst) {
        const status = {...this.#statusAt(at), base: this.#statusAt(0).base};
        const head = withStatus(await readHead(this.file, message), message, status);
        pieces.push({from: message.fromAt, to: message.headAt}, head, {from: message.bodyAt, to: message.nextAt});
        isFirst = false;
      } else pieces.push({from: message.fromAt, to: message.nextAt});
    }
    await rewriteEnd(this.file, start, pieces, this.#journal);
    await this.#readPlaces();
  }

  protected spaceChanged(messages: number, bytes: number): Promise<void> {
    return this.#rules.save.changed(messages, bytes);
  }

  protected keywordIndexes(names: readonly string[], change: Transaction): Promise<number[]> {
    return Promise.resolve(names.map(name => this.#keywordIndex(name, change)));
  }

  /** In a transaction: the end of the file is ours to append to; answers where, and the UIDs to write. */
  async append(
    change: Transaction,
    count: number,
    write: (file: FileHandle, firstUid: number, isFirst: boolean) => Promise<void>,
  ): Promise<number[]> {
    await this.#beCurrent(change);
    const {size} = await this.file.stat();
    const first = this.nextUid;
    try {
      await write(this.file, first, this.table.count === 0);
      await this.file.datasync();
    } catch (fault) {
      await this.file.truncate(size);
      throw fault;
    }
    this.nextUid = first + count;
    this.#appendedFrom = first;
    try {
      await this.look(change, false);
    } finally {
      this.#appendedFrom = undefined;
    }
    return Array.from({length: count}, (_, n) => first + n);
  }

  /** What the first message of an empty file has to say. */
  baseFor(lastUid: number): StatusToWrite['base'] {
    return {uidValidity: this.uidValidity, lastUid, keywords: this.keywordNames.filter(name => name !== undefined)};
  }

  openMessage(uid: number): Promise<StoredMessage | undefined> {
    return this.transact(async change => {
      if (this.hasNews()) await this.look(change, false);
      const message = this.#messages.get(uid);
      return message === undefined ? undefined : await holdMessage(this.file, message);
    });
  }

  readSmall(): SmallMessage | undefined {
    return undefined;
  }

  timesOf(): Times | undefined {
    return undefined;
  }

  guidOf(position: number): string {
    return createHash('md5').update(`${this.guid} ${this.table.columns.uids[position]}`).digest('hex');
  }

  pop3UidlOf(): string | undefined {
    return undefined;
  }

  physicalSizeOf(position: number): number | undefined {
    const message = this.#messages.get(this.table.columns.uids[position] ?? 0);
    return message && message.endAt - message.headAt - message.internalBytes;
  }

  beginSave(): SaveBatch {
    return new MboxSave(this, this.#rules.save);
  }

  watchFiles(): () => void {
    return this.#watch.use();
  }
}

const NO_LOCK = (): Promise<void> => Promise.resolve();
const LINE_END = Buffer.from('\n');
const LF = 0x0a;

function isSame(a: Stamp, b: Stamp | undefined): boolean {
  return b !== undefined && a.inode === b.inode && a.size === b.size && a.time === b.time;
}
