/** Answers FETCH: message by message, as fast as the client reads. */
import {describe} from '../../base/errors.ts';
import type {EventScripts} from '../../delivery/sieve/event-scripts.ts';
import {flagBits, type MessageItems, type MessageReader, type NumberRanges} from '../../mailbox/mailbox.ts';
import {printFlags} from '../flags.ts';
import {printDateTime} from '../imap-date.ts';
import {astring, quoted} from '../imap-string.ts';
import {wireName} from '../mailbox-name.ts';
import {type FlagsBefore, snapshot, tellScripts} from '../flag-events.ts';
import type {MailSession} from '../mail-session.ts';
import type {Selected} from '../selected.ts';
import {checkBinary, sendBinary, sendBinarySize} from './binary.ts';
import type {FetchItem, PlainItem} from './fetch-item.ts';
import {fieldsComeFromIndex, type FetchPlan} from './fetch-plan.ts';
import type {NamedSection} from './section.ts';
import {type OpenMessage, sendSection} from './section-bytes.ts';
import {windowOf} from './stream-range.ts';

export interface FetchOptions {
  readonly isUid: boolean;
  /** Only messages changed since; undefined: all. */
  readonly changedSince: number | undefined;
}

export class FetchRun {
  readonly session: MailSession;
  readonly #selected: Selected;
  readonly #plan: FetchPlan;
  readonly #options: FetchOptions;
  readonly #indexHasFields: boolean;
  /** Messages whose body was read, to be marked. */
  readonly #seen: number[] = [];
  /** Of those: changed besides. */
  #news: Set<number> | undefined;
  /** A message was gone; it was answered as far as it is known. */
  hasGone = false;
  /** A message could not be read; the others were answered. */
  hasFailed = false;

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
    if (items === undefined) this.hasGone = true;
    if (items !== undefined && this.#needsReader(items)) return this.#answerFromMessage(sequence, items);
    void this.#answerWith(sequence, items ?? NO_ITEMS, undefined); // without a message there is nothing to wait for
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
    const text = items.preview === undefined ? 'NIL' : quoted(items.preview.toString('latin1'));
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

  async #answerFromMessage(sequence: number, items: MessageItems): Promise<void> {
    const reader = await this.#open(sequence);
    if (reader === 'failed') return;
    if (reader === undefined) this.hasGone = true;
    try {
      const uid = this.#selected.mailbox.uid(sequence);
      const message = reader === undefined ? undefined : {uid, reader, size: items.size};
      if (message !== undefined) await checkBinary(this.session, message, this.#plan.late);
      await this.#answerWith(sequence, items, message);
    } finally {
      reader?.close();
    }
    const pause = this.session.line.breathe();
    if (pause !== undefined) await pause;
  }

  /** A message that can't be read: imap_fetch_failure says whether the rest is answered. */
  async #open(sequence: number): Promise<MessageReader | undefined | 'failed'> {
    try {
      return await this.#selected.mailbox.open(sequence);
    } catch (fault) {
      if (this.session.settings.fetchFailure === 'disconnect-immediately') throw fault;
      this.session.log.error(`FETCH: ${describe(fault)}`);
      this.hasFailed = true;
      return 'failed';
    }
  }

