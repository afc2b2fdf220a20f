/**
 * The conversation before the login: who is it? (RFC 3501 section 6.2.) Texts are those of Dovecot's imap-login, which
 * knows few commands, prints no times, and has no patience with what is none.
 */
import type {SaslConnection, SaslServer, SaslStep} from '../account/sasl/sasl.ts';
import {ParseError, Refusal} from '../base/errors.ts';
import type {Log} from '../log/log.ts';
import type {Duplex} from 'node:stream';
import {type Arguments, isNil} from './argument.ts';
import {loginCapability} from './capability.ts';
import type {ClientLine} from './client-line.ts';
import {CommandReader} from './command-reader.ts';
import type {ImapSettings} from './imap-settings.ts';
import {loginCommands} from './login/index.ts';
import {SessionEnd} from './session-end.ts';
import {StreamWire} from '../net/stream-wire.ts';

/** Seen: the third command that is none ends the session. */
const MOST_BAD_COMMANDS = 3;
/** Seen: a line of 1,034 bytes passes, one of 1,110 does not. */
const MAX_LINE = 1088;
const MAX_LITERAL = 1024;
/** Base64 of AUTHENTICATE may be longer than other lines. */
const MAX_RESPONSE = 16 * 1024;
const BUFFER_FULL = 'Input buffer full, aborting';
const INACTIVE = 'Disconnected for inactivity.';

export interface LoginOptions {
  readonly sasl: SaslServer;
  readonly connection: SaslConnection;
  /** Encrypted, or from this machine, or from a trusted network: plaintext is no danger here. */
  readonly isSecured: boolean;
  /** STARTTLS: makes a TLS stream of the connection, after our reply has left; undefined where there is no TLS. */
  readonly upgrade?: (() => Promise<Duplex>) | undefined;
}

export interface LoggedIn {
  readonly username: string;
  readonly mechanism: string;
  readonly tag: string;
  /** The client asked for the capabilities by itself: it is told the new ones by a line, not by a code. */
  readonly asksCapability: boolean;
}

/** What a command of this phase comes to. */
export type LoginOutcome =
  {readonly kind: 'reply'; readonly text: string} | {readonly kind: 'done'; readonly login: LoggedIn};

export class LoginPhase {
  readonly line: ClientLine;
  readonly settings: ImapSettings;
  readonly options: LoginOptions;
  readonly log: Log;
  asksCapability = false;
  isEncrypted: boolean;
  /** For the log: how often, and when it began. */
  attempts = 0;
  readonly #reader: CommandReader;
  #badCommands = 0;

