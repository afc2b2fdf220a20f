/**
 * cleanup(8): takes a message and puts it into the incoming queue, its header completed, its addresses in standard form
 * and its recipients expanded. `submit` answers when the queue file and its name are on disk; until then nothing of the
 * message counts, and a crash leaves a file that every reader skips. What can't be accepted throws `Refusal` with the
 * enhanced status code and the reason.
 *
 * A small message is gathered in one buffer and written in one call; a large one goes out in pieces, the source waiting
 * for the disk.
 */
import type {AddressRewriter, RewriteContext} from '../address/address-rewriter.ts';
import {ExpansionError} from '../address/address-rewriter.ts';
import {run} from '../address/steps.ts';
import type {Clock} from '../base/clock.ts';
import {describe, Refusal, systemCode} from '../base/errors.ts';
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import {TableError} from '../table/table.ts';
import type {Envelope, NewQueueFile, NewRecipient, Recipient, Submission, Submitter} from './agent.ts';
import {ContentWriter, type ContentChecks} from './cleanup-content.ts';
import {EnvelopeWriter, type BccMaps} from './cleanup-recipients.ts';
import {cleanupSettings, type CleanupSettings} from './cleanup-settings.ts';
import {MessageState, NO_RECIPIENTS, TOO_BIG, WRITE_ERROR, type Fault} from './cleanup-state.ts';
import {TLS_REQUIRED} from './send-options.ts';

export interface CleanupSupplies {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly rewriter: AddressRewriter;
  /** For submissions whose addresses are not to be mapped. */
  readonly plainRewriter?: AddressRewriter | undefined;
  readonly checks: ContentChecks;
  readonly bcc: BccMaps;
  createFile(): Promise<NewQueueFile>;
  /** Told of each message that is safely queued; `content` holds its records when the message is small. */
  onQueued(envelope: Envelope, content: Buffer | undefined): void;
  /** Told, before that, of aliases whose sender wants success reported (DSN action `expanded`). */
  onExpanded?(envelope: Envelope, aliases: readonly Recipient[]): void;
  /**
   * Returns a refused message to its sender, for submitters that can't (Submission.returnsRefused); false: it could not be
   * done. The file is complete, has its name, and is removed afterwards.
   */
  returnRefused?(envelope: Envelope, fault: Fault): Promise<boolean>;
}

export class Cleanup implements Submitter {
  readonly #supplies: CleanupSupplies;
  readonly #settings: CleanupSettings;
  readonly #log: Log;

  constructor(supplies: CleanupSupplies) {
    this.#supplies = supplies;
    this.#settings = cleanupSettings(supplies.config);
    this.#log = supplies.log.as('cleanup');
  }

  async submit(submission: Submission): Promise<{readonly id: string}> {
    const file = submission.file ?? (await this.open());
    const message = new Message(this.#supplies, this.#settings, this.#log, submission, file);
    try {
      return await message.run();
    } catch (fault) {
      await file.abort();
      throw message.explain(fault);
    }
  }

  /** Makes the file of a message that is handed over later. Throws `Refusal`. */
  async open(): Promise<NewQueueFile> {
    try {
      return await this.#supplies.createFile();
    } catch (fault) {
      this.#log.warning(`create queue file: ${describe(fault)}`);
      throw writeRefusal(fault);
    }
  }
}

/** One submission under way. */
class Message {
  readonly #supplies: CleanupSupplies;
  readonly #settings: CleanupSettings;
  readonly #log: Log;
  readonly #submission: Submission;
  readonly #file: NewQueueFile;
  readonly #state: MessageState;
  readonly #envelope: EnvelopeWriter;
  readonly #rewriter: AddressRewriter;
  #dataOffset = 0;
  /** Taken from the record buffer: the whole content while it is small. */
  #kept: Buffer[] | undefined = [];
  #keptBytes = 0;
  #isTooBig = false;

  constructor(
    supplies: CleanupSupplies,
    settings: CleanupSettings,
    log: Log,
    submission: Submission,
    file: NewQueueFile,
  ) {
    this.#supplies = supplies;
    this.#settings = settings;
    this.#log = log;
    this.#submission = submission;
    this.#file = file;
    const isInternal = submission.internal === true;
    this.#state = new MessageState(
      file.id,
      log,
      submission.attributes ?? new Map(),
      submission.hold === true,
      !isInternal && submission.skipsChecks !== true,
    );
    this.#state.sendOptions = (submission.utf8 ?? 0) | (submission.requiresTls === true ? TLS_REQUIRED : 0);
    this.#state.detectsUtf8 = submission.utf8 === undefined;
    const isPlain = submission.skipsMapping === true;
    const rewriter = isPlain ? (supplies.plainRewriter ?? supplies.rewriter) : supplies.rewriter;
    this.#rewriter = rewriter.forMessage?.(file.id) ?? rewriter;
    const bcc = isInternal || isPlain ? undefined : supplies.bcc;
    this.#envelope = new EnvelopeWriter(this.#state, settings, this.#rewriter, bcc);
  }

