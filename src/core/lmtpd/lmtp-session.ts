/**
 * One LMTP client from greeting to goodbye (RFC 2033): a mail system that hands mail over for our users, with an answer for each of them.
 * What carries it, who the users are and where their mail lies is handed in. Texts and log lines are those of Dovecot 2.3.
 *
 *   GREETING -LHLO-> READY -MAIL-> MAIL FROM -RCPT-> RCPT TO -DATA, BDAT-> DATA -> READY
 */
import {randomBytes} from 'node:crypto';
import type {Duplex} from 'node:stream';
import type {AuthLog} from '../account/auth/auth-log.ts';
import type {SaslConnection, UserLookup, UserRecord} from '../account/sasl/sasl.ts';
import {type Clock, systemClock} from '../base/clock.ts';
import {describe} from '../base/errors.ts';
import type {MailStore} from '../mailbox/mail-store.ts';
import {LineWire} from '../net/line-wire.ts';
import {lmtpCommands} from './commands/index.ts';
import {type DeliverLmtp, deliverPlainly} from './delivery.ts';
import type {LmtpSettings} from './lmtp-settings.ts';
import type {LmtpTransaction} from './transaction.ts';
import type {UserConcurrency} from './user-concurrency.ts';

export interface LmtpSessionOptions {
  readonly stream: Duplex;
  readonly settings: LmtpSettings;
  /** `clientAddress` '' over a socket of this machine. */
  readonly connection: SaslConnection;
  /** From login_trusted_networks: XCLIENT is offered and believed. */
  readonly isTrusted?: boolean | undefined;
  /** `AccountService.lookupUser`. */
  readonly lookupUser: (user: string, connection: SaslConnection) => Promise<UserLookup>;
  readonly openStore: (user: UserRecord) => Promise<MailStore>;
  /** STARTTLS: makes a TLS stream and says what it is (`TLSv1.3 with cipher X (256/256 bits)`); undefined where there is no TLS. */
  readonly upgrade?: (() => Promise<{readonly stream: Duplex; readonly tls: string}>) | undefined;
  /** Where the stream is encrypted from the beginning. */
  readonly tls?: string | undefined;
  readonly concurrency: UserConcurrency;
  /** A filter (Sieve) takes this place. */
  readonly deliver?: DeliverLmtp | undefined;
  readonly log: AuthLog;
  /** `lmtp(user)<pid><id>` is the caller's business. */
  readonly userLog: (username: string, sessionId: string) => AuthLog;
  readonly clock?: Clock | undefined;
  readonly random?: ((bytes: number) => Buffer) | undefined;
}

/** Seen: the eleventh in a row that goes wrong is answered with 421. */
const MOST_BAD_COMMANDS = 10;
/** Seen: a line of 4,095 bytes passes, one of 5,000 does not. */
const MAX_LINE = 4096;

export type LmtpState = 'GREETING' | 'READY' | 'MAIL FROM' | 'RCPT TO' | 'DATA';

/** Why a session ends early: for the log, and to the client before. */
class LmtpEnd extends Error {
  readonly reply: string | undefined;

  constructor(reason: string, reply?: string) {
    super(reason);
    this.reply = reply;
  }
}

export class LmtpSession {
  readonly wire: LineWire;
  readonly options: LmtpSessionOptions;
  readonly clock: Clock;
  readonly deliver: DeliverLmtp;
  connection: SaslConnection;
  /** Of LHLO; '' before. */
  helo = '';
  tls: string;
  state: LmtpState = 'GREETING';
  transaction: LmtpTransaction | undefined;
  sessionId: string;
  transactions = 0;
  /** Bytes of BDAT that belong to a chunk that failed are passed over; nothing but RSET helps then. */
  hasFailedChunk = false;
  #badCommands = 0;
  #unfinished: string | undefined;
  #isShutDown = false;

  constructor(options: LmtpSessionOptions) {
    this.options = options;
    this.wire = new LineWire(options.stream);
    this.clock = options.clock ?? systemClock;
    this.deliver = options.deliver ?? deliverPlainly;
    this.connection = options.connection;
    this.tls = options.tls ?? '';
    this.sessionId = (options.random ?? randomBytes)(16).toString('base64').replace(/=+$/, '');
  }

