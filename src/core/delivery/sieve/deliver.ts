/**
 * Delivers a message to a user's mail: through his Sieve scripts where there are some, else into the default mailbox. What
 * can't be stored where a script wants it goes to INBOX; a fault of a script keeps the message.
 *
 * Answers when everything is on disk. Throws what kept the message from being stored at all (`MailError` 'quota',
 * 'temporary', ...): it is still the caller's then.
 */
import {describe} from '../../base/errors.ts';
import {type Performer, performResult, realMailbox, type Target} from '../../filter/sieve/outgoing/perform.ts';
import {pipeFault} from '../../filter/sieve/outgoing/pipe-fault.ts';
import type {Action, RejectAction, StoreAction} from '../../filter/sieve/run/action.ts';
import type {ProgramRequest, ProgramResult, RunEnvironment} from '../../filter/sieve/run/environment.ts';
import {Filtering} from '../../filter/sieve/run/interpreter.ts';
import {SeenFile} from '../../filter/sieve/seen-file.ts';
import type {SieveSettings} from '../../filter/sieve/sieve-settings.ts';
import type {Log} from '../../log/log.ts';
import {MailError} from '../../mailbox/mail-error.ts';
import type {Owner} from '../../mailbox/safe-open.ts';
import type {MailStore, SaveBatch} from '../../mailbox/mail-store.ts';
import {targetMailbox} from './mailboxes.ts';
import {correspondenceOf, MessageInHand} from './message-in-hand.ts';
import {runProgram} from './programs.ts';
import {type DeliveryEnvelope, runEnvironment} from './run-environment.ts';
import {openForSaving, saveInto} from './save-into.ts';
import {ScriptLog} from './script-log.ts';
import {discardScript, type LoadedScript, scriptsFor} from './scripts.ts';
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
  /** Whose the files are and with whose rights programs run, where that is somebody else than the process. */
  readonly owner: Owner | undefined;
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
  /** Mailboxes that a script wants the message in. */
  readonly #opened = new Map<string, SaveBatch>();

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
    const scriptLog = new ScriptLog(this.#user);
    try {
      return await this.#runScripts(scripts, canRefuse, scriptLog);
    } finally {
      await this.#giveUp();
      await scriptLog.close();
    }
  }

  /** A script that can't be used ends the row: the message is kept, as those before it have left it. */
  async #runScripts(scripts: readonly LoadedScript[], canRefuse: boolean, scriptLog: ScriptLog): Promise<DeliveryEnd> {
    const {home, now} = this.#user;
    const seen = new SeenFile(`${home}/.dovecot.lda-dupes.posthorn`, now);
    const filtering = new Filtering(this.#message.original, this.#environment(seen));
    let [last] = scripts;
    for (const script of scripts) {
      if (!filtering.goesOn) break;
      scriptLog.remarks(script, script.remarks);
      if (script.linked === undefined) {
        scriptLog.notCompiled(script);
        break;
      }
      last = script;
      await filtering.run(script.linked);
    }
    if (last === undefined) return DONE; // there is one, or nobody would have come here
    scriptLog.remarks(last, filtering.remarks);
    const rejection = canRefuse ? filtering.result.actions.find(isReject) : undefined;
    if (rejection !== undefined) {
      this.#tell(`rejected message from <${this.#envelope.sender}> (${rejection.isExtended ? 'ereject' : 'reject'})`);
      return {kind: 'rejected', reason: rejection.reason};
    }
    this.#message.final = filtering.message;
    const isFine = await performResult(filtering.result, this.#performer(last, seen, scriptLog));
    if (filtering.status !== 'ok' || !isFine) scriptLog.failed(last);
    else if (isDiscarded(filtering)) await this.#beforeDiscard(seen, scriptLog);
    return DONE;
  }

  /** sieve_discard has the last word about a message that goes nowhere. */
  async #beforeDiscard(seen: SeenFile, scriptLog: ScriptLog): Promise<void> {
    const script = await discardScript(this.#user);
    if (script === undefined) return;
    scriptLog.remarks(script, script.remarks);
    if (script.linked === undefined) return scriptLog.notCompiled(script);
    const filtering = new Filtering(this.#message.final, this.#environment(seen));
    await filtering.run(script.linked);
    scriptLog.remarks(script, filtering.remarks);
    this.#message.final = filtering.message;
    const hasFailed = filtering.status !== 'ok';
    const isFine = await performResult(filtering.result, this.#performer(script, seen, scriptLog), hasFailed);
    if (hasFailed || !isFine) scriptLog.failed(script);
  }

  #performer(script: LoadedScript, seen: SeenFile, scriptLog: ScriptLog): Performer {
    const {defaultMailbox} = this.#user;
    return {
      mail: correspondenceOf(this.#user, this.#envelope, this.#message.final),
      seen,
      defaultMailbox,
      storeFault: target => this.#storeFault(target),
      store: target => this.#storeFor(target),
      send: mail => this.#user.submit(this.#message.outgoing(mail)),
      storeCopy: (mail, fcc) =>
        this.#saveContent(fcc.mailbox, [Buffer.from(mail.text, 'latin1')], fcc.flags, fcc.create),
      pipe: async (program, args) => {
        const request = {kind: 'pipe' as const, program, args, input: undefined, wantsOutput: false};
        return pipeFault(program, await this.#run({...request, message: this.#message.final}), this.#user.now());
      },
      log: text => this.#tell(text),
      error: text => {
        // Seen: what it says of programs is without the message.
        const about = text.startsWith('failed to ') && !text.startsWith('failed to store') ? '' : `${this.#id}: `;
        scriptLog.error(script, `${about}${text}`);
      },
    };
  }

  #run(request: ProgramRequest): Promise<ProgramResult> {
    const {settings, username, home, hostName, owner, log} = this.#user;
    const {sender, recipient, originalRecipient} = this.#envelope;
    return runProgram(request, {
      settings,
      env: new Map([
        ['HOME', home],
        ['USER', username],
        ['HOST', hostName],
        ['SENDER', sender],
        ['RECIPIENT', recipient],
        ['ORIG_RECIPIENT', originalRecipient],
      ]),
      directory: home,
      rights: owner,
      log: (severity, text) => log[severity](text),
      complained: text => log.error(text.trimEnd()),
    });
  }

  /** Leaves the mailbox open for the message. */
  async #storeFault(target: Target): Promise<string | undefined> {
    const mailbox = realMailbox(await targetMailbox(this.#user.store, target));
    try {
      this.#opened.set(mailbox, await this.#open(mailbox, target.create || this.#user.autocreates));
      return undefined;
    } catch (fault) {
      if (fault instanceof MailError) return describe(fault);
      throw fault;
    }
  }

  #open(mailbox: string, mayCreate: boolean): Promise<SaveBatch> {
    const {store, autosubscribes} = this.#user;
    return openForSaving(store, {mailbox, mayCreate, autosubscribes});
  }

  /** What was opened and not stored into. */
  async #giveUp(): Promise<void> {
    for (const batch of this.#opened.values()) await batch.abort();
    this.#opened.clear();
  }

  #tell(text: string): void {
    this.#user.log.info(`sieve: ${this.#id}: ${text}`);
  }

  #environment(seen: SeenFile): RunEnvironment {
    return {...runEnvironment(this.#user, this.#envelope, seen), run: request => this.#run(request)};
  }

  /** Where a script's mailbox can't be had, the message is not lost for it. */
  async #storeFor(action: Pick<StoreAction, 'mailbox' | 'flags' | 'create' | 'specialUse'>): Promise<void> {
    const {defaultMailbox, autocreates} = this.#user;
    const mailbox = realMailbox(await targetMailbox(this.#user.store, action));
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

  async #saveContent(
    mailbox: string,
    content: AsyncIterable<Buffer> | readonly Buffer[],
    flags: readonly string[] | undefined,
    mayCreate: boolean,
  ): Promise<void> {
    const batch = this.#opened.get(mailbox) ?? (await this.#open(mailbox, mayCreate));
    this.#opened.delete(mailbox);
    await saveInto(batch, {content, flags});
  }
}

/** It goes nowhere, and nobody is told. */
function isDiscarded({result}: Filtering): boolean {
  return !result.keepsImplicitly && result.actions.every(({kind}) => !GOES_SOMEWHERE.has(kind));
}

const GOES_SOMEWHERE: ReadonlySet<Action['kind']> = new Set(['store', 'redirect', 'reject', 'pipe']);

function isReject(action: {readonly kind: string}): action is RejectAction {
  return action.kind === 'reject';
}
