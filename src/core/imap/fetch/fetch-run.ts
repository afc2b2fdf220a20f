/** Answers FETCH: message by message, as fast as the client reads. */
import {flagBits, type MessageItems, type MessageReader, type NumberRanges} from '../../mailbox/mailbox.ts';
import type {MessagePart} from '../../message/mime/message-part.ts';
import {printFlags} from '../flags.ts';
import {printDateTime} from '../imap-date.ts';
import {astring, quoted} from '../imap-string.ts';
import {wireName} from '../mailbox-name.ts';
import type {MailSession} from '../mail-session.ts';
import type {Selected} from '../selected.ts';
import {sendBinary, sendBinarySize} from './binary.ts';
import type {FetchItem, PlainItem} from './fetch-item.ts';
import {fieldsComeFromIndex, type FetchPlan} from './fetch-plan.ts';
import {filterHeader, withEmptyLine} from './header-filter.ts';
import type {Section} from './section.ts';
import {readHeader, sectionRange} from './section-bytes.ts';
import {sendRange, windowOf} from './stream-range.ts';

export interface FetchOptions {
  readonly isUid: boolean;
  /** Only messages changed since; undefined: all. */
  readonly changedSince: number | undefined;
}

/** One message that is being answered, opened when it has to be. */
export interface OpenMessage {
  readonly uid: number;
  readonly items: MessageItems;
  reader: MessageReader | undefined;
  /** Asked for by its sequence number. */
  readonly sequence: number;
  tree: MessagePart | undefined;
}

export class FetchRun {
  readonly session: MailSession;
  readonly #selected: Selected;
  readonly #plan: FetchPlan;
  readonly #options: FetchOptions;
  readonly #indexHasFields: boolean;
  /** Messages whose body was read, to be marked. */
  readonly #seen: number[] = [];
  /** There was a message that is gone. */
  hasGone = false;

  constructor(session: MailSession, selected: Selected, plan: FetchPlan, options: FetchOptions) {
    this.session = session;
    this.#selected = selected;
    this.#plan = plan;
    this.#options = options;
    this.#indexHasFields = fieldsComeFromIndex(plan);
  }

  async run(messages: NumberRanges): Promise<void> {
    const {mailbox} = this.#selected;
    const {changedSince} = this.#options;
    const wanted = changedSince === undefined ? messages : this.#changed(messages, changedSince);
    try {
      if (this.#plan.hasNeeds) await mailbox.items(wanted, this.#plan.needs, (n, items) => this.#answer(n, items));
      else await this.#answerAll(wanted);
    } finally {
      await this.#markSeen();
    }
  }

  #changed(messages: NumberRanges, since: number): NumberRanges {
    const {mailbox} = this.#selected;
    const changed: [number, number][] = [];
    for (const [first, last] of messages)
      for (let sequence = first; sequence <= last; sequence++) {
        if (mailbox.modSeq(sequence) <= since) continue;
        const previous = changed[changed.length - 1];
        if (previous !== undefined && previous[1] === sequence - 1) previous[1] = sequence;
        else changed.push([sequence, sequence]);
      }
    return changed;
  }

