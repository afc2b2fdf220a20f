/**
 * One message of an IMAP event through its scripts (RFC 6785 section 4): kept means that it stays where it is, with the flags
 * the scripts say; a message that no script keeps gets \Deleted (or goes, with imapsieve_expunge_discarded), but not for a
 * change of its flags. An edited message takes a new place in the mailbox.
 */
import {describe} from '../../base/errors.ts';
import {performResult} from '../../filter/sieve/outgoing/perform.ts';
import type {StoreAction} from '../../filter/sieve/run/action.ts';
import type {RunEnvironment} from '../../filter/sieve/run/environment.ts';
import {Filtering} from '../../filter/sieve/run/interpreter.ts';
import type {Linked} from '../../filter/sieve/run/link.ts';
import {flagBits, type FlagChange, type Mailbox, type MessageReader} from '../../mailbox/mailbox.ts';
import type {DeliveryUser} from './deliver.ts';
import {type EventCause, sameMailbox} from './mailbox-rules.ts';
import {correspondenceOf, MessageInHand} from './message-in-hand.ts';
import {flagNames, saveFlags, targetMailbox} from './mailboxes.ts';
import {openForSaving, saveInto} from './save-into.ts';
import {LOOKED_AT_BYTES} from './stored-message.ts';

export interface EventPlace {
  readonly cause: EventCause;
  readonly mailbox: Mailbox;
  readonly sequence: number;
  readonly reader: MessageReader;
  readonly environment: RunEnvironment;
}

export interface RunnableScript {
  readonly file: string;
  readonly linked: Linked;
}

type Stored = Pick<StoreAction, 'mailbox' | 'flags' | 'create' | 'specialUse'>;

export class EventRun {
  readonly #user: DeliveryUser;
  readonly #place: EventPlace;
  /** Before the scripts. */
  readonly #flags: readonly string[];
  #received: number | undefined;
  /** It stays, with these flags. */
  #kept: {readonly flags: readonly string[]} | undefined;

  constructor(user: DeliveryUser, place: EventPlace) {
    this.#user = user;
    this.#place = place;
    const {mailbox, sequence} = place;
    this.#flags = flagNames(mailbox.flags(sequence), mailbox.keywordsOf(sequence));
  }

  async through(scripts: readonly RunnableScript[]): Promise<void> {
    const {reader, environment} = this.#place;
    const message = new MessageInHand(reader, await reader.read(0, Math.min(reader.sizeBytes, LOOKED_AT_BYTES)));
    const filtering = new Filtering(message.original, {...environment, initialFlags: this.#flags});
    const {ran, keptFlags} = await runAll(scripts, filtering);
    for (const {severity, text, line, script} of filtering.remarks)
      this.#user.log[severity === 'error' ? 'error' : 'warning'](
        `sieve: ${script === '' ? '' : `${script}: line ${line}: `}${text}`,
      );
    message.final = filtering.message;
    await this.#readReceived();
    try {
      await this.#perform(filtering, message);
      if (filtering.status === 'ok') return await this.#settle(message, keptFlags);
    } catch (fault) {
      this.#user.log.error(`sieve: uid=${this.#uid}: ${describe(fault)}`);
    }
    this.#user.log.error(`sieve: Execution of script ${ran} failed`);
  }

  get #uid(): number {
    return this.#place.mailbox.uid(this.#place.sequence);
  }

  async #readReceived(): Promise<void> {
    const {mailbox, sequence} = this.#place;
    await mailbox.items([[sequence, sequence]], {received: true}, (_sequence, items) => {
      this.#received = items?.received;
    });
  }

  async #perform({result}: Filtering, message: MessageInHand): Promise<void> {
    const {environment} = this.#place;
    const {log, submit} = this.#user;
    const {from: sender, to: recipient, originalTo: originalRecipient} = environment.envelope;
    await performResult(result, {
      mail: correspondenceOf(this.#user, {sender, recipient, originalRecipient}, message.final),
      seen: environment.seen,
      defaultMailbox: environment.defaultMailbox,
      store: action => this.#store(action, message),
      send: mail => submit(message.outgoing(mail)),
      pipe: program => Promise.resolve(`program \`${program}' is not run here`),
      log: () => undefined, // seen: what went well is not told
      error: text => log.error(`sieve: uid=${this.#uid}: ${text}`),
    });
  }

  async #store(action: Stored, message: MessageInHand): Promise<void> {
    const {store} = this.#user;
    const {flags, create} = action;
    const target = await targetMailbox(store, action);
    if (sameMailbox(target, this.#place.environment.defaultMailbox)) {
      this.#kept = {flags: flags ?? this.#flags};
      return;
    }
    try {
      await this.#save(target, message, flags ?? this.#flags, create);
    } catch (fault) {
      throw new Error(`fileinto action: failed to store into mailbox '${target}': ${describe(fault)}`, {cause: fault});
    }
  }

  async #save(mailbox: string, message: MessageInHand, flags: readonly string[], mayCreate: boolean): Promise<void> {
    const {store, autosubscribes} = this.#user;
    const batch = await openForSaving(store, {mailbox, mayCreate, autosubscribes});
    await saveInto(batch, {content: message.content(), flags, received: this.#received});
  }

  /** All actions are done: what becomes of the message where it is. `keptFlags`: of a `keep` before the last script. */
  async #settle(message: MessageInHand, keptFlags: readonly string[] | undefined): Promise<void> {
    const {environment, cause} = this.#place;
    const kept = this.#kept;
    if (kept !== undefined) {
      const flags = keptFlags ?? kept.flags;
      if (!message.isChanged) return await this.#setFlags(flags);
      await this.#save(environment.defaultMailbox, message, flags, false);
    }
    if (cause !== 'FLAG') await this.#discard();
  }

  async #setFlags(flags: readonly string[]): Promise<void> {
    if (isSameSet(flags, this.#flags)) return;
    await this.#change({mode: 'replace', ...saveFlags(flags)});
  }

  async #discard(): Promise<void> {
    const {mailbox, sequence} = this.#place;
    await this.#change({mode: 'add', flags: flagBits.deleted, keywords: []});
    if (this.#user.settings.get('imapsieve_expunge_discarded')?.toLowerCase() === 'yes')
      await mailbox.expunge([[sequence, sequence]], 'all');
  }

  async #change(change: FlagChange): Promise<void> {
    const {mailbox, sequence} = this.#place;
    await mailbox.setFlags([[sequence, sequence]], change);
  }
}

/** `ran`: the last that ran. `keptFlags`: of a `keep` in one before it, which the last one does not take back. */
async function runAll(
  scripts: readonly RunnableScript[],
  filtering: Filtering,
): Promise<{ran: string; keptFlags: readonly string[] | undefined}> {
  let ran = '';
  let keptFlags: readonly string[] | undefined;
  for (const {file, linked} of scripts) {
    if (ran !== '' && !filtering.goesOn) break;
    const keep = filtering.result.actions.find(action => action.kind === 'store' && action.isKeep);
    if (keep?.kind === 'store') keptFlags = keep.flags;
    ran = file;
    await filtering.run(linked);
  }
  const keepsAgain = filtering.result.ownActions.some(action => action.kind === 'store' && action.isKeep);
  return {ran, keptFlags: keepsAgain ? undefined : keptFlags};
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  const lower = new Set(a.map(flag => flag.toLowerCase()));
  return lower.size === b.length && b.every(flag => lower.has(flag.toLowerCase()));
}
