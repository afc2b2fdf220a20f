/**
 * One POP3 client from greeting to goodbye (RFC 1939, 2449, 5034, 2595). What carries it, who may log in, and where mail lies is handed
 * in, so that a service and tests run the same session. Texts and log lines are those of Dovecot 2.3.
 *
 *   greeting -> login phase -> store opened -> mail phase -> closed
 */
import type {Duplex} from 'node:stream';
import type {AuthLog} from '../account/auth/auth-log.ts';
import {loginLine, LoginTally} from '../account/login-log.ts';
import type {AcceptedLogin, SaslConnection, SaslServer} from '../account/sasl/sasl.ts';
import {type Clock, systemClock} from '../base/clock.ts';
import {describe, Refusal} from '../base/errors.ts';
import type {MailStore} from '../mailbox/mail-store.ts';
import {LineWire} from '../net/line-wire.ts';
import {LoginPhase} from './login-phase.ts';
import {MailPhase} from './mail-phase.ts';
import type {Pop3Settings} from './pop3-settings.ts';
import {SessionEnd} from './session-end.ts';

export interface Pop3SessionOptions {
  readonly stream: Duplex;
  readonly settings: Pop3Settings;
  readonly sasl: SaslServer;
  /** With the session's own id. */
  readonly connection: SaslConnection;
  readonly hostName: string;
  /** From this machine or from login_trusted_networks: plaintext is no danger here. */
  readonly isSecured: boolean;
  /** From login_trusted_networks: XCLIENT is believed. */
  readonly isTrusted?: boolean | undefined;
  /** STLS: makes a TLS stream of the connection, after our reply has left; undefined where there is no TLS. */
  readonly upgrade?: (() => Promise<Duplex>) | undefined;
  /** Throws `Refusal(code, text)` for what the user may know (`IN-USE`: too many connections); else it is an internal failure. */
  readonly openStore: (login: AcceptedLogin) => Promise<MailStore>;
  readonly loginLog: AuthLog;
  /** `pop3(user)<pid><session>` is the caller's business. */
  readonly sessionLog: (username: string) => AuthLog;
  /** `mpid=` of the login's line. */
  readonly processId?: number;
  readonly clock?: Clock;
}

const INTERNAL_ERROR = '[SYS/TEMP] Internal error occurred. Refer to server log for more information.';

export class Pop3Session {
  readonly #options: Pop3SessionOptions;
  readonly #wire: LineWire;
  readonly #clock: Clock;
  readonly #tally: LoginTally;
  #shutdown = false;

  constructor(options: Pop3SessionOptions) {
    this.#options = options;
    this.#wire = new LineWire(options.stream);
    this.#clock = options.clock ?? systemClock;
    this.#tally = new LoginTally(this.#clock.now());
  }

  /** Serves the client to its end. Never rejects. */
  async run(): Promise<void> {
    try {
      await this.#serve();
    } catch (fault) {
      this.#options.loginLog.error(describe(fault));
    } finally {
      await this.#wire.end();
    }
  }

  /** The service stops, or throws this one out. */
  end(): void {
    this.#shutdown = true;
    this.#wire.interrupt();
  }

  async #serve(): Promise<void> {
    await this.#options.sasl.ready?.();
    const phase = new LoginPhase(this.#wire, this.#options, this.#tally, this.#clock);
    this.#wire.write(`+OK ${this.#options.settings.greeting}\r\n`);
    let login: AcceptedLogin;
    try {
      login = await phase.run();
    } catch (fault) {
      if (!(fault instanceof SessionEnd)) throw fault;
      return this.#endLogin(fault, phase);
    }
    const store = await this.#openStore(login, phase);
    if (store === undefined) return;
    try {
      await this.#serveMail(login, store, phase);
    } finally {
      await store.close();
    }
  }

  #endLogin(end: SessionEnd, phase: LoginPhase): void {
    if (end.reply !== undefined) this.#wire.write(`-ERR ${end.reply}\r\n`);
    const reason = this.#shutdown ? 'Shutting down' : end.reason;
    this.#log(phase, `Disconnected: ${reason} ${this.#tally.reason(this.#clock.now())}`, false);
  }

  async #openStore(login: AcceptedLogin, phase: LoginPhase): Promise<MailStore | undefined> {
    try {
      const store = await this.#options.openStore(login);
      this.#log(phase, 'Login', true);
      return store;
    } catch (fault) {
      const isTold = fault instanceof Refusal;
      this.#wire.write(isTold ? `-ERR [${fault.code}] ${fault.message}\r\n` : `-ERR ${INTERNAL_ERROR}\r\n`);
      if (!isTold) this.#options.sessionLog(login.username).error(describe(fault));
      this.#log(phase, `Disconnected: ${isTold ? fault.message : 'Internal login failure'}`, true);
      return undefined;
    }
  }

  async #serveMail(login: AcceptedLogin, store: MailStore, phase: LoginPhase): Promise<void> {
    const {settings, sessionLog} = this.#options;
    this.#wire.bytesIn = this.#wire.bufferedBytes; // those of the login don't count
    this.#wire.bytesOut = 0;
    this.#wire.write('+OK Logged in.\r\n');
    const mail = new MailPhase(this.#wire, settings, store, sessionLog(login.username), this.#clock);
    mail.connection = phase.connection;
    await mail.run(() => this.#shutdown);
  }

  #log(phase: LoginPhase, happened: string, isServed: boolean): void {
    const {loginLog, settings, isSecured, processId} = this.#options;
    const {connection, user, method} = phase;
    const facts = {connection, user, method, isSecured, processId: isServed ? processId : undefined};
    loginLog.info(loginLine(happened, facts, settings.loginLog));
  }
}
