/**
 * What dovecot-uidlist and dovecot-keywords of one folder say, kept up with others who write them: the next UID, and
 * records whose files were not seen yet. All methods but `readKeywords` are called under the lock.
 */
import {randomBytes} from 'node:crypto';
import {type CourierMail, takeOverCourier} from './courier.ts';
import {addKeywords, type KeywordsMark, readKeywords} from './keywords-file.ts';
import {appendUids, readUidlist, type UidlistHead, type UidlistMark, type UidRecord, writeUidlist} from './uidlist.ts';

export interface ControlRules {
  readonly directory: string;
  /** Where the mail lies, and perhaps another program's lists. */
  readonly mailDirectory: string;
  readonly hostName: string;
  readonly fileMode: number;
  /** mail_fsync = always: UIDs are on disk before anybody hears of them. */
  readonly syncsAlways: boolean;
  /** A UIDVALIDITY that no mailbox of this tree had. */
  nextUidValidity(): Promise<number>;
}

interface ResumeHead {
  readonly head: UidlistHead | undefined;
  readonly nextUid: number;
  readonly mark: UidlistMark | undefined;
  readonly records: number;
}

export class ControlFiles {
  uidValidity = 0;
  guid = '';
  nextUid = 1;
  /** Records that came since the last look, ascending. */
  unseen: UidRecord[] = [];
  /** The list has to be written anew before anything is appended to it. */
  mustRewrite = false;
  readonly #rules: ControlRules;
  readonly #uidlistPath: string;
  readonly #keywordsPath: string;
  #head: UidlistHead | undefined;
  #mark: UidlistMark | undefined;
  #keywordsMark: KeywordsMark | undefined;
  /** Records in the file, those of messages that are gone included. */
  #recordCount = 0;

  constructor(rules: ControlRules) {
    this.#rules = rules;
    this.#uidlistPath = `${rules.directory}/dovecot-uidlist`;
    this.#keywordsPath = `${rules.directory}/dovecot-keywords`;
  }

  get lockPath(): string {
    return `${this.#uidlistPath}.lock`;
  }

  /** Takes in what is new; answers whether all that was known is void (another UIDVALIDITY). */
  async readUids(mayWrite: boolean): Promise<boolean> {
    const news = await readUidlist(this.#uidlistPath, this.#mark, this.#head);
    if (news === 'missing' || news === 'broken') return await this.#begin(mayWrite);
    const isOther = this.#head !== undefined && news.head.uidValidity !== this.uidValidity;
    if (isOther) this.#forget();
    if (news.isWhole) {
      this.unseen = [];
      this.#recordCount = 0;
    }
    this.#adopt(news.head.guid === '' ? {...news.head, guid: newGuid()} : news.head);
    this.#mark = news.mark;
    this.mustRewrite ||= news.isBroken;
    this.#recordCount += news.records.length;
    this.unseen = this.unseen.length === 0 ? [...news.records] : [...this.unseen, ...news.records];
    return isOther;
  }

  /** There is no list: Courier's is taken over, or a new one begun. */
  async #begin(mayWrite: boolean): Promise<boolean> {
    const wasKnown = this.#head !== undefined;
    this.#forget();
    const courier = mayWrite && !wasKnown ? await this.#courier() : undefined;
    const uidValidity = courier?.uidValidity ?? (await this.#rules.nextUidValidity());
    const head = {uidValidity, nextUid: courier?.nextUid ?? 1, guid: newGuid(), others: []};
    const records = courier?.records ?? [];
    this.#adopt(head);
    this.unseen = [...records];
    this.#recordCount = records.length;
    if (mayWrite) this.#mark = await writeUidlist(this.#uidlistPath, head, records, this.#rules.fileMode);
    return wasKnown;
  }

  #courier(): Promise<CourierMail | undefined> {
    return takeOverCourier(this.#rules.mailDirectory, async keywords => {
      const names = await this.addKeywords(keywords);
      this.#keywordsMark = undefined; // the folder does not know them yet
      return keywords.map(keyword => names.findIndex(name => name?.toLowerCase() === keyword.toLowerCase()));
    });
  }

  #adopt(head: UidlistHead): void {
    this.#head = head;
    this.uidValidity = head.uidValidity;
    this.guid = head.guid;
    this.nextUid = Math.max(this.nextUid, head.nextUid);
  }

  #forget(): void {
    this.#head = undefined;
    this.#mark = undefined;
    this.nextUid = 1;
    this.unseen = [];
    this.#recordCount = 0;
    this.mustRewrite = false;
  }

  /** For the index: where reading goes on. */
  toHead(): unknown {
    return {head: this.#head, nextUid: this.nextUid, mark: this.#mark, records: this.#recordCount};
  }

  /** Of the index, when nothing was read yet. */
  fromHead(value: unknown): void {
    if (this.#head !== undefined || typeof value !== 'object' || value === null) return;
    const {head, nextUid, mark, records} = value as ResumeHead; // behind a checksum: toHead made it
    if (head === undefined || mark === undefined) return;
    this.#adopt({...head, nextUid});
    this.#mark = mark;
    this.#recordCount = records;
  }

  append(records: readonly UidRecord[]): void {
    for (const record of records) {
      this.nextUid = Math.max(this.nextUid, record.uid + 1);
    }
    if (records.length === 0 || this.#mark === undefined) return;
    this.#mark = appendUids(this.#uidlistPath, records, this.#mark, this.#rules.syncsAlways);
    this.#recordCount += records.length;
  }

  /** Most of the file is about messages that are gone. */
  isMostlyGone(messages: number): boolean {
    return this.#recordCount > 100 && this.#recordCount > messages * 2;
  }

  async rewrite(records: Iterable<UidRecord>, count: number): Promise<void> {
    if (this.#head === undefined) return;
    const head = {...this.#head, nextUid: this.nextUid};
    this.#mark = await writeUidlist(this.#uidlistPath, head, records, this.#rules.fileMode);
    this.#recordCount = count;
    this.mustRewrite = false;
  }

  /** undefined: as before. */
  async readKeywords(): Promise<readonly (string | undefined)[] | undefined> {
    const read = await readKeywords(this.#keywordsPath, this.#keywordsMark);
    if (read !== undefined) this.#keywordsMark = read.mark;
    return read?.names;
  }

  async addKeywords(names: readonly string[]): Promise<readonly (string | undefined)[]> {
    const {hostName, fileMode} = this.#rules;
    const read = await addKeywords(this.#keywordsPath, names, hostName, fileMode);
    this.#keywordsMark = read.mark;
    return read.names;
  }
}

/** 32 hex digits, as Dovecot's: any will do that nobody else has. */
function newGuid(): string {
  return randomBytes(16).toString('hex');
}
