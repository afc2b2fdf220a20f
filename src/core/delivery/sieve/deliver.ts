/**
 * Delivers a message to a user's mail: through his Sieve scripts where there are some, else into the default mailbox. The
 * scripts say what is to be done; it is done when all have ended, stores first. What can't be stored where a script
 * wants it goes to INBOX; a fault of a script keeps the message.
 *
 * Answers when everything is on disk. Throws what kept the message from being stored at all (`MailError` 'quota',
 * 'temporary', ...): it is still the caller's then.
 */
import {randomBytes} from 'node:crypto';
import {describe} from '../../base/errors.ts';
import {BufferMessage} from '../../filter/sieve/message/buffer-message.ts';
import type {SieveMessage} from '../../filter/sieve/message/message.ts';
import type {Action, StoreAction} from '../../filter/sieve/run/action.ts';
import type {RunEnvironment, SeenBefore} from '../../filter/sieve/run/environment.ts';
import {Filtering, type RunOptions} from '../../filter/sieve/run/interpreter.ts';
import type {SieveSettings} from '../../filter/sieve/sieve-settings.ts';
import {duration, sizeBytes} from '../../filter/sieve/setting-values.ts';
import type {Log} from '../../log/log.ts';
import {MailError} from '../../mailbox/mail-error.ts';
import type {MailStore} from '../../mailbox/mail-store.ts';
import {flagBits} from '../../mailbox/mailbox.ts';
import {formatMailDate} from '../../message/date.ts';
import {notification, rejection, type MailFacts} from './replies.ts';
import {type LoadedScript, scriptsFor} from './scripts.ts';
import {SeenFile} from './seen-file.ts';
import {type DeliveredMessage, LOOKED_AT_BYTES} from './stored-message.ts';
import type {SubmitMail} from './submit-mail.ts';
import {reasonForSilence, vacationReply, type VacationContext} from './vacation.ts';

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
  /** reject: the protocol may refuse the message with it, else the sender has been written to. */
  | {readonly kind: 'rejected'; readonly reason: string};

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
  if (scripts.length === 0) return delivery.keep(undefined, false);
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
  #serial = 0;

  constructor(user: DeliveryUser, envelope: DeliveryEnvelope, source: DeliveredMessage, head: Buffer) {
    this.#user = user;
    this.#envelope = envelope;
    this.#source = source;
    this.#message = new SizedMessage(head, source.sizeBytes);
    this.#id = `msgid=${this.#message.rawValues('message-id')[0]?.trim() ?? 'unspecified'}`;
  }

  /** Into the default mailbox, with the flags that scripts left to it. */
  async keep(flags: readonly string[] | undefined, isFiltered: boolean): Promise<DeliveryEnd> {
    const {defaultMailbox, log} = this.#user;
    await this.#store(defaultMailbox, flags, this.#user.autocreates);
    if (isFiltered) log.info(`sieve: ${this.#id}: stored mail into mailbox '${defaultMailbox}'`);
    else log.info(`${this.#id}: saved mail to ${defaultMailbox}`);
    return {kind: 'done'};
  }

  async filter(scripts: readonly LoadedScript[], canRefuse: boolean, options: RunOptions = {}): Promise<DeliveryEnd> {
    const seen = new SeenFile(`${this.#user.home}/.dovecot.lda-dupes.posthorn`, () => this.#user.now());
    const filtering = new Filtering(this.#message, this.#environment(seen), options);
    for (const {linked} of scripts) {
      if (!filtering.goesOn) break;
      await filtering.run(linked);
    }
    for (const {severity, text, line, script} of filtering.remarks)
      this.#user.log[severity === 'error' ? 'error' : 'warning'](`sieve: ${script}: line ${line ?? 0}: ${text}`);
    if (filtering.status !== 'ok') {
      this.#user.log.error(
        `sieve: Execution of script ${scripts[0]?.file ?? ''} failed, but implicit keep was successful`,
      );
      return this.keep(undefined, true);
    }
    const {result} = filtering;
    const end = await this.#carryOut(result.actions, seen, canRefuse, filtering.message);
    if (result.keepsImplicitly) await this.keep(result.keepFlags, true);
    for (const action of result.actions) if (action.kind === 'mark') await seen.mark(action.id, action.seconds);
    return end;
  }

  #environment(seen: SeenBefore): RunEnvironment {
    const {settings, store, username, hostName, defaultMailbox} = this.#user;
    const {sender, recipient, originalRecipient} = this.#envelope;
    const dot = hostName.indexOf('.');
    const number = (name: string, fallback: number): number => Number(settings.get(name) ?? fallback);
    return {
      envelope: {from: sender, to: recipient, originalTo: originalRecipient},
      user: username,
      userEmail: settings.get('sieve_user_email'),
      hostName,
      domain: dot < 0 ? '' : hostName.slice(dot + 1),
      now: () => this.#user.now(),
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
      mailboxExists: name => exists(store, name),
      specialUseExists: async (mailbox, flag) => {
        const boxes = await store.list({patterns: [mailbox ?? '*']});
        return boxes.some(({specialUse}) => specialUse.some(one => one.toLowerCase() === flag.toLowerCase()));
      },
      metadata: async (mailbox, annotation) => (await store.metadata(mailbox ?? '', annotation))?.toString('latin1'),
      seen,
    };
  }

  async #carryOut(
    actions: readonly Action[],
    seen: SeenBefore,
    canRefuse: boolean,
    message: SieveMessage,
  ): Promise<DeliveryEnd> {
    let end: DeliveryEnd = {kind: 'done'};
    for (const action of actions) if (action.kind === 'store') await this.#storeFor(action);
    for (const action of actions)
      switch (action.kind) {
        case 'store':
        case 'mark':
        case 'report':
        case 'pipe':
          break; // stores are done, marks are for the end; programs are not run
        case 'redirect':
          await this.#redirect(action.address, seen);
          break;
        case 'discard':
          this.#user.log.info(
            `sieve: ${this.#id}: marked message to be discarded if not explicitly delivered (discard action)`,
          );
          break;
        case 'reject':
          end = await this.#reject(action, message, canRefuse);
          break;
        case 'vacation':
          await this.#vacation(action, seen);
          break;
        case 'notify':
          await this.#submit({
            sender: '',
            recipients: [...action.to, ...action.cc],
            text: notification(action, message, this.#envelope.recipient, this.#facts()),
          });
          this.#user.log.info(`sieve: ${this.#id}: sent mail notification to <${action.to[0] ?? ''}>`);
      }
    return end;
  }

  /** Where a script's mailbox can't be had, the message is not lost for it. */
  async #storeFor(action: StoreAction): Promise<void> {
    const {log, defaultMailbox, autocreates} = this.#user;
    const mailbox = action.specialUse === undefined ? action.mailbox : await this.#specialUse(action);
    try {
      await this.#store(mailbox, action.flags, action.create || autocreates);
      log.info(`sieve: ${this.#id}: stored mail into mailbox '${mailbox}'`);
    } catch (fault) {
      if (mailbox === defaultMailbox) throw fault;
      log.info(`sieve: ${this.#id}: failed to store into mailbox '${mailbox}': ${describe(fault)}`);
      await this.keep(action.flags, true);
    }
  }

  async #specialUse({mailbox, specialUse}: StoreAction): Promise<string> {
    const boxes = await this.#user.store.list({patterns: ['*']});
    const found = boxes.find(box => box.specialUse.some(one => one.toLowerCase() === specialUse?.toLowerCase()));
    return found?.name ?? mailbox;
  }

  async #store(mailbox: string, flags: readonly string[] | undefined, mayCreate: boolean): Promise<void> {
    const {store, autosubscribes} = this.#user;
    if (mayCreate && mailbox.toUpperCase() !== 'INBOX' && !(await exists(store, mailbox))) {
      await store.create(mailbox).catch((fault: unknown) => {
        if (!(fault instanceof MailError) || fault.code !== 'exists') throw fault;
      });
      if (autosubscribes) await store.subscribe(mailbox);
    }
    const batch = await store.save(mailbox);
    try {
      const sink = await batch.add(saveFlags(flags));
      for await (const piece of this.#source.stream()) await sink.write(piece);
      await sink.finish();
      await batch.commit();
    } catch (fault) {
      await batch.abort();
      throw fault;
    }
  }

  /** The same message is sent on once: a loop ends here. */
  async #redirect(address: string, seen: SeenBefore): Promise<void> {
    const {log, settings, now} = this.#user;
    const mark = `redirect\0${this.#id}\0${this.#envelope.originalRecipient}\0${address}`;
    if (await seen.has(mark)) {
      log.info(`sieve: ${this.#id}: discarded duplicate forward to <${address}>`);
      return;
    }
    const head = [
      'X-Sieve: Pigeonhole Sieve 0.5.19 (4eae2f79)',
      `X-Sieve-Redirected-From: ${this.#envelope.recipient}`,
      ...(this.#message.rawValues('message-id').length === 0 ? [`Message-ID: ${this.#messageId()}`] : []),
    ];
    const source = this.#source;
    async function* content(): AsyncIterable<Buffer> {
      yield Buffer.from(`${head.join('\n')}\n`, 'latin1');
      yield* source.stream();
    }
    const envelopeFrom = settings.get('sieve_redirect_envelope_from') ?? 'sender';
    const sender = envelopeFrom === 'recipient' ? this.#envelope.recipient : this.#envelope.sender;
    await this.#user.submit({sender, recipients: [address], content: content()});
    const period = duration(settings.get('sieve_redirect_duplicate_period'), 's') ?? 12 * 3600;
    await seen.mark(mark, period);
    void now;
    log.info(`sieve: ${this.#id}: forwarded to <${address}>`);
  }

  async #reject(
    action: Extract<Action, {kind: 'reject'}>,
    message: SieveMessage,
    canRefuse: boolean,
  ): Promise<DeliveryEnd> {
    const {sender} = this.#envelope;
    const {log} = this.#user;
    if (canRefuse) {
      log.info(`sieve: ${this.#id}: rejected message from <${sender}> (${action.isExtended ? 'ereject' : 'reject'})`);
      return {kind: 'rejected', reason: action.reason};
    }
    if (sender === '') log.info(`sieve: ${this.#id}: discarded reject to <>`);
    else {
      const text = rejection(action, message, this.#envelope, this.#facts());
      await this.#submit({sender: '', recipients: [sender], text});
      log.info(`sieve: ${this.#id}: rejected message from <${sender}> (reject)`);
    }
    return {kind: 'done'};
  }

  async #vacation(action: Extract<Action, {kind: 'vacation'}>, seen: SeenBefore): Promise<void> {
    const {settings, log, now} = this.#user;
    const {sender, recipient, originalRecipient} = this.#envelope;
    const email = settings.get('sieve_user_email');
    const context: VacationContext = {
      message: this.#message,
      sender,
      recipient,
      originalRecipient,
      own: email === undefined ? [] : [email],
      ignoresRecipient: settings.get('sieve_vacation_dont_check_recipient') === 'yes',
    };
    const reason = reasonForSilence(action, context);
    if (reason !== undefined) return log.info(`sieve: ${this.#id}: ${reason}`);
    const mark = `vacation\0${sender}\0${action.handle}`;
    if (await seen.has(mark))
      return log.info(`sieve: ${this.#id}: discarded duplicate vacation response to <${sender}>`);
    const facts = {...this.#facts(), now: now()};
    const from = settings.get('sieve_vacation_send_from_recipient') === 'yes' ? recipient : '';
    await this.#submit({sender: from, recipients: [sender], text: vacationReply(action, context, facts)});
    await seen.mark(mark, action.seconds);
    log.info(`sieve: ${this.#id}: sent vacation response to <${sender}>`);
  }

  #submit({sender, recipients, text}: {sender: string; recipients: readonly string[]; text: string}): Promise<void> {
    return this.#user.submit({sender, recipients, content: [Buffer.from(text, 'latin1')]});
  }

  #facts(): MailFacts {
    const {hostName, postmaster, now} = this.#user;
    return {hostName, postmaster, date: formatMailDate(now() / 1000), messageId: this.#messageId()};
  }

  #messageId(): string {
    const {now, hostName} = this.#user;
    const time = now();
    const seconds = Math.floor(time / 1000);
    const random = randomBytes(3).readUIntBE(0, 3);
    return `<dovecot-sieve-${seconds}-${Math.floor((time % 1000) * 1000) + random}-${this.#serial++}@${hostName}>`;
  }
}

/** The beginning of a message, with the size of the whole. */
class SizedMessage extends BufferMessage {
  override readonly sizeBytes: number;

  constructor(head: Buffer, size: number) {
    super(head);
    this.sizeBytes = size;
  }
}

async function exists(store: MailStore, name: string): Promise<boolean> {
  if (name.toUpperCase() === 'INBOX') return true;
  return (await store.list({patterns: [name]})).some(box => box.name === name && box.exists);
}

const SYSTEM_FLAGS: ReadonlyMap<string, number> = new Map([
  ['\\answered', flagBits.answered],
  ['\\flagged', flagBits.flagged],
  ['\\deleted', flagBits.deleted],
  ['\\seen', flagBits.seen],
  ['\\draft', flagBits.draft],
]);

function saveFlags(names: readonly string[] | undefined): {flags: number; keywords: string[]} {
  let flags = 0;
  const keywords: string[] = [];
  for (const name of names ?? []) {
    const bit = SYSTEM_FLAGS.get(name.toLowerCase());
    if (bit === undefined) keywords.push(name);
    else flags |= bit;
  }
  return {flags, keywords};
}