  async #answerAll(messages: NumberRanges): Promise<void> {
    for (const [first, last] of messages)
      for (let sequence = first; sequence <= last; sequence++) {
        const answered = this.#answer(sequence, NO_ITEMS);
        if (answered !== undefined) await answered;
      }
  }

  /** A promise only where something has to be waited for. */
  #answer(sequence: number, items: MessageItems | undefined): Promise<void> | undefined {
    if (items === undefined) {
      this.hasGone = true;
      return undefined;
    }
    if (this.#plan.late.length > 0) return this.#answerBody(sequence, items);
    this.session.line.out.line(`${this.#head(sequence, items)})`);
    return this.session.line.breathe();
  }

  /** `* 3 FETCH (UID 7 FLAGS (\Seen)`. */
  #head(sequence: number, items: MessageItems): string {
    const {mailbox} = this.#selected;
    let text = `* ${sequence} FETCH (`;
    let separator = '';
    for (const item of this.#plan.early) {
      text += separator + this.#early(sequence, item, items);
      separator = ' ';
    }
    const isNewlySeen = this.#plan.marksSeen && (mailbox.flags(sequence) & flagBits.seen) === 0 && !mailbox.isReadOnly;
    if (isNewlySeen && !this.#plan.showsFlags) text += `${separator}${this.#flags(sequence)}`;
    return text;
  }

  #flags(sequence: number): string {
    const {mailbox} = this.#selected;
    const bits = mailbox.flags(sequence) | (this.#plan.marksSeen && !mailbox.isReadOnly ? flagBits.seen : 0);
    return `FLAGS ${printFlags(bits, mailbox.keywordsOf(sequence))}`;
  }

  #early(sequence: number, item: FetchItem, items: MessageItems): string {
    if (item.kind === 'plain') return this.#plain(sequence, item.name, items);
    if (item.kind !== 'preview') return '';
    const name = item.isSnippet ? 'SNIPPET' : 'PREVIEW';
    const text = quoted((items.preview ?? Buffer.alloc(0)).toString('latin1'));
    return `${name} ${item.showsFuzzy ? `(FUZZY ${text})` : text}`;
  }

  #plain(sequence: number, name: PlainItem, items: MessageItems): string {
    const {mailbox} = this.#selected;
    switch (name) {
      case 'FLAGS':
        return this.#flags(sequence);
      case 'UID':
        return `UID ${mailbox.uid(sequence)}`;
      case 'X-REAL-UID':
        return `X-REAL-UID ${mailbox.uid(sequence)}`;
      case 'MODSEQ':
        return `MODSEQ (${this.#modSeq(sequence)})`;
      case 'INTERNALDATE':
        return `INTERNALDATE ${printDateTime(items.received ?? 0)}`;
      case 'RFC822.SIZE':
        return `RFC822.SIZE ${items.size ?? 0}`;
      case 'SAVEDATE':
      case 'X-SAVEDATE':
        return `${name} ${items.saved === undefined ? 'NIL' : printDateTime(items.saved)}`;
      case 'X-GUID':
        return `X-GUID ${astring(items.guid ?? '')}`;
      case 'X-MAILBOX':
        return `X-MAILBOX ${wireName(mailbox.name)}`;
      case 'ENVELOPE':
        return ''; // these three are bytes already (#late)
      case 'BODY':
        return '';
      case 'BODYSTRUCTURE':
        return '';
    }
  }

  #modSeq(sequence: number): number {
    const modSeq = this.#selected.mailbox.modSeq(sequence);
    this.#selected.toldModSeq = Math.max(this.#selected.toldModSeq, modSeq);
    return modSeq;
  }

  async #answerBody(sequence: number, items: MessageItems): Promise<void> {
    const {out} = this.session.line;
    const uid = this.#selected.mailbox.uid(sequence);
    const message: OpenMessage = {uid, sequence, items, reader: undefined, tree: undefined};
    try {
      if (this.#needsReader(items) && !(await this.openReader(message))) return;
      const head = this.#head(sequence, items);
      out.text(head);
      let separator = head.endsWith('(') ? '' : ' ';
      for (const item of this.#plan.late) {
        out.text(separator);
        separator = ' ';
        await this.#late(message, item);
      }
      out.line(')');
    } finally {
      message.reader?.close();
    }
    if (this.#plan.marksSeen) this.#seen.push(sequence);
    const pause = this.session.line.breathe();
    if (pause !== undefined) await pause;
  }

  #needsReader(items: MessageItems): boolean {
    return this.#plan.late.some(item => {
      if (item.kind === 'plain') return false;
      return !(item.kind === 'body' && this.#fromIndex(item.named.section, items));
    });
  }

  #fromIndex(section: Section, items: MessageItems): boolean {
    const isAsked = this.#indexHasFields && section.kind === 'fields' && section.path.length === 0;
    return isAsked && items.headerFields !== undefined;
  }

  /** False: the message is gone. */
  async openReader(message: OpenMessage): Promise<boolean> {
    message.reader = await this.#selected.mailbox.open(message.sequence);
    if (message.reader === undefined) this.hasGone = true;
    return message.reader !== undefined;
  }

  async #late(message: OpenMessage, item: FetchItem): Promise<void> {
    const {out} = this.session.line;
    switch (item.kind) {
      case 'plain':
        out.text(`${item.name} `);
        out.bytes(cached(message.items, item.name));
        return;
      case 'body':
        out.text(`${item.label} `);
        await this.#body(message, item.named.section, item.named.partial);
        return;
      case 'binary':
        return await sendBinary(this.session, message, item);
      case 'binary-size':
        return await sendBinarySize(this.session, message, item);
      case 'preview':
        return;
    }
  }

  async #body(message: OpenMessage, section: Section, partial: Parameters<typeof windowOf>[1]): Promise<void> {
    const {counters} = this.session;
    const isHeader = section.kind === 'header' || section.kind === 'mime';
    let length: number;
    if (section.kind === 'fields' || section.kind === 'not-fields') {
      const fields = await this.#fields(message, section);
      const window = windowOf(fields.length, partial);
      this.session.line.out.text(`{${window.length}}\r\n`);
      this.session.line.out.bytes(fields.subarray(window.start, window.start + window.length));
      return;
    }
    const {reader} = message;
    if (reader === undefined) return;
    const range = await sectionRange(this.session, message, reader, section);
    length = await sendRange(this.session, message.uid, reader, range, partial);
    if (isHeader) {
      counters.headerCount++;
      counters.headerBytes += length;
    } else {
      counters.bodyCount++;
      counters.bodyBytes += length;
    }
  }

  async #fields(message: OpenMessage, section: Section): Promise<Buffer> {
    const {headerFields} = message.items;
    if (headerFields !== undefined && this.#fromIndex(section, message.items)) return withEmptyLine(headerFields);
    const {reader} = message;
    if (reader === undefined) return withEmptyLine(Buffer.alloc(0));
    const range = await sectionRange(this.session, message, reader, section);
    const header = await readHeader(this.session, message.uid, reader, range);
    const {counters} = this.session;
    counters.headerCount++;
    const filtered = filterHeader(header, new Set(section.names), section.kind === 'fields');
    counters.headerBytes += filtered.length;
    return range.virtualSize === 0 ? Buffer.alloc(0) : filtered;
  }

  async #markSeen(): Promise<void> {
    const {mailbox} = this.#selected;
    if (mailbox.isReadOnly) return;
    const unseen = this.#seen.filter(sequence => (mailbox.flags(sequence) & flagBits.seen) === 0);
    if (unseen.length === 0) return;
    const sequences = unseen.map(sequence => [sequence, sequence] as const);
    await mailbox.setFlags(sequences, {mode: 'add', flags: flagBits.seen, keywords: []});
  }

  /** What the client was told with its bodies. */
  get knownFlags(): ReadonlySet<number> {
    return new Set(this.#seen);
  }
}

const NO_ITEMS: MessageItems = {};

function cached(items: MessageItems, name: PlainItem): Buffer {
  const bytes = name === 'ENVELOPE' ? items.envelope : name === 'BODY' ? items.body : items.bodyStructure;
  return bytes ?? Buffer.from('NIL');
}
