/**
 * One message on its way in: sender, recipients, content, and then a reply for each recipient (RFC 2033 section 4.2), in their order. A
 * recipient that is named twice gets the message once, and the reply twice.
 */
import {describe} from '../base/errors.ts';
import {MailError} from '../mailbox/mail-error.ts';
import {localTime} from '../log/local-time.ts';
import type {LmtpSession} from './lmtp-session.ts';
import type {LmtpRecipient} from './recipient.ts';
import {Spool} from './spool.ts';
import {traceHeaders} from './trace-headers.ts';

export class LmtpTransaction {
  readonly sender: string;
  /** `ID`, `ID:T2`. */
  readonly id: string;
  /** In the order of their acceptance; the same one again for one that was named again. */
  readonly recipients: LmtpRecipient[] = [];
  /** Those that were asked about, accepted or not: they are numbered. */
  asked = 0;
  readonly spool: Spool;
  /** BDAT has brought some of the content. */
  hasChunks = false;
  /** Of the spool: what is said when all has come. */
  fault: unknown;
  readonly #session: LmtpSession;
  #ended = false;

  constructor(session: LmtpSession, sender: string) {
    this.#session = session;
    this.sender = sender;
    this.id = session.transactions === 1 ? session.sessionId : `${session.sessionId}:T${session.transactions}`;
    this.spool = new Spool(session.options.settings.spoolFolder);
  }

  nextRecipientId(): string {
    this.asked++;
    return this.asked === 1 ? this.id : `${this.id}:R${this.asked}`;
  }

  /** Never rejects: a full disk is told to every recipient. */
  async take(bytes: Buffer): Promise<void> {
    if (this.fault !== undefined) return;
    try {
      await this.spool.write(bytes);
    } catch (fault) {
      this.fault = fault;
      this.#session.options.log.error(`${this.#session.options.settings.spoolFolder}: ${describe(fault)}`);
    }
  }

  async deliver(): Promise<void> {
    const replies = new Map<LmtpRecipient, string>();
    for (const recipient of this.recipients) {
      const reply = replies.get(recipient) ?? (await this.#deliverTo(recipient));
      replies.set(recipient, reply);
      this.#session.reply(reply);
      await this.#session.wire.flush();
    }
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const {concurrency, settings} = this.#session.options;
    for (const {user} of new Set(this.recipients))
      if (settings.userConcurrencyLimit > 0) concurrency.leave(user.username);
    await this.spool.close();
  }

  async #deliverTo(recipient: LmtpRecipient): Promise<string> {
    const {options, deliver} = this.#session;
    const {address, user, sessionId} = recipient;
    const log = options.userLog(user.username, sessionId);
    if (this.fault !== undefined) return `451 4.3.0 <${address}> Temporary internal error`;
    try {
      const store = await options.openStore(user);
      try {
        const {spool, sender} = this;
        const head = this.#trace(recipient);
        const sizes = this.#sizes(head);
        const content = (): AsyncIterable<Buffer> => withHead(head, spool.read());
        const about = {
          sender,
          head: spool.head,
          sizes,
          envelopeTo: this.#named(recipient) ?? address,
          settings: options.settings,
          log,
        };
        await deliver({recipient, store, content, ...about});
      } finally {
        await store.close();
      }
      return `250 2.0.0 <${address}> ${sessionId} Saved`;
    } catch (fault) {
      if (!(fault instanceof MailError) || fault.code === 'temporary') log.error(describe(causeOf(fault)));
      return this.refusal(address, fault);
    }
  }

  /** Why a message could not be stored, for who sent it. */
  refusal(address: string, fault: unknown): string {
    const {settings} = this.#session.options;
    if (fault instanceof MailError && fault.code === 'quota')
      return `${settings.isFullTemporary ? '452 4.2.2' : '552 5.2.2'} <${address}> ${fault.message}`;
    if (fault instanceof MailError && fault.code !== 'temporary') return `451 4.2.0 <${address}> ${fault.message}`;
    const when = localTime(this.#session.clock.now());
    return `451 4.2.0 <${address}> Internal error occurred. Refer to server log for more information. [${when}]`;
  }

  #named({address, original}: LmtpRecipient): string | undefined {
    return this.#session.options.settings.deliveryAddress === 'original' ? original : address;
  }

  #sizes(head: string): {readonly received: number; readonly physical: number; readonly virtual: number} {
    const {sizeBytes, lineFeeds, crlfs} = this.spool;
    const headLines = head.split('\n').length - 1;
    const received = head.length + sizeBytes;
    return {received, physical: received - headLines - crlfs, virtual: received + lineFeeds - crlfs};
  }

  /** Several recipients need not know of each other: only one who is alone is named. */
  #trace(recipient: LmtpRecipient): string {
    const {address} = recipient;
    const {settings} = this.#session.options;
    const {helo, connection, tls, clock} = this.#session;
    const isAlone = new Set(this.recipients).size === 1 && this.recipients.length === 1;
    const named = this.#named(recipient);
    return traceHeaders({
      sender: this.sender,
      deliveredTo: isAlone && settings.deliveryAddress !== 'none' ? named : undefined,
      received: settings.addsReceivedHeader
        ? {
            helo,
            clientAddress: connection.clientAddress,
            tls,
            hostName: settings.hostName,
            id: this.id,
            recipient: isAlone && settings.deliveryAddress !== 'none' ? (named ?? address) : undefined,
            time: clock.now(),
          }
        : undefined,
    });
  }
}

async function* withHead(head: string, rest: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  yield Buffer.from(head, 'latin1');
  yield* rest;
}

function causeOf(fault: unknown): unknown {
  return fault instanceof MailError ? (fault.cause ?? fault) : fault;
}