  /** Waits for nothing where there is no message to read. */
  #answerWith(sequence: number, items: MessageItems, message: OpenMessage | undefined): Promise<void> | undefined {
    const {out} = this.session.line;
    const {late, marksSeen} = this.#plan;
    const head = this.#head(sequence, items);
    out.text(head);
    if (marksSeen) this.#seen.push(sequence);
    const first = head.endsWith('(') ? '' : ' ';
    if (message !== undefined) return this.#answerLate(items, message, first);
    for (let n = 0; n < late.length; n++) {
      const item = late[n];
      out.text(n === 0 ? first : ' ');
      if (item !== undefined) this.#known(items, item);
    }
    out.line(')');
    return undefined;
  }

  async #answerLate(items: MessageItems, message: OpenMessage, first: string): Promise<void> {
    const {out} = this.session.line;
    let separator = first;
    for (const item of this.#plan.late) {
      out.text(separator);
      separator = ' ';
      await this.#late(items, item, message);
    }
    out.line(')');
  }

  #needsReader(items: MessageItems): boolean {
    return this.#plan.late.some(item => {
      if (item.kind === 'plain') return false;
      return !(item.kind === 'body' && this.#isInIndex(item.named, items));
    });
  }

  #isInIndex({section}: NamedSection, items: MessageItems): boolean {
    const isAsked = this.#indexHasFields && section.what === 'fields' && section.path.length === 0;
    return isAsked && items.headerFields !== undefined;
  }

  /** From the index; of what only the message has, that it is gone. */
  #known(items: MessageItems, item: FetchItem): void {
    const {out} = this.session.line;
    if (item.kind === 'plain') {
      out.text(`${item.name} `);
      out.bytes(cached(items, item.name));
    } else if (item.kind === 'body' && this.#isInIndex(item.named, items)) {
      out.text(`${item.label} `);
      this.#fields(items, item.named);
    } else if (item.kind !== 'preview') out.text(`${item.label} ${item.kind === 'binary-size' ? '0' : 'NIL'}`);
  }

  async #late(items: MessageItems, item: FetchItem, message: OpenMessage): Promise<void> {
    const {out} = this.session.line;
    if (item.kind === 'plain' || item.kind === 'preview') this.#known(items, item);
    else if (item.kind === 'body' && this.#isInIndex(item.named, items)) this.#known(items, item);
    else if (item.kind === 'body') {
      out.text(`${item.label} `);
      await this.#body(message, item.named);
    } else if (item.kind === 'binary') await sendBinary(this.session, message, item);
    else await sendBinarySize(this.session, message, item);
  }

  async #body(message: OpenMessage, {section, partial}: NamedSection): Promise<void> {
    const length = await sendSection(this.session, message, section, partial);
    const {counters} = this.session;
    if (section.what === 'all' || section.what === 'text') {
      counters.bodyCount++;
      counters.bodyBytes += length;
    } else {
      counters.headerCount++;
      counters.headerBytes += length;
    }
  }

  /** Fields from the index get the empty line that ends a header. */
  #fields({headerFields}: MessageItems, {partial}: NamedSection): void {
    const fields = Buffer.concat([headerFields ?? Buffer.alloc(0), EMPTY_LINE]);
    const {start, length} = windowOf(fields.length, partial);
    this.session.line.out.text(`{${length}}\r\n`);
    this.session.line.out.bytes(fields.subarray(start, start + length));
  }

  async #markSeen(): Promise<void> {
    const {mailbox} = this.#selected;
    if (mailbox.isReadOnly) return;
    const unseen = this.#seen.filter(sequence => (mailbox.flags(sequence) & flagBits.seen) === 0);
    if (unseen.length === 0) return;
    const sequences = unseen.map(sequence => [sequence, sequence] as const);
    const {scripts} = this.session;
    const before = scripts === undefined ? undefined : snapshot(mailbox, sequences);
    await mailbox.setFlags(sequences, {mode: 'add', flags: flagBits.seen, keywords: []});
    if (scripts !== undefined && before !== undefined) await this.#tellScripts(scripts, before);
  }

  /** What a script makes of flags besides is news for the client. */
  async #tellScripts(scripts: EventScripts, before: FlagsBefore): Promise<void> {
    const {mailbox} = this.#selected;
    await tellScripts(scripts, mailbox, before);
    for (const [sequence, {flags, keywords}] of before) {
      const isTold = (mailbox.flags(sequence) | flagBits.recent) === (flags | flagBits.seen | flagBits.recent);
      if (!isTold || mailbox.keywordsOf(sequence).join(' ') !== keywords.join(' '))
        (this.#news ??= new Set()).add(sequence);
    }
  }

  /** What the client was told with its bodies. */
  get knownFlags(): ReadonlySet<number> {
    const news = this.#news;
    return new Set(news === undefined ? this.#seen : this.#seen.filter(sequence => !news.has(sequence)));
  }
}

const NO_ITEMS: MessageItems = {};
const EMPTY_LINE = Buffer.from('\r\n');

/** Of a message that is gone Dovecot says what an empty one would have. */
function cached(items: MessageItems, name: PlainItem): Buffer {
  if (name === 'ENVELOPE') return items.envelope ?? EMPTY_ENVELOPE;
  return name === 'BODY' ? (items.body ?? EMPTY_BODY) : (items.bodyStructure ?? EMPTY_STRUCTURE);
}

const EMPTY_ENVELOPE = Buffer.from(`(${Array.from({length: 10}, () => 'NIL').join(' ')})`);
const EMPTY_TEXT = '"text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0';
const EMPTY_BODY = Buffer.from(`(${EMPTY_TEXT})`);
const EMPTY_STRUCTURE = Buffer.from(`(${EMPTY_TEXT} NIL NIL NIL NIL)`);
