/**
 * Logins through a Dovecot auth service (smtpd_sasl_type = dovecot): the client's lines go to it and come back. One connection
 * serves all sessions; one that is lost is made anew at the next session or login.
 *
 * What can't be asked ends a login as a temporary failure, in the original's words.
 */
import {describe} from '../../base/errors.ts';
import type {Log} from '../../log/log.ts';
import {type AuthPlace, AUTH_TIMEOUT_MILLISECONDS, DovecotAuthConnection} from './dovecot-auth-connection.ts';
import {authParameter, escapeAuthField} from './dovecot-auth-lines.ts';
import type {SaslConnection, SaslExchange, SaslMechanism, SaslServer, SaslStep} from './sasl.ts';

export interface DovecotSaslServerOptions {
  readonly place: AuthPlace;
  /** As it is written in main.cf, for the log. */
  readonly title: string;
  readonly log: Log;
  readonly timeoutMilliseconds?: number;
  readonly now?: () => number;
}

/** After a connection failed, so long nobody tries again. */
const RETRY_MILLISECONDS = 1000;

export class DovecotSaslServer implements SaslServer {
  readonly #options: DovecotSaslServerOptions;
  readonly #timeout: number;
  readonly #now: () => number;
  #connection: DovecotAuthConnection | undefined;
  #connecting: Promise<DovecotAuthConnection | undefined> | undefined;
  #mechanisms: readonly SaslMechanism[] = [];
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(options: DovecotSaslServerOptions) {
    this.#options = options;
    this.#timeout = options.timeoutMilliseconds ?? AUTH_TIMEOUT_MILLISECONDS;
    this.#now = options.now ?? Date.now;
  }

  async ready(): Promise<void> {
    await this.connection();
  }

  /** While there is no connection, those of the last one. */
  mechanisms(_isEncrypted: boolean): readonly SaslMechanism[] {
    return this.#mechanisms;
  }

  /** While nothing is known, any mechanism begins, and ends as a temporary failure. */
  begin(mechanism: string, connection: SaslConnection): SaslExchange | undefined {
    const name = mechanism.toUpperCase();
    if (this.#mechanisms.length > 0 && !this.#mechanisms.some(offered => offered.name === name)) return undefined;
    return new DovecotExchange(this, name, connection, this.#options.log, this.#timeout);
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** An open connection; undefined when there is none to be had. */
  connection(): Promise<DovecotAuthConnection | undefined> {
    if (this.#connection?.isOpen === true) return Promise.resolve(this.#connection);
    if (this.#now() - this.#failedAt < RETRY_MILLISECONDS) return Promise.resolve(undefined);
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connect(): Promise<DovecotAuthConnection | undefined> {
    const {place, title, log} = this.#options;
    const connection = new DovecotAuthConnection(place, this.#timeout);
    try {
      await connection.handshake;
    } catch (fault) {
      this.#failedAt = this.#now();
      log.warning(`SASL: Connect to Dovecot auth socket '${title}' failed: ${describe(fault)}`);
      return undefined;
    }
    this.#mechanisms = connection.mechanisms;
    this.#connection = connection;
    return connection;
  }
}

const LOST: SaslStep = {kind: 'failed', reason: 'Connection lost to authentication server', isTemporary: true};

class DovecotExchange implements SaslExchange {
  readonly #server: DovecotSaslServer;
  readonly #mechanism: string;
  readonly #client: SaslConnection;
  readonly #log: Log;
  readonly #timeout: number;
  #begun: {readonly connection: DovecotAuthConnection; readonly id: number} | undefined;
  #isOver = false;

  constructor(server: DovecotSaslServer, mechanism: string, client: SaslConnection, log: Log, timeout: number) {
    this.#server = server;
    this.#mechanism = mechanism;
    this.#client = client;
    this.#log = log;
    this.#timeout = timeout;
  }

  async step(response: Buffer | undefined): Promise<SaslStep> {
    const step = this.#takeAnswer(await this.#ask(response));
    this.#isOver = step.kind !== 'continue';
    return step;
  }

  cancel(): void {
    if (!this.#isOver) this.#begun?.connection.cancel(this.#begun.id);
    this.#isOver = true;
  }

  async #ask(response: Buffer | undefined): Promise<readonly string[] | undefined> {
    if (this.#begun !== undefined) {
      const {connection, id} = this.#begun;
      return connection.ask(id, `CONT\t${id}\t${response?.toString('base64') ?? ''}\n`, this.#timeout);
    }
    const connection = await this.#server.connection();
    if (connection === undefined || this.#isOver) return undefined;
    const id = connection.newId();
    this.#begun = {connection, id};
    return connection.ask(id, `AUTH\t${id}\t${this.#mechanism}\t${this.#parameters(response)}\n`, this.#timeout);
  }

  /** In the original's order; the service takes `resp` for the last. */
  #parameters(response: Buffer | undefined): string {
    const {service, serverAddress, clientAddress, isEncrypted} = this.#client;
    return [
      `service=${escapeAuthField(service)}`,
      'nologin',
      `lip=${escapeAuthField(serverAddress)}`,
      `rip=${escapeAuthField(clientAddress)}`,
      ...(isEncrypted ? ['secured'] : []),
      ...(response === undefined ? [] : [`resp=${response.length === 0 ? '=' : response.toString('base64')}`]),
    ].join('\t');
  }

  #takeAnswer(fields: readonly string[] | undefined): SaslStep {
    if (fields === undefined) return LOST;
    const username = authParameter(fields, 'user');
    if (fields[0] === 'CONT') return {kind: 'continue', challenge: Buffer.from(fields[1] ?? '', 'base64')};
    if (fields[0] === 'FAIL') {
      return {kind: 'failed', reason: printable(authParameter(fields, 'reason') ?? ''), isTemporary: false, username};
    }
    if (username !== undefined) return {kind: 'done', username};
    this.#log.warning('missing Dovecot server OK username field');
    return {kind: 'failed', reason: 'Authentication backend error', isTemporary: false};
  }
}

/** It goes into a reply, on one line. */
function printable(text: string): string {
  return text.replace(/[^ -~\x80-\xff]/g, '?');
}
