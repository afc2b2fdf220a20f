/**
 * Delivers a message to a user's mail: through his Sieve scripts where there are some, else into the default mailbox. What
 * can't be stored where a script wants it goes to INBOX; a fault of a script keeps the message.
 *
 * Answers when everything is on disk. Throws what kept the message from being stored at all (`MailError` 'quota',
 * 'temporary', ...): it is still the caller's then.
 */
import {describe} from '../../base/errors.ts';
import {performResult} from '../../filter/sieve/outgoing/perform.ts';
import type {RejectAction, StoreAction} from '../../filter/sieve/run/action.ts';
import {Filtering} from '../../filter/sieve/run/interpreter.ts';
import {SeenFile} from '../../filter/sieve/seen-file.ts';
import type {SieveSettings} from '../../filter/sieve/sieve-settings.ts';
import type {Log} from '../../log/log.ts';
import type {MailStore} from '../../mailbox/mail-store.ts';
import {correspondenceOf, MessageInHand} from './message-in-hand.ts';
import {type DeliveryEnvelope, runEnvironment} from './run-environment.ts';
import {mailboxForUse, saveInto} from './save-into.ts';
import {type LoadedScript, scriptsFor} from './scripts.ts';
import {type DeliveredMessage, LOOKED_AT_BYTES} from './stored-message.ts';
import type {SubmitMail} from './submit-mail.ts';

export interface DeliveryUser {
  readonly username: string;
  readonly home: string;
  readonly store: MailStore;
  /** plugin {} of dovecot.conf; scripts run when `sieve` is among mail_plugins. */
  readonly settings: SieveSettings;
  readonly runsScripts: boolean;
  readonly log: Log;
  /** lda_mailbox_autocreate, lda_mailbox_autosubscribe. */
  readonly autocreates: boolean;
  readonly autosubscribes: boolean;
  readonly hostName: string;
  /** postmaster_address. */
  readonly postmaster: string;
  /** Where it goes when nothing else is said: INBOX, or what recipient_delimiter says. */
  readonly defaultMailbox: string;
  readonly submit: SubmitMail;
  expand(path: string): string;
  /** Milliseconds since 1970. */
  now(): number;
}

export type DeliveryEnd =
  | {readonly kind: 'done'}
  /** reject: the caller tells the sender; else he has been written to. */
  | {readonly kind: 'rejected'; readonly reason: string};

const DONE: DeliveryEnd = {kind: 'done'};

/** `canRefuse`: the caller tells the sender of a rejection by itself. */
export async function deliverMail(
  user: DeliveryUser,
  envelope: DeliveryEnvelope,
  message: DeliveredMessage,
  canRefuse = false,
): Promise<DeliveryEnd> {
  const scripts = user.runsScripts ? await scriptsFor(user) : [];
  const head = await message.read(0, Math.min(message.sizeBytes, scripts.length > 0 ? LOOKED_AT_BYTES : HEAD_BYTES));
  const delivery = new Delivery(user, envelope, message, head);
  if (scripts.length === 0) return delivery.keep();
  return delivery.filter(scripts, canRefuse);
}

/** Enough to find Message-ID for the log. */
const HEAD_BYTES = 64 * 1024;

class Delivery {
  readonly #user: DeliveryUser;
  readonly #envelope: DeliveryEnvelope;
  readonly #message: MessageInHand;
  readonly #id: string;

  constructor(user: DeliveryUser, envelope: DeliveryEnvelope, source: DeliveredMessage, head: Buffer) {
    this.#user = user;
    this.#envelope = envelope;
    this.#message = new MessageInHand(source, head);
    this.#id = `msgid=${this.#message.original.rawValues('message-id')[0]?.trim() ?? 'unspecified'}`;
  }

  /** Into the default mailbox, without a script having said so. */
  async keep(): Promise<DeliveryEnd> {
    const {defaultMailbox, log} = this.#user;
    await this.#save(defaultMailbox, undefined, this.#user.autocreates);
    log.info(`${this.#id}: saved mail to ${defaultMailbox}`);
    return DONE;
  }