  async run(): Promise<{readonly id: string}> {
    const state = this.#state;
    state.records.put('C', ' '.repeat(SIZE_PAYLOAD));
    state.isDiscarded = this.#submission.discardsContent === true;
    await this.#writeEnvelope();
    this.#submission.announce?.(state.id);
    state.records.put('M', '');
    this.#dataOffset = state.records.position;
    const content = await this.#writeContent();
    const contentBytes = state.records.position - this.#dataOffset;
    state.records.put('X', '');
    await this.#writeExtracted(content.extracted);
    state.records.put('E', '');
    this.#checkSize();
    if (state.recipientCount === 0) state.fail(NO_RECIPIENTS);
    return await this.#finish(contentBytes);
  }

  /** What was thrown, as the submitter shall hear it. */
  explain(fault: unknown): unknown {
    if (fault instanceof Refusal) return fault;
    if (fault instanceof ExpansionError || fault instanceof TableError)
      this.#log.warning(`${this.#state.id}: ${fault.message}`);
    if (fault instanceof ExpansionError) return new Refusal('4.6.0', 'Alias expansion error', {cause: fault});
    if (fault instanceof TableError) return new Refusal(WRITE_ERROR.status, WRITE_ERROR.text, {cause: fault});
    if (systemCode(fault) === undefined) return fault;
    this.#log.warning(`${this.#state.id}: write queue file: ${describe(fault)}`);
    return writeRefusal(fault);
  }

  async #writeEnvelope(): Promise<void> {
    const state = this.#state;
    const submission = this.#submission;
    if (submission.contentFilter !== undefined) state.records.put('L', submission.contentFilter);
    this.#writeTime();
    state.records.put('A', `create_time=${this.#file.createdSeconds}`);
    this.#writeAttributes(true);
    if (submission.fullName !== undefined) state.records.put('F', submission.fullName);
    await run(this.#envelope.sender(submission.sender));
    this.#writeAttributes(false);
    if (submission.verp !== undefined) this.#writeVerp(submission.verp);
    this.#writeWarning();
    await this.#writeRecipients(submission.recipients);
  }