  /** Serves the client to its end. Never rejects. */
  async run(): Promise<void> {
    const {log} = this.options;
    log.info(`Connect from ${this.#client}`);
    this.greet();
    try {
      for (;;) await this.#serve();
    } catch (fault) {
      if (!(fault instanceof LmtpEnd)) log.error(describe(fault));
      if (fault instanceof LmtpEnd && fault.reply !== undefined) this.reply(fault.reply);
      const reason = fault instanceof LmtpEnd ? fault.message : 'Internal error';
      const unfinished = this.#unfinished === undefined ? '' : ` (unfinished ${this.#unfinished} command)`;
      log.info(`Disconnect from ${this.#client}: ${reason}${unfinished} (state=${this.state})`);
    } finally {
      await this.transaction?.end();
      await this.wire.end();
    }
  }

  /** The service stops. */
  end(): void {
    this.#isShutDown = true;
    this.wire.interrupt();
  }

  greet(): void {
    this.reply(`220 ${this.options.settings.hostName} ${this.options.settings.greeting}`);
  }

  reply(text: string): void {
    this.wire.write(`${text}\r\n`);
  }

  /** What a client did wrong; too much of it in a row ends the session. */
  fail(text: string): void {
    if (++this.#badCommands <= MOST_BAD_COMMANDS) return this.reply(text);
    const {hostName} = this.options.settings;
    throw new LmtpEnd('Too many invalid commands.', `421 4.7.0 ${hostName} Too many invalid commands.`);
  }

  quit(): never {
    this.#unfinished = undefined;
    throw new LmtpEnd('Logged out', '221 2.0.0 Bye');
  }

  /** The client has gone in the middle of something. */
  lost(why = 'Connection closed'): never {
    throw new LmtpEnd(why);
  }

  async endTransaction(): Promise<void> {
    await this.transaction?.end();
    this.transaction = undefined;
    this.hasFailedChunk = false;
    this.state = 'READY';
  }

  /** What the client said too early is not for this conversation, and ends it. */
  async startTls(upgrade: NonNullable<LmtpSessionOptions['upgrade']>): Promise<void> {
    this.reply('220 2.0.0 Begin TLS negotiation now.');
    await this.wire.flush();
    if (this.wire.detach()) this.lost('Connection closed: plaintext after STARTTLS');
    const {stream, tls} = await upgrade();
    this.wire.restart(stream);
    this.tls = tls;
    this.connection = {...this.connection, isEncrypted: true};
    this.helo = '';
    await this.endTransaction();
    this.state = 'GREETING';
  }

  get #client(): string {
    return this.connection.clientAddress === '' ? 'local' : this.connection.clientAddress;
  }

  async #serve(): Promise<void> {
    const line = await this.#readLine();
    if (line === undefined) return;
    const [, name = '', argument] = /^([A-Za-z]*)(?: (?! )(.*)| *)$/s.exec(line) ?? [];
    if (name === '' && line !== '') return this.fail('500 5.5.2 Invalid command syntax');
    const command = lmtpCommands.get(name.toUpperCase());
    if (command === undefined) return this.fail('500 5.5.1 Unknown command');
    this.#unfinished = name.toUpperCase();
    const before = this.#badCommands;
    await command(this, argument ?? '');
    if (this.#badCommands === before) this.#badCommands = 0;
    this.#unfinished = undefined;
    await this.wire.flush();
  }

  /** undefined: it was too long, and has been answered. */
  async #readLine(): Promise<string | undefined> {
    const {inactivityMilliseconds, hostName} = this.options.settings;
    const result = await this.wire.readLine(MAX_LINE, inactivityMilliseconds);
    if (result.kind === 'line') return result.line;
    if (result.kind === 'too-long') return this.#passLongLine();
    if (result.kind === 'timeout') throw new LmtpEnd('Inactivity', `421 4.4.2 ${hostName} Disconnected for inactivity`);
    if (this.#isShutDown) throw new LmtpEnd('Shutting down', `421 4.3.2 ${hostName} Shutting down`);
    return this.lost();
  }

  async #passLongLine(): Promise<undefined> {
    for (;;) {
      const some = await this.wire.readSome(MAX_LINE, this.options.settings.inactivityMilliseconds);
      if (some === undefined) this.lost();
      const end = some.indexOf(10);
      if (end < 0) continue;
      this.wire.unread(some.subarray(end + 1));
      this.fail('500 5.5.2 Line too long');
      return undefined;
    }
  }
}
