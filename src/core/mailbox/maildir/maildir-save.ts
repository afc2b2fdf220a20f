/**
 * Messages on their way into a Maildir folder: written and flushed below tmp/, then, all of them in one transaction,
 * renamed into new/ (or cur/, when they have flags) and given UIDs. Names are as Dovecot makes them:
 * `SECONDS.M<microseconds>P<pid>.HOST,S=<size>,W=<size with CRLF>`.
 */
import {closeSync, fdatasync, fstatSync, futimesSync, write, writeSync} from 'node:fs';
import {unlink} from 'node:fs/promises';
import {promisify} from 'node:util';
import {toPath} from '../../base/bytes.ts';
import {describe, systemCode} from '../../base/errors.ts';
import {nameCalls} from '../../base/name-calls.ts';
import {makeFolder, syncFolder} from '../flush.ts';
import {writeItems} from '../index/item-record.ts';
import {LineEndWriter} from '../line-ends.ts';
import {MailError} from '../mail-error.ts';
import type {SavedUids} from '../mailbox.ts';
import type {MessageSink, SaveBatch, SaveOptions} from '../mail-store.ts';
import {keptFieldsOf} from '../kept-fields.ts';
import {scanBytes} from '../scan-message.ts';
import {CLIENT_FLAGS, MARKS} from '../table.ts';
import {infoOf, NAMED_KEYWORDS} from './file-name.ts';
import type {MaildirFolder, NewEntry} from './maildir-folder.ts';

export interface SaveRules {
  readonly hostName: string;
  now(): number;
  readonly fileMode: number;
  readonly saveCrlf: boolean;
  readonly syncs: boolean;
  /** Throws `MailError` quota when these don't fit. */
  allow(messages: number, bytes: number): Promise<void>;
  /** Told what came, or went (negative). */
  changed(messages: number, bytes: number): Promise<void>;
}

const WRITE_BYTES = 128 * 1024;
/** Up to here a message goes into the index when it is saved. */
const SMALL_BYTES = 64 * 1024;
const BATCH_BYTES = 4 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

interface Draft {
  readonly path: string;
  readonly uniqueName: string;
  readonly options: SaveOptions;
  sizeBytes: number;
  virtualBytes: number;
  /** Seconds since 1970. */
  received: number;
  isFinished: boolean;
  /** All of it, when it is small. */
  whole: Buffer | undefined;
}

export class MaildirSave implements SaveBatch {
  readonly #folder: MaildirFolder;
  readonly #rules: SaveRules;
  readonly #drafts: Draft[] = [];
  readonly #sinks: DraftSink[] = [];
  #isOver = false;
  /** For messages that are held until they have UIDs. */
  readonly #room = {bytes: BATCH_BYTES};

  constructor(folder: MaildirFolder, rules: SaveRules) {
    this.#folder = folder;
    this.#rules = rules;
  }