  #writeTime(): void {
    const state = this.#state;
    const given = this.#submission.arrival;
    const now = this.#supplies.clock.now();
    state.arrivalSeconds = given?.seconds ?? Math.floor(now / 1000);
    state.arrivalMicroseconds = given?.microseconds ?? Math.floor((now % 1000) * 1000);
    const payload = given?.text ?? `${state.arrivalSeconds} ${state.arrivalMicroseconds}`;
    state.records.put('T', payload);
  }

  /** Some attributes stand before the sender, as the original's clients send them; the others behind. */
  #writeAttributes(beforeSender: boolean): void {
    const {attributes, records} = this.#state;
    const isInternal = this.#submission.internal === true;
    if (beforeSender && this.#submission.attributes === undefined) this.#writeOwnContext();
    for (const [name, value] of attributes)
      if ((isInternal || BEFORE_SENDER.has(name)) === beforeSender && value !== '')
        records.put('A', `${name}=${value}`);
    const {verify} = this.#submission;
    if (!beforeSender && verify !== undefined && !attributes.has('trace_flags')) {
      attributes.set('trace_flags', verify === 'verify' ? '512' : '1024');
      records.put('A', `trace_flags=${verify === 'verify' ? 512 : 1024}`);
    }
  }

  #writeOwnContext(): void {
    if (this.#submission.internal === true) return;
    this.#state.records.put('A', `rewrite_context=${this.#submission.rewriteContext}`);
  }

  #writeVerp(delimiters: string): void {
    const {id, records, sender} = this.#state;
    const isGood =
      delimiters.length === 2 && [...delimiters].every(character => this.#settings.verpDelimiters.includes(character));
    if (sender === '') this.#log.warning(`${id}: ignoring VERP request for null sender`);
    else if (!isGood) this.#log.warning(`${id}: ignoring bad VERP request: "${delimiters.slice(0, 100)}"`);
    else records.put('V', delimiters);
  }

  #writeWarning(): void {
    const state = this.#state;
    if (state.sender === '' || this.#settings.delayWarningSeconds <= 0) return;
    const seconds = state.arrivalSeconds + this.#settings.delayWarningSeconds;
    state.warning = {offset: state.records.position, seconds};
    state.records.put('W', String(seconds).padStart(15));
  }

  async #writeRecipients(recipients: Iterable<NewRecipient> | AsyncIterable<NewRecipient>): Promise<void> {
    if (Symbol.iterator in recipients) for (const recipient of recipients) await this.#writeRecipient(recipient);
    else for await (const recipient of recipients) await this.#writeRecipient(recipient);
  }

  async #writeRecipient(recipient: NewRecipient): Promise<void> {
    const done = run(this.#envelope.recipient(recipient));
    if (done instanceof Promise) await done;
    if (this.#state.records.length >= FLUSH_BYTES) await this.#flush();
  }

  async #writeContent(): Promise<ContentWriter> {
    const submission = this.#submission;
    const state = this.#state;
    const writer = new ContentWriter({
      state,
      settings: this.#settings,
      checks: this.#supplies.checks,
      rewriter: this.#rewriter,
      context: this.#headerContext(),
      fullName: submission.fullName ?? '',
      createdSeconds: this.#file.createdSeconds,
      extractsRecipients: submission.extractRecipients === true,
    });
    for (const header of submission.prependHeaders ?? []) writer.prepend(header);
    if (submission.received !== undefined) writer.prepend(submission.received(state.id));
    await this.#pump(writer);
    writer.end();
    await writer.settle();
    return writer;
  }

  #headerContext(): RewriteContext | undefined {
    if (this.#submission.internal === true) return 'local';
    if (this.#submission.rewriteContext === 'local') return 'local';
    return this.#settings.rewritesRemote ? 'remote' : undefined;
  }

  async #pump(writer: ContentWriter): Promise<void> {
    const {content} = this.#submission;
    const chunks = content instanceof Uint8Array ? [content] : content;
    let isFirst = true;
    for await (const chunk of chunks) {
      if (chunk.length === 0) continue;
      // White space at the very beginning would continue the header put in front of it.
      if (isFirst && (chunk[0] === SPACE || chunk[0] === TAB)) writer.push(NEWLINE);
      isFirst = false;
      writer.push(chunk);
      const waiting = writer.settle();
      if (waiting !== undefined) await waiting;
      if (this.#state.records.length >= FLUSH_BYTES) await this.#flush();
    }
  }

  /** Sends what is gathered to disk, unless the message is too big already. */
  async #flush(): Promise<void> {
    this.#checkSize();
    const bytes = this.#state.records.take();
    this.#keptBytes += bytes.length;
    if (this.#keptBytes > KEEP_BYTES) this.#kept = undefined;
    this.#kept?.push(bytes);
    const writing = this.#isTooBig ? undefined : this.#file.write(bytes);
    if (writing === undefined) return;
    await writing;
    if (this.#kept === undefined) this.#state.records.giveBack();
  }

  #checkSize(): void {
    const {sizeLimit} = this.#settings;
    if (this.#isTooBig || sizeLimit === 0 || this.#state.records.position <= sizeLimit) return;
    this.#log.warning(`${this.#state.id}: queue file size limit exceeded`);
    this.#isTooBig = true;
    this.#state.fail(TOO_BIG);
  }

  async #writeExtracted(found: readonly string[]): Promise<void> {
    const state = this.#state;
    this.#takeActions();
    if (state.filter !== undefined) state.records.put('L', state.filter);
    if (state.redirect !== undefined) state.records.put('>', state.redirect);
    const encoding = state.attributes.get('encoding');
    if (encoding !== undefined && encoding !== '') state.records.put('A', `encoding=${encoding}`);
    await this.#writeRecipients(found.map(address => ({address})));
    await this.#writeRecipients(this.#submission.trailingRecipients?.() ?? []);
    if (state.lastRecipient === undefined) return;
    for (const copy of state.bcc) await run(this.#envelope.copyTo(copy));
    const {internal, skipsMapping} = this.#submission;
    if (internal !== true && skipsMapping !== true && this.#settings.alwaysBcc !== '')
      await run(this.#envelope.copyTo(this.#settings.alwaysBcc));
  }

  #takeActions(): void {
    const actions = this.#submission.actions?.();
    if (actions === undefined) return;
    const state = this.#state;
    state.isHeld ||= actions.hold;
    state.isDiscarded ||= actions.discard;
    state.filter ??= actions.filter;
    state.redirect ??= actions.redirect;
    state.bcc.push(...actions.bcc);
  }

  async #finish(contentBytes: number): Promise<{readonly id: string}> {
    const state = this.#state;
    const {fault} = state;
    const mayReturn = fault !== undefined && fault.status.startsWith('5') && this.#submission.returnsRefused === true;
    if (fault !== undefined && !mayReturn) throw new Refusal(fault.status, fault.text);
    if (state.isDiscarded && fault === undefined) {
      await this.#file.abort();
      return {id: state.id};
    }
    await this.#flush();
    const queue = state.isHeld ? 'hold' : 'incoming';
    const path = await this.#file.finish(this.#sizeRecord(contentBytes), queue);
    if (this.#kept === undefined) state.records.release();
    const envelope = this.#envelopeAt(path, queue, contentBytes);
    if (fault !== undefined) await this.#returnToSender(envelope, fault);
    else {
      if (state.expanded.length > 0) this.#supplies.onExpanded?.(envelope, state.expanded);
      this.#supplies.onQueued(envelope, this.#content(contentBytes));
    }
    return {id: state.id};
  }

  async #returnToSender(envelope: Envelope, fault: Fault): Promise<void> {
    const isReturned = (await this.#supplies.returnRefused?.(envelope, fault)) ?? false;
    await this.#file.abort();
    if (isReturned) return;
    this.#log.warning(`${this.#state.id}: bounce message failure`);
    throw new Refusal(WRITE_ERROR.status, WRITE_ERROR.text);
  }

  /** postfix-formats, size record: content size, data offset, recipients, hints, content length, flags of send-options.ts. */
  #sizeRecord(contentBytes: number): Buffer {
    const {recipientCount, notify, sendOptions} = this.#state;
    const fields = [contentBytes, this.#dataOffset, recipientCount, notify << 1, contentBytes, sendOptions];
    const payload = fields.map(field => String(field).padStart(15)).join(' ');
    return Buffer.from(`C${String.fromCharCode(SIZE_PAYLOAD)}${payload}`, 'latin1');
  }

  #envelopeAt(path: string, queue: 'incoming' | 'hold', contentBytes: number): Envelope {
    const state = this.#state;
    const verp = state.sender === '' ? undefined : this.#submission.verp;
    return {
      id: state.id,
      queue,
      path,
      arrivalSeconds: state.arrivalSeconds,
      arrivalMicroseconds: state.arrivalMicroseconds,
      sizeBytes: contentBytes,
      dataOffset: this.#dataOffset,
      sender: state.sender,
      fullName: this.#submission.fullName ?? '',
      attributes: state.attributes,
      recipients: state.recipients,
      recipientCount: state.recipientCount,
      warning: state.warning,
      verp,
      createdSeconds: this.#file.createdSeconds,
      sendOptions: state.sendOptions,
      contentFilter: state.filter ?? this.#submission.contentFilter,
      redirect: state.redirect,
    };
  }

  /** The content's records, when all of them are still in memory. */
  #content(contentBytes: number): Buffer | undefined {
    if (this.#kept === undefined) return undefined;
    const [only] = this.#kept;
    const whole = this.#kept.length === 1 && only !== undefined ? only : Buffer.concat(this.#kept);
    return whole.subarray(this.#dataOffset, this.#dataOffset + contentBytes);
  }
}

function writeRefusal(fault: unknown): Refusal {
  const isFull = systemCode(fault) === 'ENOSPC' || systemCode(fault) === 'EDQUOT';
  if (isFull) return new Refusal('4.3.1', 'Insufficient system storage', {cause: fault});
  return new Refusal(WRITE_ERROR.status, WRITE_ERROR.text, {cause: fault});
}

/** Written by smtpd and sendmail before the sender's record. */
const BEFORE_SENDER: ReadonlySet<string> = new Set([
  'log_ident',
  'rewrite_context',
  'sasl_method',
  'sasl_username',
  'sasl_sender',
  'envelope_id',
  'ret_flags',
]);
const SIZE_PAYLOAD = 95;
/** How much is gathered before it is written. */
const FLUSH_BYTES = 1 << 17;
/** The largest file handed on in memory. */
const KEEP_BYTES = 1 << 17;
const SPACE = 0x20;
const TAB = 0x09;
const NEWLINE = Buffer.from('\n');
