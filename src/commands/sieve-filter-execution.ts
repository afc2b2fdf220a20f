/**
 * `sieve-filter -e`: does what a script has decided for each message of a mailbox. As the original has it, stores come
 * first, all or none of one message's; then the rest, until something fails; then keep. What fails keeps the message.
 *
 * Copies are gathered over all messages and are on disk before the mailbox itself is touched.
 */
import {describe} from '../core/base/errors.ts';
import {finalContent} from '../core/delivery/sieve/final-content.ts';
import {mailboxExists, saveFlags, targetMailbox} from '../core/delivery/sieve/mailboxes.ts';
import type {BufferMessage} from '../core/filter/sieve/message/buffer-message.ts';
import {DISCARDED, realMailbox, shownMailbox} from '../core/filter/sieve/outgoing/perform.ts';
import {pipeFault} from '../core/filter/sieve/outgoing/pipe-fault.ts';
import {refusesMessage, refusesSender} from '../core/filter/sieve/outgoing/vacation-reply.ts';
import type {Action, StoreAction} from '../core/filter/sieve/run/action.ts';
import type {RunEnvironment} from '../core/filter/sieve/run/environment.ts';
import type {Filtering} from '../core/filter/sieve/run/interpreter.ts';
import {MailError} from '../core/mailbox/mail-error.ts';
import {flagBits, type Mailbox, type MessageReader, type NumberRanges} from '../core/mailbox/mailbox.ts';
import type {MailStore, SaveBatch} from '../core/mailbox/mail-store.ts';
import type {FilterReport, Headline} from './sieve-filter-report.ts';
import {correspondence} from './sieve-surroundings.ts';

/** What becomes of messages that a script neither keeps nor stores. */
export type Discard =
  {readonly kind: 'keep' | 'delete' | 'expunge'} | {readonly kind: 'move'; readonly mailbox: string};

export interface ExecutionOptions {
  readonly store: MailStore;
  readonly mailbox: Mailbox;
  /** As it was named. */
  readonly source: string;
  readonly defaultMailbox: string;
  readonly isWritable: boolean;
  readonly discard: Discard;
  readonly report: FilterReport;
}

/** A message whose scripts have run. */
export interface Filtered {
  readonly filtering: Filtering;
  readonly environment: RunEnvironment;
  readonly sequence: number;
  readonly reader: MessageReader;
  /** Milliseconds since 1970. */
  readonly received: number | undefined;
  /** As it was before the scripts. */
  readonly first: BufferMessage;
  readonly headline: Headline;
}

type Stored = Pick<StoreAction, 'mailbox' | 'flags' | 'create' | 'specialUse'>;

/** Where a message of the mailbox has gone. */
interface Fate {
  isStored: boolean;
  isLeft: boolean;
  /** A program has it, and no copy was asked for. */
  isPiped: boolean;
  /** What became of storing it into the default mailbox, where that was tried. */
  kept: 'left' | 'stored' | 'failed' | undefined;
}

export class FilterExecution {
  readonly #options: ExecutionOptions;
  readonly #batches = new Map<string, SaveBatch>();
  readonly #expunged: number[] = [];
  readonly #changes: (() => Promise<unknown>)[] = [];

  constructor(options: ExecutionOptions) {
    this.#options = options;
  }

