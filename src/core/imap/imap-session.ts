/**
 * One IMAP client from greeting to BYE. What carries it, who may log in, and where mail lies is handed in, so that a
 * service, `doveadm exec imap` and tests run the same session.
 *
 *   greeting -> login phase -> store opened -> mail session -> closed
 *            `-> (already logged in: * PREAUTH) ----^
 */
import {describe, Refusal} from '../base/errors.ts';
import {type Clock, systemClock} from '../base/clock.ts';
import type {EventScripts} from '../delivery/sieve/event-scripts.ts';
import type {Log} from '../log/log.ts';
import {MailError} from '../mailbox/mail-error.ts';
import type {MailStore} from '../mailbox/mail-store.ts';
import {capability} from './capability.ts';
import {ClientLine} from './client-line.ts';
import type {ImapSettings} from './imap-settings.ts';
import {type LoggedIn, type LoginOptions, LoginPhase} from './login-phase.ts';
import {MailSession} from './mail-session.ts';
import {SessionEnd} from './session-end.ts';
import {internalError} from './tagged-reply.ts';
import type {ClientWire} from '../net/stream-wire.ts';

export interface ImapSessionOptions {
  readonly wire: ClientWire;
  readonly settings: ImapSettings;
  /** undefined: the client is `username` already. */
  readonly login?: LoginOptions | undefined;
  readonly username?: string | undefined;
  /** Throws `Refusal(code, text)` or `MailError` when he can't be served; `LIMIT` ends the connection, as Dovecot does. */
  readonly openStore: (username: string) => Promise<MailStore>;
  /** Of the login, and of the session (`imap(user)<pid><session>` is the caller's business). */
  readonly loginLog: Log;
  readonly sessionLog: (username: string) => Log;
  /** Scripts that what the user does may start (imap_sieve); left out: none. */
  readonly openScripts?: ((store: MailStore, log: Log) => EventScripts | undefined) | undefined;
  readonly clock?: Clock | undefined;
  readonly events?: ImapSessionEvents | undefined;
}

/** What a service logs and counts by; texts are without what it knows itself (`rip=`, `session=`). */
export interface ImapSessionEvents {
  /** `Login: user=<...>` is due. */
  loggedIn?(login: {readonly username: string; readonly mechanism: string; readonly isEncrypted: boolean}): void;
  /** The client left, or had to, without a login: `Disconnected: Connection closed (no auth attempts in 2 secs)`. */
  loginEnded?(text: string, isEncrypted: boolean): void;
}

export class ImapSession {
  readonly #options: ImapSessionOptions;
  readonly #line: ClientLine;
  readonly #clock: Clock;

  constructor(options: ImapSessionOptions) {
    this.#options = options;
    this.#line = new ClientLine(options.wire);
    this.#clock = options.clock ?? systemClock;
  }

  /** Serves the client to its end. Never rejects. */
  async run(): Promise<void> {
    const {login} = this.#options;
    try {
      if (login === undefined) await this.#preauthenticated();
      else await this.#withLogin(login);
    } catch (fault) {
      this.#options.loginLog.error(describe(fault));
    } finally {
      this.#line.out.flush();
      await this.#line.wire.end();
    }
  }

  /** The service stops, or throws this one out: `* BYE Server shutting down.` */
  end(reason = 'Server shutting down.', bye = reason): void {
    this.#line.finish(new SessionEnd(reason, bye));
  }

  async #preauthenticated(): Promise<void> {
    const {username = '', settings} = this.#options;
    const store = await this.#openStore(username, text => this.#line.out.line(`* BYE ${text.slice(3)}`));
    if (store === undefined) return;
    this.#line.out.line(`* PREAUTH [CAPABILITY ${capability(settings)}] Logged in as ${username}`);
    await this.#serve(username, store);
  }

  async #withLogin(options: LoginOptions): Promise<void> {
    await options.sasl.ready?.();
    const phase = new LoginPhase(this.#line, this.#options.settings, options, this.#options.loginLog);
    phase.greet();
    const began = this.#clock.now();
    try {
      for (;;) {
        const login = await phase.run();
        if (await this.#begin(login, phase)) return;
      }
    } catch (fault) {
      if (!(fault instanceof SessionEnd)) throw fault;
      if (fault.bye !== undefined) this.#line.out.line(`* BYE ${fault.bye}`);
      const seconds = Math.floor((this.#clock.now() - began) / 1000);
      this.#options.events?.loginEnded?.(
        `Disconnected: ${fault.reason} (${attemptText(phase.attempts, seconds)})`,
        phase.isEncrypted,
      );
    }
  }

  /** False: the client may try again. */
  async #begin(login: LoggedIn, phase: LoginPhase): Promise<boolean> {
    const {out} = this.#line;
    const store = await this.#openStore(login.username, text => out.line(`${login.tag} ${text}`));
    if (store === undefined) return false;
    const list = `CAPABILITY ${capability(this.#options.settings)}`;
    if (login.asksCapability) out.line(`* ${list}`);
    out.line(`${login.tag} OK ${login.asksCapability ? '' : `[${list}] `}Logged in`);
    const {username, mechanism} = login;
    this.#options.events?.loggedIn?.({username, mechanism, isEncrypted: phase.isEncrypted});
    await this.#serve(username, store);
    return true;
  }

  async #openStore(username: string, refuse: (text: string) => void): Promise<MailStore | undefined> {
    try {
      return await this.#options.openStore(username);
    } catch (fault) {
      if (fault instanceof Refusal) {
        refuse(`NO [${fault.code}] ${fault.message}`);
        if (fault.code === 'LIMIT') throw new SessionEnd(fault.message.replace(/\.$/, ''));
        return undefined;
      }
      const isExpected = fault instanceof MailError && fault.code !== 'temporary';
      if (!isExpected) this.#options.loginLog.error(`${username}: ${describe(fault)}`);
      refuse(isExpected ? `NO ${fault.message}` : internalError(this.#clock.now()));
      return undefined;
    }
  }

  async #serve(username: string, store: MailStore): Promise<void> {
    const log = this.#options.sessionLog(username);
    const line = this.#line;
    line.input.total = line.input.buffered; // the session's own count begins here
    line.out.flush();
    try {
      const {settings, openScripts} = this.#options;
      const scripts = openScripts?.(store, log);
      const session = new MailSession({line, settings, store, log, clock: this.#clock, scripts});
      log.info(await session.run());
    } finally {
      await store.close();
    }
  }
}

function attemptText(attempts: number, seconds: number): string {
  if (attempts === 0) return `no auth attempts in ${seconds} secs`;
  return `auth failed, ${attempts} attempts in ${seconds} secs`;
}
