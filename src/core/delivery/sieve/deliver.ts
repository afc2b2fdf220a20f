/**
 * Delivers a message to a user's mail: through his Sieve scripts where there are some, else into the default mailbox. What
 * can't be stored where a script wants it goes to INBOX; a fault of a script keeps the message.
 *
 * Answers when everything is on disk. Throws what kept the message from being stored at all (`MailError` 'quota',
 * 'temporary', ...): it is still the caller's then.
 */
import {describe} from '../../base/errors.ts';
import type {Correspondence, OutgoingMail} from '../../filter/sieve/outgoing/correspondence.ts';
import {performResult} from '../../filter/sieve/outgoing/perform.ts';
import type {BufferMessage} from '../../filter/sieve/message/buffer-message.ts';
import type {SieveMessage} from '../../filter/sieve/message/message.ts';
import type {RejectAction, StoreAction} from '../../filter/sieve/run/action.ts';
import type {RunEnvironment} from '../../filter/sieve/run/environment.ts';
import {Filtering} from '../../filter/sieve/run/interpreter.ts';
import {SeenFile} from '../../filter/sieve/seen-file.ts';
import type {SieveSettings} from '../../filter/sieve/sieve-settings.ts';
import {duration, sizeBytes} from '../../filter/sieve/setting-values.ts';
import type {Log} from '../../log/log.ts';
import {MailError} from '../../mailbox/mail-error.ts';
import type {MailStore} from '../../mailbox/mail-store.ts';
import {finalContent, SizedMessage} from './final-content.ts';
import {mailboxExists, mailboxTests, saveFlags, targetMailbox} from './mailboxes.ts';
import {type LoadedScript, scriptsFor} from './scripts.ts';
import {type DeliveredMessage, LOOKED_AT_BYTES} from './stored-message.ts';
import type {SubmitMail} from './submit-mail.ts';

export interface DeliveryEnvelope {
  /** '' is the null sender. */
  readonly sender: string;
  readonly recipient: string;
  readonly originalRecipient: string;
}

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
  readonly #source: DeliveredMessage;
  readonly #message: BufferMessage;
  readonly #id: string;
  /** The message as the scripts have left it. */
  #final: SieveMessage;
  #serial = 0;

  constructor(user: DeliveryUser, envelope: DeliveryEnvelope, source: DeliveredMessage, head: Buffer) {
    this.#user = user;
    this.#envelope = envelope;
    this.#source = source;
    this.#message = new SizedMessage(head, source.sizeBytes);
    this.#final = this.#message;
    this.#id = `msgid=${this.#message.rawValues('message-id')[0]?.trim() ?? 'unspecified'}`;
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
    const filtering = new Filtering(this.#message, this.#environment(seen));
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
    this.#final = filtering.message;
    await performResult(filtering.result, {
      mail: this.#correspondence(),
      seen,
      defaultMailbox,
      store: action => this.#storeFor(action),
      send: mail => this.#send(mail),
      storeCopy: (mail, fcc) => this.#saveText(fcc.mailbox, mail.text, fcc.flags, fcc.create),
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

  #environment(seen: SeenFile): RunEnvironment {
    const {settings, store, username, hostName, defaultMailbox, now} = this.#user;
    const {sender, recipient, originalRecipient} = this.#envelope;
    const dot = hostName.indexOf('.');
    const number = (name: string, fallback: number): number => Number(settings.get(name) ?? fallback);
    return {
      envelope: {from: sender, to: recipient, originalTo: originalRecipient},
      user: username,
      userEmail: settings.get('sieve_user_email'),
      hostName,
      domain: dot < 0 ? '' : hostName.slice(dot + 1),
      now,
      defaultMailbox,
      location: 'MDA',
      phase: 'during',
      maxActions: number('sieve_max_actions', 32),
      maxRedirects: number('sieve_max_redirects', 4),
      maxCpuMs: (duration(settings.get('sieve_max_cpu_time'), 's') ?? 30) * 1000,
      maxVariableBytes: sizeBytes(settings.get('sieve_variables_max_variable_size')) ?? 4000,
      vacationSeconds: duration(settings.get('sieve_vacation_default_period'), 'd') ?? 7 * 86_400,
      duplicateSeconds: duration(settings.get('sieve_duplicate_default_period'), 's') ?? 12 * 3600,
      setting: name => settings.get(name),
      ...mailboxTests(store),
      seen,
    };
  }

  #correspondence(): Correspondence {
    const {settings, hostName, postmaster, now} = this.#user;
    const {sender, recipient, originalRecipient} = this.#envelope;
    return {
      message: this.#final,
      envelope: {from: sender, to: recipient, originalTo: originalRecipient},
      hostName,
      userEmail: settings.get('sieve_user_email'),
      postmaster,
      now,
      uniqueId: () => {
        const time = now();
        const seconds = Math.floor(time / 1000);
        return `${seconds}-${Math.floor((time - seconds * 1000) * 1000)}${process.pid}-${this.#serial++}`;
      },
      setting: name => settings.get(name),
    };
  }

  /** Where a script's mailbox can't be had, the message is not lost for it. */
  async #storeFor(action: Pick<StoreAction, 'mailbox' | 'flags' | 'create' | 'specialUse'>): Promise<void> {
    const {defaultMailbox, autocreates} = this.#user;
    const mailbox = await targetMailbox(this.#user.store, action);
    try {
      await this.#save(mailbox, action.flags, action.create || autocreates);
    } catch (fault) {
      if (mailbox === defaultMailbox) throw fault;
      this.#tell(`failed to store into mailbox '${mailbox}': ${describe(fault)}`);
      await this.#save(defaultMailbox, action.flags, false);
    }
  }

  #save(mailbox: string, flags: readonly string[] | undefined, mayCreate: boolean): Promise<void> {
    return this.#saveContent(mailbox, this.#content(), flags, mayCreate);
  }

  #saveText(mailbox: string, text: string, flags: readonly string[] | undefined, mayCreate: boolean): Promise<void> {
    return this.#saveContent(mailbox, [Buffer.from(text, 'latin1')], flags, mayCreate);
  }

  async #saveContent(
    mailbox: string,
    content: AsyncIterable<Buffer> | readonly Buffer[],
    flags: readonly string[] | undefined,
    mayCreate: boolean,
  ): Promise<void> {
    const {store, autosubscribes} = this.#user;
    if (mayCreate && !(await mailboxExists(store, mailbox))) {
      await store.create(mailbox).catch((fault: unknown) => {
        if (!(fault instanceof MailError) || fault.code !== 'exists') throw fault;
      });
      if (autosubscribes) await store.subscribe(mailbox);
    }
    const batch = await store.save(mailbox);
    try {
      const sink = await batch.add(saveFlags(flags));
      for await (const piece of content) await sink.write(piece);
      await sink.finish();
    } catch (fault) {
      await batch.abort();
      throw fault;
    }
    await batch.commit();
  }

  #content(): AsyncIterable<Buffer> {
    return finalContent(this.#final, this.#message, this.#source);
  }

  #send({sender, recipients, text, isFollowed}: OutgoingMail): Promise<void> {
    const head = Buffer.from(text.replaceAll('\r\n', '\n'), 'latin1');
    const message = this.#content();
    async function* content(): AsyncIterable<Buffer> {
      yield head;
      if (isFollowed) yield* message;
    }
    return this.#user.submit({sender, recipients, content: content()});
  }
}

function isReject(action: {readonly kind: string}): action is RejectAction {
  return action.kind === 'reject';
}