  async perform(filtered: Filtered): Promise<void> {
    const {filtering, headline} = filtered;
    const {result} = filtering;
    const {defaultMailbox, report} = this.#options;
    const fate: Fate = {isStored: false, isLeft: false, isPiped: false, kept: undefined};
    const stores = result.actions.filter(action => action.kind === 'store');
    const others = result.actions.filter(action => action.kind !== 'store');
    if (others.some(({kind}) => kind === 'discard')) report.info(headline, DISCARDED);
    let isFine = filtering.status === 'ok' && (await this.#storeAll(stores, filtered, fate));
    for (const action of isFine ? others : []) if (isFine) isFine = await this.#other(action, filtered, fate);
    const keep = {mailbox: defaultMailbox, flags: result.keepFlags, create: false, specialUse: undefined};
    const isExplicit = fate.kept !== undefined;
    if (filtering.status === 'ok' && result.keepsImplicitly && !fate.isPiped && !isExplicit)
      isFine = (await this.#store(keep, filtered, fate, '')) && isFine;
    if (isFine) return this.#leave(filtered, fate);
    // Seen: that it was left there is said once more.
    if (fate.kept === undefined || (fate.kept === 'left' && !isExplicit))
      await this.#store({...keep, flags: undefined}, filtered, fate, '');
    const isMoved = this.#options.isWritable && fate.kept === 'stored';
    if (isMoved) this.#expunged.push(filtered.sequence);
    report.failed(isMoved ? 'moved to default mailbox' : 'left in source mailbox');
  }

  /** Commits what was stored, then changes the mailbox. */
  async finish(): Promise<void> {
    for (const [name, batch] of this.#batches) {
      await batch.commit();
      this.#batches.delete(name);
    }
    for (const change of this.#changes) await change();
    if (this.#expunged.length > 0) await this.#options.mailbox.expunge(this.#expunged.map(single), 'all');
  }

  /** Gives up what was not committed. */
  async end(): Promise<void> {
    for (const batch of this.#batches.values()) await batch.abort();
  }

  /** False when one of them could not be: none is stored then. */
  async #storeAll(stores: readonly StoreAction[], filtered: Filtered, fate: Fate): Promise<boolean> {
    const {report} = this.#options;
    const faults: (string | undefined)[] = [];
    for (const store of stores) faults.push(await this.#faultOf(store, filtered));
    const isFine = faults.every(fault => fault === undefined);
    for (const [index, store] of stores.entries()) {
      const prefix = store.isKeep ? '' : 'fileinto action: ';
      const fault = faults[index];
      if (isFine || (fault === undefined && this.#stays(store, filtered)))
        await this.#store(store, filtered, fate, prefix);
      else if (fault === undefined)
        report.info(filtered.headline, `${prefix}store into mailbox ${shownMailbox(store.mailbox)} aborted`);
      else this.#fail(store, filtered, fate, prefix, fault);
    }
    return isFine;
  }

  /** Why a message can't be stored there. */
  async #faultOf(store: Stored, filtered: Filtered): Promise<string | undefined> {
    if (this.#stays(store, filtered)) return undefined;
    try {
      await this.#batch(await targetMailbox(this.#options.store, store), store.create);
      return undefined;
    } catch (fault) {
      if (fault instanceof MailError) return describe(fault);
      throw fault;
    }
  }

  async #batch(mailbox: string, mayCreate: boolean): Promise<SaveBatch> {
    const {store} = this.#options;
    const name = realMailbox(mailbox);
    const known = this.#batches.get(name);
    if (known !== undefined) return known;
    if (mayCreate && !(await mailboxExists(store, name))) await store.create(name);
    const batch = await store.save(name);
    this.#batches.set(name, batch);
    return batch;
  }

  /** Whether storing it there means to leave it. */
  #stays({mailbox}: Stored, {filtering, first}: Filtered): boolean {
    const {isWritable, source} = this.#options;
    return realMailbox(mailbox) === realMailbox(source) && (!isWritable || filtering.message === first);
  }

  /** Says what it did; false when it could not. */
  async #store(store: Stored, filtered: Filtered, fate: Fate, prefix: string): Promise<boolean> {
    const {report} = this.#options;
    const {headline, sequence} = filtered;
    if (this.#stays(store, filtered)) {
      if (store.flags !== undefined) this.#setFlags(sequence, store.flags);
      fate.isLeft = true;
      if (this.#isDefault(store)) fate.kept = 'left';
      report.info(headline, `${prefix}left message in mailbox ${shownMailbox(store.mailbox)}`);
      return true;
    }
    const fault = await this.#faultOf(store, filtered);
    if (fault !== undefined) {
      this.#fail(store, filtered, fate, prefix, fault);
      return false;
    }
    const {filtering, first, reader} = filtered;
    const target = await targetMailbox(this.#options.store, store);
    await this.#save(target, filtered, finalContent(filtering.message, first, reader), store.flags);
    fate.isStored = true;
    if (this.#isDefault(store)) fate.kept = 'stored';
    report.info(headline, `${prefix}stored mail into mailbox ${shownMailbox(store.mailbox)}`);
    return true;
  }

  #fail(store: Stored, {headline}: Filtered, fate: Fate, prefix: string, fault: string): void {
    if (this.#isDefault(store)) fate.kept = 'failed';
    this.#options.report.error(
      headline,
      `${prefix}failed to store into mailbox ${shownMailbox(store.mailbox)}: ${fault}`,
    );
  }

  #isDefault({mailbox}: Stored): boolean {
    return realMailbox(mailbox) === realMailbox(this.#options.defaultMailbox);
  }

  /** Without flags of its own the copy has those of the message. */
  async #save(
    target: string,
    {sequence, received}: Filtered,
    content: AsyncIterable<Buffer>,
    flags: readonly string[] | undefined,
  ): Promise<void> {
    const {mailbox} = this.#options;
    const batch = await this.#batch(target, false);
    const own = {flags: mailbox.flags(sequence) & ~flagBits.recent, keywords: mailbox.keywordsOf(sequence)};
    const sink = await batch.add({...(flags === undefined ? own : saveFlags(flags)), received});
    for await (const piece of content) await sink.write(piece);
    await sink.finish();
  }

  #setFlags(sequence: number, names: readonly string[]): void {
    const {isWritable, mailbox} = this.#options;
    const change = {mode: 'replace' as const, ...saveFlags(names)};
    if (isWritable) this.#changes.push(() => mailbox.setFlags([single(sequence)], change));
  }

  /** What is no storing; there is no way to send anything. False when it failed. */
  async #other(action: Action, filtered: Filtered, fate: Fate): Promise<boolean> {
    const {report} = this.#options;
    const {headline} = filtered;
    switch (action.kind) {
      case 'redirect':
        report.warning(headline, 'redirect action: no means to send mail');
        return false;
      case 'reject': // the original breaks off with a segmentation fault
        report.warning(headline, `${action.isExtended ? 'ereject' : 'reject'} action: no means to send mail`);
        return false;
      case 'report':
        report.warning(headline, 'report action: no means to send mail');
        return true;
      case 'notify':
        report.warning(headline, 'notify action: notify mailto method has no means to send mail');
        return true;
      case 'vacation': {
        const mail = correspondence(filtered.filtering.message, filtered.environment);
        const refusal = refusesSender(action, mail) ?? refusesMessage(action, mail);
        if (refusal === undefined)
          report.warning(headline, 'vacation action: vacation action has no means to send mail');
        report.info(
          headline,
          `vacation action: ${refusal ?? `sent vacation response to <${filtered.environment.envelope.from}>`}`,
        );
        return true;
      }
      case 'pipe':
        return this.#pipe(action, filtered, fate);
      case 'store':
      case 'discard':
      case 'mark':
        return true;
    }
  }

  /** Where the original would drop a message whose program could only be tried, it is kept. */
  async #pipe(
    action: Extract<Action, {kind: 'pipe'}>,
    {filtering, environment, headline}: Filtered,
    fate: Fate,
  ): Promise<boolean> {
    const {program, args} = action;
    const request = {kind: 'pipe' as const, program, args, input: undefined, wantsOutput: false};
    const done = await environment.run?.({...request, message: filtering.message});
    const fault = pipeFault(program, done, environment.now());
    if (fault === undefined) {
      fate.isPiped ||= !action.copy;
      this.#options.report.info(headline, `pipe action: piped message to program \`${program}'`);
      return true;
    }
    this.#options.report.line(`error: ${fault}.`);
    return action.isTry;
  }

  /** Its scripts have ended well. */
  async #leave(filtered: Filtered, {isStored, isLeft}: Fate): Promise<void> {
    const {isWritable, report} = this.#options;
    if (!isWritable) return;
    if (isLeft) return report.note('message kept in source mailbox');
    if (!isStored) return this.#discard(filtered);
    this.#expunged.push(filtered.sequence);
    report.note('message expunged from source mailbox upon successful move');
  }

  async #discard(filtered: Filtered): Promise<void> {
    const {discard, report, mailbox} = this.#options;
    const {sequence, reader} = filtered;
    switch (discard.kind) {
      case 'keep':
        return report.note('message left in source mailbox');
      case 'delete':
        this.#changes.push(() =>
          mailbox.setFlags([single(sequence)], {mode: 'add', flags: flagBits.deleted, keywords: []}),
        );
        return report.note('message flagged as deleted in source mailbox');
      case 'expunge':
        this.#expunged.push(sequence);
        return report.note('message expunged from source mailbox');
      case 'move':
        await this.#save(discard.mailbox, filtered, reader.stream(), undefined);
        this.#expunged.push(sequence);
        return report.note(`message in source mailbox moved to mailbox '${discard.mailbox}'`);
    }
  }
}

function single(sequence: number): NumberRanges[number] {
  return [sequence, sequence];
}
