/**
 * Messages on their way into an mbox: collected in a file beside the index, then appended all at once under the lock,
 * with a From_ line, status fields and Content-Length. When something fails the mailbox is cut back to what it was.
 */
import {randomBytes} from 'node:crypto';
import {open, unlink, type FileHandle} from 'node:fs/promises';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import {makeFolder} from '../flush.ts';
import {LineEndWriter} from '../line-ends.ts';
import {MailError} from '../mail-error.ts';
import type {MessageSink, SaveBatch, SaveOptions} from '../mail-store.ts';
import type {SavedUids} from '../mailbox.ts';
import {readFully} from '../read-fully.ts';
import {CLIENT_FLAGS} from '../table.ts';
import {makeFromLine} from './from-line.ts';
import type {MboxFolder} from './mbox-folder.ts';
import {writeAll} from './mbox-rewrite.ts';
import {withStatus} from './message-head.ts';
import type {StatusToWrite} from './status-headers.ts';

export interface MboxSaveRules {
  now(): number;
  /** For From_ lines: `user@host`. */
  readonly sender: string;
  readonly saveCrlf: boolean;
  /** Throws `MailError` quota when these don't fit. */
  allow(messages: number, bytes: number): Promise<void>;
  changed(messages: number, bytes: number): Promise<void>;
}

interface Draft {
  readonly options: SaveOptions;
  readonly at: number;
  end: number;
  isFinished: boolean;
}

const COPY_BYTES = 1024 * 1024;
const FOLDER_MODE = 0o700;
/** A head that is longer is taken for a body without one. */
const LONGEST_HEAD = 1024 * 1024;

export class MboxSave implements SaveBatch {
  readonly #folder: MboxFolder;
  readonly #rules: MboxSaveRules;
  readonly #drafts: Draft[] = [];
  #collected: FileHandle | undefined;
  #end = 0;

  constructor(folder: MboxFolder, rules: MboxSaveRules) {
    this.#folder = folder;
    this.#rules = rules;
  }

  async add(options: SaveOptions): Promise<MessageSink> {
    const last = this.#drafts[this.#drafts.length - 1];
    if (last?.isFinished === false) throw new Error('one message after the other');
    const file = (this.#collected ??= await this.#openCollected());
    const draft: Draft = {options, at: this.#end, end: this.#end, isFinished: false};
    this.#drafts.push(draft);
    const lines = new LineEndWriter(this.#rules.saveCrlf);
    const write = async (bytes: Buffer): Promise<void> => {
      await writeAll(file, bytes, draft.end);
      draft.end += bytes.length;
    };
    return {
      write: bytes => write(lines.push(bytes)),
      finish: async () => {
        await write(lines.end());
        this.#end = draft.end;
        draft.isFinished = true;
      },
    };
  }

  async #openCollected(): Promise<FileHandle> {
    const {index} = this.#folder.place;
    await makeFolder(index, FOLDER_MODE);
    const path = toPath(`${index}/posthorn.save-${process.pid}-${randomBytes(8).toString('hex')}`);
    const file = await open(path, 'wx+', 0o600);
    await unlink(path);
    return file;
  }

  async commit(): Promise<SavedUids> {
    if (this.#drafts.some(draft => !draft.isFinished)) throw new Error('a message of this batch is not finished');
    try {
      await this.#rules.allow(this.#drafts.length, this.#end);
      const uids = await this.#folder.transact(async change => {
        for (const {options} of this.#drafts) await this.#folder.keywordWords(options.keywords ?? [], change);
        return await this.#folder.append(change, this.#drafts.length, (file, firstUid, isFirst) =>
          this.#append(file, firstUid, isFirst),
        );
      });
      await this.#rules.changed(this.#drafts.length, this.#end);
      return {uidValidity: this.#folder.uidValidity, uids};
    } catch (fault) {
      throw saveFault(fault);
    } finally {
      await this.abort();
    }
  }

  async #append(file: FileHandle, firstUid: number, isFirst: boolean): Promise<void> {
    const {size} = await file.stat();
    let at = size;
    const put = async (bytes: Buffer): Promise<void> => {
      await writeAll(file, bytes, at);
      at += bytes.length;
    };
    await put(await separatorAt(file, size));
    for (const [n, draft] of this.#drafts.entries()) {
      const base = isFirst && n === 0 ? this.#folder.baseFor(firstUid + this.#drafts.length - 1) : undefined;
      await this.#appendOne(draft, firstUid + n, base, put);
    }
  }

  async #appendOne(
    draft: Draft,
    uid: number,
    base: StatusToWrite['base'],
    put: (bytes: Buffer) => Promise<void>,
  ): Promise<void> {
    const collected = this.#collected;
    if (collected === undefined) return;
    const {options} = draft;
    const head = await readFully(collected, draft.at, Math.min(draft.end, draft.at + LONGEST_HEAD));
    const headLength = lengthOfHead(head);
    const bodyAt = draft.at + headLength;
    const status: StatusToWrite = {
      flags: (options.flags ?? 0) & CLIENT_FLAGS,
      keywords: options.keywords ?? [],
      uid,
      isOld: false,
      base,
      contentLength: draft.end - bodyAt,
    };
    await put(Buffer.from(makeFromLine(this.#rules.sender, options.received ?? this.#rules.now()), 'latin1'));
    const hasBlank = headLength > 0 && head[headLength - 1] === LF && isBlankAt(head, headLength);
    await put(withStatus(head.subarray(0, headLength), {hasBlank}, status));
    for (let at = bodyAt; at < draft.end; at += COPY_BYTES)
      await put(await readFully(collected, at, Math.min(draft.end, at + COPY_BYTES)));
    const last = await readFully(collected, draft.end - 1, draft.end);
    await put(Buffer.from(last[0] === LF || draft.end === bodyAt ? '\n' : '\n\n'));
  }

  async abort(): Promise<void> {
    const collected = this.#collected;
    this.#collected = undefined;
    await collected?.close();
  }
}

const LF = 0x0a;

/** What is missing before a From_ line may follow. */
async function separatorAt(file: FileHandle, size: number): Promise<Buffer> {
  const end = (await readFully(file, Math.max(0, size - 2), size)).toString('latin1');
  if (size === 0 || end === '\n\n') return Buffer.alloc(0);
  return Buffer.from(end.endsWith('\n') ? '\n' : '\n\n');
}

/** With the empty line; all of it when there is none, 0 when it begins with no field. */
function lengthOfHead(bytes: Buffer): number {
  if (bytes[0] === LF) return 1;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === 0x0d && bytes[at + 2] === LF) return at + 3;
  }
  return bytes.length >= LONGEST_HEAD ? 0 : bytes.length;
}

function isBlankAt(head: Buffer, end: number): boolean {
  return end === 1 || head[end - 2] === LF || (head[end - 2] === 0x0d && head[end - 3] === LF);
}

function saveFault(fault: unknown): unknown {
  const code = systemCode(fault);
  if (code === 'ENOSPC') return new MailError('quota', 'Not enough disk space', {cause: fault});
  if (code === 'EDQUOT') return new MailError('quota', 'Not enough disk quota', {cause: fault});
  return fault;
}