  constructor(line: ClientLine, settings: ImapSettings, options: LoginOptions, log: Log) {
    this.line = line;
    this.settings = settings;
    this.options = options;
    this.log = log;
    this.isEncrypted = options.connection.isEncrypted;
    this.#reader = new CommandReader(line, {
      maxDepth: 4,
      lineLimit: beginning => (isAuthenticate(beginning) ? MAX_RESPONSE : MAX_LINE),
      maxLiteral: MAX_LITERAL,
      maxUnwaited: MAX_LITERAL,
      longLineBye: BUFFER_FULL,
      timeoutMilliseconds: settings.loginMilliseconds,
      timeoutBye: INACTIVE,
    });
  }

  get isSecured(): boolean {
    return this.isEncrypted || this.options.isSecured;
  }

  get isPlaintextDisabled(): boolean {
    const {disablePlaintextAuth, requiresTls} = this.settings;
    return (disablePlaintextAuth || requiresTls) && !this.isSecured;
  }

  get capability(): string {
    return loginCapability(this.settings, {
      canStartTls: this.options.upgrade !== undefined && !this.isEncrypted,
      isPlaintextDisabled: this.isPlaintextDisabled,
      mechanisms: this.options.sasl.mechanisms(this.isEncrypted),
    });
  }

  greet(): void {
    this.line.out.line(`* OK [CAPABILITY ${this.capability}] ${this.settings.greeting}`);
  }

  /** Comes back when somebody has proved who he is; throws SessionEnd. */
  async run(): Promise<LoggedIn> {
    for (;;) {
      await this.#reader.next();
      const login = await this.#serve();
      if (login !== undefined) return login;
    }
  }

  async #serve(): Promise<LoggedIn | undefined> {
    const tag = this.#reader.word();
    if (tag === '' || !/^[!#$&',-[^-z|}~]+$/.test(tag)) return await this.#isBad('*');
    const command = loginCommands.get(this.#reader.word().toUpperCase());
    if (command === undefined) return await this.#isBad(tag);
    try {
      const args = command.hasArguments ? await this.#reader.arguments() : undefined;
      if (args === undefined) await this.#reader.skipRest();
      const outcome = await command.run(this, tag, args);
      if (outcome === undefined) return await this.#isBad(tag);
      if (outcome.kind === 'done') return outcome.login;
      if (outcome.text !== '') this.line.out.line(`${tag} ${outcome.text}`);
    } catch (fault) {
      if (fault instanceof Refusal) this.line.out.line(`${tag} NO [${fault.code}] ${fault.message}`);
      else if (!(fault instanceof ParseError)) throw fault;
      else {
        await this.#reader.skipRest();
        if (this.#countBad()) this.line.out.line(`${tag} BAD ${fault.message}`);
      }
    }
    return undefined;
  }

  async #isBad(tag: string): Promise<undefined> {
    await this.#reader.skipRest();
    if (this.#countBad()) this.line.out.line(`${tag} BAD Error in IMAP command received by server.`);
  }

  #countBad(): true {
    if (++this.#badCommands >= MOST_BAD_COMMANDS)
      throw new SessionEnd('Too many invalid commands', 'Too many invalid IMAP commands.');
    return true;
  }

  /** A line of an exchange. */
  async #response(): Promise<string> {
    const {input} = this.line;
    for (;;) {
      const text = input.takeLine();
      if (text !== undefined && text.length <= MAX_RESPONSE) return text.toString('latin1');
      if (text !== undefined || input.buffered > MAX_RESPONSE) throw new SessionEnd('Input buffer full', BUFFER_FULL);
      await this.line.waitForInput(
        this.settings.loginMilliseconds,
        'Disconnected for inactivity during authentication.',
      );
    }
  }

  /** Runs one mechanism to its end. */
  async exchange(tag: string, mechanism: string, initial: Buffer | undefined): Promise<LoginOutcome> {
    this.attempts++;
    const connection = {...this.options.connection, isEncrypted: this.isEncrypted};
    const exchange = this.options.sasl.begin(mechanism, connection);
    if (exchange === undefined) return reply('NO [ALERT] Unsupported authentication mechanism.');
    let response = initial;
    for (;;) {
      const step = await exchange.step(response);
      if (step.kind === 'failed') return reply(failureText(step));
      if (step.kind === 'done' && (step.final === undefined || step.final.length === 0))
        return {kind: 'done', login: {username: step.username, mechanism, tag, asksCapability: this.asksCapability}};
      const challenge = step.kind === 'done' ? (step.final ?? Buffer.alloc(0)) : step.challenge;
      this.line.out.line(`+ ${challenge.toString('base64')}`);
      const text = await this.#response();
      if (text === '*') {
        exchange.cancel();
        return reply('BAD Authentication aborted by client.');
      }
      if (step.kind === 'done')
        // its proof is taken, whatever he says to it
        return {kind: 'done', login: {username: step.username, mechanism, tag, asksCapability: this.asksCapability}};
      response = decodeBase64(text);
      if (response === undefined) {
        exchange.cancel();
        return reply('NO [ALERT] Invalid base64 in response');
      }
    }
  }

  /** STARTTLS: what the client said too early is not for this conversation, and ends it. */
  async startTls(upgrade: () => Promise<Duplex>, tag: string): Promise<void> {
    const {line} = this;
    const isInjected = line.input.buffered > 0;
    line.wire.detach();
    line.out.line(`${tag} OK Begin TLS negotiation now.`);
    line.out.flush();
    if (isInjected) throw new SessionEnd('Connection closed: plaintext after STARTTLS');
    line.restart(new StreamWire(await upgrade()));
    this.isEncrypted = true;
    this.asksCapability = false; // RFC 3501 section 6.2.1: what was known before counts no more
  }
}

function isAuthenticate(beginning: Buffer): boolean {
  return / AUTHENTICATE /i.test(beginning.toString('latin1', 0, 128));
}

export function reply(text: string): LoginOutcome {
  return {kind: 'reply', text};
}

/** `=` is an empty response (RFC 4959); undefined: no base64. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return text.length % 4 === 0 && bytes.toString('base64') === text ? bytes : undefined;
}

/** The arguments of LOGIN: two strings, no more. */
export function twoStrings(args: Arguments): [string, string] | undefined {
  const [user, password] = args.items;
  if (args.items.length !== 2 || user === undefined || password === undefined) return undefined;
  if (user.kind === 'list' || password.kind === 'list' || isNil(user)) return undefined;
  return [user.text, password.text];
}

function failureText(step: Extract<SaslStep, {kind: 'failed'}>): string {
  return step.isTemporary
    ? 'NO [UNAVAILABLE] Temporary authentication failure.'
    : 'NO [AUTHENTICATIONFAILED] Authentication failed.';
}