  async add(options: SaveOptions): Promise<MessageSink> {
    const {directory} = this.#folder.place;
    const uniqueName = newName(this.#rules);
    const draft = {path: `${directory}/tmp/${uniqueName}`, uniqueName, options, ...NOTHING_WRITTEN};
    const fd = await this.#create(draft.path);
    this.#drafts.push(draft);
    const sink = new DraftSink(fd, draft, this.#rules, this.#room);
    this.#sinks.push(sink);
    return sink;
  }

  async #create(path: string): Promise<number> {
    try {
      return await nameCalls.opened(toPath(path), 'wx', this.#rules.fileMode);
    } catch (fault) {
      if (systemCode(fault) !== 'ENOENT') throw saveFault(fault);
      await makeFolder(`${this.#folder.place.directory}/tmp`, FOLDER_MODE);
      return await nameCalls.opened(toPath(path), 'wx', this.#rules.fileMode);
    }
  }

  async commit(): Promise<SavedUids> {
    if (this.#drafts.some(draft => !draft.isFinished)) throw new Error('a message of this batch is not finished');
    const bytes = this.#drafts.reduce((sum, draft) => sum + draft.sizeBytes, 0);
    try {
      await this.#rules.allow(this.#drafts.length, bytes);
      const saved = await this.#enter();
      this.#isOver = true;
      await this.#rules.changed(this.#drafts.length, bytes);
      return saved;
    } catch (fault) {
      await this.abort();
      throw fault;
    }
  }

  async #enter(): Promise<SavedUids> {
    const folder = this.#folder;
    const {directory} = folder.place;
    const places: string[] = [];
    const uids = await folder.transact(async change => {
      const entries: NewEntry[] = [];
      for (const draft of this.#drafts) entries.push(await this.#entryOf(draft, change));
      await folder.times.change(() => this.#renameAll(entries, places));
      return await folder.enter(change, entries);
    });
    this.#drafts.forEach((draft, n) => this.#keepItems(draft, uids[n] ?? 0));
    if (this.#rules.syncs) await Promise.all([...new Set(places)].map(place => syncFolder(`${directory}/${place}`)));
    return {uidValidity: folder.uidValidity, uids};
  }

  /** The index is filled while the message is at hand. */
  #keepItems(draft: Draft, uid: number): void {
    if (draft.whole === undefined) return;
    const {keptHeaders} = this.#folder;
    const scanned = scanBytes(draft.whole);
    const headers = keptHeaders.length === 0 ? undefined : keptFieldsOf(scanned.head, keptHeaders);
    const {received, sizeBytes: physicalSize} = draft;
    this.#folder.keepSoon({uid, record: writeItems(uid, {...scanned, physicalSize, received, headers})});
    draft.whole = undefined;
  }

  /** All or none: what was renamed before a failure is taken back. */
  async #renameAll(entries: readonly NewEntry[], places: string[]): Promise<void> {
    const {directory} = this.#folder.place;
    const done: string[] = [];
    try {
      for (const [n, draft] of this.#drafts.entries()) {
        const entry = entries[n];
        if (entry === undefined) continue;
        const place = (entry.flags & MARKS.inNew) === 0 ? 'cur' : 'new';
        const info = place === 'new' ? '' : infoOf(entry.flags, entry.keywords[0] ?? 0);
        const path = `${directory}/${place}/${entry.name}${info}`;
        await nameCalls.renamed(toPath(draft.path), toPath(path));
        done.push(path);
        places.push(place);
      }
    } catch (fault) {
      for (const path of done) await unlink(toPath(path)).catch(() => undefined);
      throw saveFault(fault);
    }
  }

  async #entryOf(draft: Draft, change: Parameters<Parameters<MaildirFolder['transact']>[0]>[0]): Promise<NewEntry> {
    const {options} = draft;
    const words = await this.#folder.keywordWords(options.keywords ?? [], change);
    const named = (words[0] ?? 0) & (2 ** NAMED_KEYWORDS - 1);
    const flags = (options.flags ?? 0) & CLIENT_FLAGS;
    return {
      name: `${draft.uniqueName},S=${draft.sizeBytes},W=${draft.virtualBytes}`,
      flags: flags === 0 && named === 0 ? MARKS.inNew : flags,
      keywords: words,
      received: draft.received,
      saved: Math.floor(this.#rules.now() / 1000),
      virtualSize: draft.virtualBytes,
      fields: options.guid === undefined ? '' : `G${options.guid}`,
      info: '',
    };
  }

  async abort(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const sink of this.#sinks) sink.close();
    for (const draft of this.#drafts) await unlink(toPath(draft.path)).catch(() => undefined);
  }
}

const FOLDER_MODE = 0o700;
const NOTHING_WRITTEN = {sizeBytes: 0, virtualBytes: 0, received: 0, isFinished: false, whole: undefined};

class DraftSink implements MessageSink {
  readonly #fd: number;
  readonly #draft: Draft;
  readonly #rules: SaveRules;
  readonly #lines: LineEndWriter;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isBegun = false;
  #isClosed = false;
  readonly #room: {bytes: number};

  constructor(fd: number, draft: Draft, rules: SaveRules, room: {bytes: number}) {
    this.#room = room;
    this.#fd = fd;
    this.#draft = draft;
    this.#rules = rules;
    this.#lines = new LineEndWriter(rules.saveCrlf);
  }

  write(bytes: Buffer): Promise<void> | void {
    this.#hold(this.#lines.push(bytes));
    return this.#waitingBytes >= WRITE_BYTES ? this.#flush() : undefined;
  }

  #hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  async #flush(): Promise<void> {
    const bytes = this.#waiting.length === 1 ? this.#waiting[0] : Buffer.concat(this.#waiting, this.#waitingBytes);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#keepSmall(bytes ?? NOTHING);
    try {
      if (bytes !== undefined) await this.#write(bytes);
    } catch (fault) {
      this.close();
      throw saveFault(fault);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#fd);
  }

  /** What is small goes to the system's memory at once: sooner than to a thread. */
  async #write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length;)
      at +=
        bytes.length <= SMALL_BYTES
          ? writeSync(this.#fd, bytes, at)
          : (await promisify(write)(this.#fd, bytes, at, bytes.length - at, null)).bytesWritten;
  }

  /** A message that is written in one piece is at hand when it gets its UID, unless the batch is large. */
  #keepSmall(bytes: Buffer): void {
    const isFirst = !this.#isBegun;
    this.#isBegun = true;
    this.#draft.whole = isFirst && bytes.length <= SMALL_BYTES && bytes.length <= this.#room.bytes ? bytes : undefined;
    this.#room.bytes -= this.#draft.whole?.length ?? 0;
  }

  async finish(): Promise<void> {
    this.#hold(this.#lines.end());
    if (this.#waitingBytes > 0) await this.#flush();
    const {received} = this.#draft.options;
    try {
      if (received !== undefined) futimesSync(this.#fd, this.#rules.now() / 1000, Math.floor(received / 1000));
      this.#draft.received = Math.floor(fstatSync(this.#fd).mtimeMs / 1000); // open: answers from memory
      if (this.#rules.syncs) await promisify(fdatasync)(this.#fd);
    } catch (fault) {
      throw saveFault(fault);
    } finally {
      this.close();
    }
    this.#draft.sizeBytes = this.#lines.sizeBytes;
    this.#draft.virtualBytes = this.#lines.virtualBytes;
    this.#draft.isFinished = true;
  }
}

let lastMicroseconds = 0;

/** Never the same twice in this process: microseconds go up by one where the clock has not. */
export function newName(rules: {readonly hostName: string; now(): number}): string {
  lastMicroseconds = Math.max(lastMicroseconds + 1, Math.floor(rules.now() * 1000));
  const seconds = Math.floor(lastMicroseconds / 1_000_000);
  return `${seconds}.M${lastMicroseconds % 1_000_000}P${process.pid}.${safeHost(rules.hostName)}`;
}

/** `/` and `:` end names (the protocol's page says how they are written). */
function safeHost(name: string): string {
  return name.replaceAll('/', '\\057').replaceAll(':', '\\072').replaceAll(',', '\\054');
}

function saveFault(fault: unknown): unknown {
  const code = systemCode(fault);
  if (code === 'ENOSPC') return new MailError('quota', 'Not enough disk space', {cause: fault});
  if (code === 'EDQUOT') return new MailError('quota', 'Not enough disk quota', {cause: fault});
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return new MailError('permission', 'Permission denied', {cause: fault});
  if (code === 'ENOENT') return new MailError('nonexistent', 'Mailbox was deleted under us', {cause: fault});
  return code === undefined ? fault : new MailError('temporary', describe(fault), {cause: fault});
}