  async filter(scripts: readonly LoadedScript[], canRefuse: boolean): Promise<DeliveryEnd> {
    const {log, home, now, defaultMailbox} = this.#user;
    const seen = new SeenFile(`${home}/.dovecot.lda-dupes.posthorn`, now);
    const filtering = new Filtering(this.#message.original, runEnvironment(this.#user, this.#envelope, seen));
    for (const {linked} of scripts) {
      if (!filtering.goesOn) break;
      await filtering.run(linked);
    }
    for (const {severity, text, line, script} of filtering.remarks)
      log[severity === 'error' ? 'error' : 'warning'](`sieve: ${script}: line ${line}: ${text}`);
    const rejection = canRefuse ? filtering.result.actions.find(isReject) : undefined;
    if (rejection !== undefined) {
      this.#tell(`rejected message from <${this.#envelope.sender}> (${rejection.isExtended ? 'ereject' : 'reject'})`);
      return {kind: 'rejected', reason: rejection.reason};
    }
    this.#message.final = filtering.message;
    await performResult(filtering.result, {
      mail: correspondenceOf(this.#user, this.#envelope, filtering.message),
      seen,
      defaultMailbox,
      store: action => this.#storeFor(action),
      send: mail => this.#user.submit(this.#message.outgoing(mail)),
      storeCopy: (mail, fcc) =>
        this.#saveContent(fcc.mailbox, [Buffer.from(mail.text, 'latin1')], fcc.flags, fcc.create),
      pipe: program => {
        log.error(`sieve: ${this.#id}: pipe action: program \`${program}' is not run here`);
        return Promise.resolve(false);
      },
      log: text => this.#tell(text.replace(/^\w+ action: /, '')),
    });
    if (filtering.status !== 'ok' && !filtering.result.keepsImplicitly) await this.#keepAfterFailure();
    if (filtering.status !== 'ok')
      log.error(`sieve: Execution of script ${scripts[0]?.file ?? ''} failed, but implicit keep was successful`);
    return DONE;
  }

  /** What the scripts before the one that failed wanted is done; the message is kept besides. */
  async #keepAfterFailure(): Promise<void> {
    const {defaultMailbox} = this.#user;
    await this.#save(defaultMailbox, undefined, false);
    this.#tell(`stored mail into mailbox '${defaultMailbox}'`);
  }

  #tell(text: string): void {
    this.#user.log.info(`sieve: ${this.#id}: ${text}`);
  }

  /** Where a script's mailbox can't be had, the message is not lost for it. */
  async #storeFor(action: Pick<StoreAction, 'mailbox' | 'flags' | 'create' | 'specialUse'>): Promise<void> {
    const {defaultMailbox, autocreates} = this.#user;
    const mailbox =
      action.specialUse === undefined
        ? action.mailbox
        : await mailboxForUse(this.#user.store, action.specialUse, action.mailbox);
    try {
      await this.#save(mailbox, action.flags, action.create || autocreates);
    } catch (fault) {
      if (mailbox === defaultMailbox) throw fault;
      this.#tell(`failed to store into mailbox '${mailbox}': ${describe(fault)}`);
      await this.#save(defaultMailbox, action.flags, false);
    }
  }

  #save(mailbox: string, flags: readonly string[] | undefined, mayCreate: boolean): Promise<void> {
    return this.#saveContent(mailbox, this.#message.content(), flags, mayCreate);
  }

  #saveContent(
    mailbox: string,
    content: AsyncIterable<Buffer> | readonly Buffer[],
    flags: readonly string[] | undefined,
    mayCreate: boolean,
  ): Promise<void> {
    const {store, autosubscribes} = this.#user;
    return saveInto(store, {mailbox, content, flags, mayCreate, autosubscribes});
  }
}

function isReject(action: {readonly kind: string}): action is RejectAction {
  return action.kind === 'reject';
}
