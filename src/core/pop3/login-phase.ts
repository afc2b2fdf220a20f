/**
 * The conversation before the login: USER and PASS, AUTH (RFC 5034), STLS (RFC 2595), CAPA. Texts are those of Dovecot's pop3-login,
 * which knows few commands and has no patience with what is none.
 */
import type {Duplex} from 'node:stream';
import type {LoginTally} from '../account/login-log.ts';
import type {AcceptedLogin, SaslConnection, SaslMechanism} from '../account/sasl/sasl.ts';
import type {Clock} from '../base/clock.ts';
import type {LineWire} from '../net/line-wire.ts';
import {loginCommands} from './login/index.ts';
import type {Pop3SessionOptions} from './pop3-session.ts';
import {SessionEnd} from './session-end.ts';

/** Seen: the third command in a row that is none ends the session. */
const MOST_BAD_COMMANDS = 3;
/** Seen: a line of 1,030 bytes passes, one of 2,000 does not. */
const MAX_LINE = 1088;
/** Base64 of AUTH may be longer than other lines. */
const MAX_RESPONSE = 16 * 1024;

export class LoginPhase {
  readonly wire: LineWire;
  readonly options: Pop3SessionOptions;
  readonly tally: LoginTally;
  readonly clock: Clock;
  connection: SaslConnection;
  /** Who it is, as far as it is known; for the log. */
  user = '';
  method = '';
  /** Of USER, for PASS. */
  givenUser: string | undefined;
  #badCommands = 0;

  constructor(wire: LineWire, options: Pop3SessionOptions, tally: LoginTally, clock: Clock) {
    this.wire = wire;
    this.options = options;
    this.tally = tally;
    this.clock = clock;
    this.connection = options.connection;
  }

  /** Comes back when somebody has proved who they are; throws SessionEnd. */
  async run(): Promise<AcceptedLogin> {
    for (;;) {
      const line = await this.readLine(MAX_LINE);
      const space = line.indexOf(' ');
      const name = (space < 0 ? line : line.slice(0, space)).toUpperCase();
      const command = loginCommands.get(name);
      if (command === undefined) this.#countBad();
      else {
        this.#badCommands = 0;
        const login = await command(this, space < 0 ? '' : line.slice(space + 1));
        if (login !== undefined) return login;
      }
    }
  }

  /** A line of an exchange. */
  readResponse(): Promise<string> {
    return this.readLine(MAX_RESPONSE);
  }

  reply(text: string): undefined {
    this.wire.write(`${text}\r\n`);
  }

  get isPlaintextDisabled(): boolean {
    return this.options.settings.disablesPlaintext && !this.options.isSecured && !this.connection.isEncrypted;
  }

  /** As announced: not those that would give a password away. */
  get mechanisms(): readonly SaslMechanism[] {
    const all = this.options.sasl.mechanisms(this.connection.isEncrypted);
    return this.isPlaintextDisabled ? all.filter(mechanism => !mechanism.isPlaintext) : all;
  }

  get canStartTls(): boolean {
    return this.options.upgrade !== undefined && !this.connection.isEncrypted;
  }

  /** What the client said too early is not for this conversation, and ends it. */
  async startTls(upgrade: () => Promise<Duplex>): Promise<void> {
    this.reply('+OK Begin TLS negotiation now.');
    await this.wire.flush();
    if (this.wire.detach()) throw new SessionEnd('Connection closed: plaintext after STLS');
    this.wire.restart(await upgrade());
    this.connection = {...this.connection, isEncrypted: true};
    this.givenUser = undefined;
  }

  async readLine(maxBytes: number): Promise<string> {
    const result = await this.wire.readLine(maxBytes, this.options.settings.loginMilliseconds);
    if (result.kind === 'line') return result.line;
    if (result.kind === 'too-long') throw new SessionEnd('Input buffer full', 'Input buffer full, aborting');
    if (result.kind === 'timeout') throw new SessionEnd('Inactivity', 'Disconnected for inactivity.');
    throw new SessionEnd('Connection closed');
  }

  #countBad(): void {
    this.reply('-ERR Unknown command.');
    if (++this.#badCommands < MOST_BAD_COMMANDS) return;
    throw new SessionEnd('Disconnected: Too many bad commands', 'Too many invalid bad commands.');
  }
}
