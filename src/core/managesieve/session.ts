/**
 * One conversation with a ManageSieve client (RFC 5804), in two parts as the original's two programs have it: before the
 * login (capabilities, STARTTLS, AUTHENTICATE) and after it (scripts). Texts are Pigeonhole 0.5's.
 *
 *   greeting -> login commands -> (STARTTLS -> greeting)* -> user's commands -> closed
 *
 * Wrong commands are answered NO; three in a row end a session that has not logged in, twenty one that has.
 */
import {describe} from '../base/errors.ts';
import type {Log} from '../log/log.ts';
import type {ClientWire} from '../net/stream-wire.ts';
import type {SaslConnection, SaslServer, SaslStep} from '../account/sasl/sasl.ts';
import {ScriptFault, type SieveScripts} from '../filter/sieve-scripts.ts';
import {type ClientCommand, CommandReader} from './command-reader.ts';
import {reply, quoted} from './reply.ts';
import type {ManageSieveSettings} from './settings.ts';
import {type UserSession, userCommands} from './commands/registry.ts';

/** What a script check says. */
export interface ScriptCheck {
  readonly isGood: boolean;
  /** Errors, or warnings, line by line. */
  readonly text: string;
}

export interface ManageSieveUser {
  readonly scripts: SieveScripts;
  /** `name` undefined: CHECKSCRIPT. */
  check(name: string | undefined, script: Buffer): Promise<ScriptCheck>;
  /** `managesieve(user)<pid><session>`. */
  readonly log: Log;
  close(): Promise<void>;
}

export interface ManageSieveParts {
  readonly wire: ClientWire;
  readonly settings: ManageSieveSettings;
  readonly sasl: SaslServer;
  /** Anew for each attempt: STARTTLS changes it. */
  saslConnection(): SaslConnection;
  /** Encrypted, or from the machine itself. */
  isSecured(): boolean;
  isEncrypted(): boolean;
  /** undefined: TLS can't be had. */
  readonly startTls: (() => Promise<ClientWire>) | undefined;
  /** Throws when the user has no mail here. */
  openUser(username: string, mechanism: string): Promise<ManageSieveUser>;
  /** For the login log: why the session ended without a login. */
  loginEnded(reason: string, attempts: number): void;
}

const MAX_BAD_BEFORE_LOGIN = 3;
const MAX_BAD_AFTER_LOGIN = 20;
/** A script that quota refuses is read nonetheless, to this size. */
const MAX_LITERAL_BYTES = 64 << 20;

export class ManageSieveSession implements UserSession {
  readonly #parts: ManageSieveParts;
  #wire: ClientWire;
  #reader: CommandReader;
  #user: ManageSieveUser | undefined;
  #attempts = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  #timer: NodeJS.Timeout | undefined;
  #end: string | undefined;

  constructor(parts: ManageSieveParts) {
    this.#parts = parts;
    this.#wire = parts.wire;
    this.#reader = this.#makeReader();
  }

  /** Resolves when the connection is closed. */
  async run(): Promise<void> {
    try {
      await this.#greet();
      const isIn = await this.#login();
      if (isIn) await this.#serve();
    } finally {
      clearTimeout(this.#timer);
      await this.#wire.end();
      await this.#user?.close();
    }
  }

  /** Ends the session from outside: the server stops, or somebody kicks the user. */
  async leave(text: string): Promise<void> {
    this.#end ??= text;
    await this.send(reply('BYE', text));
    await this.#wire.end();
  }

  get scripts(): SieveScripts {
    if (this.#user === undefined) throw new TypeError('nobody has logged in');
    return this.#user.scripts;
  }

  get log(): Log {
    if (this.#user === undefined) throw new TypeError('nobody has logged in');
    return this.#user.log;
  }

  check(name: string | undefined, script: Buffer): Promise<ScriptCheck> {
    if (this.#user === undefined) throw new TypeError('nobody has logged in');
    return this.#user.check(name, script);
  }

  async send(text: string): Promise<void> {
    const bytes = Buffer.from(text, 'latin1');
    if (this.#user !== undefined) this.#bytesOut += bytes.length;
    if (!this.#wire.write(bytes)) await this.#wire.drained();
  }

  /** RFC 5804 section 1.7. */
  capabilities(): string {
    const {settings, sasl} = this.#parts;
    const lines: (readonly [string, string?])[] = [
      ['IMPLEMENTATION', settings.implementation],
      ['SIEVE', settings.sieveCapability],
    ];
    if (this.#user !== undefined && settings.maxRedirects > 0)
      lines.push(['MAXREDIRECTS', String(settings.maxRedirects)]);
    if (settings.notifyCapability !== '') lines.push(['NOTIFY', settings.notifyCapability]);
    if (this.#user === undefined) {
      const names = this.#isLoginAllowed() ? sasl.mechanisms(this.#parts.isEncrypted()).map(({name}) => name) : [];
      lines.push(['SASL', names.join(' ')]);
      if (this.#canStartTls()) lines.push(['STARTTLS']);
    }
    lines.push(['VERSION', '1.0']);
    return lines.map(line => `${line.map(text => quoted(text ?? '')).join(' ')}\r\n`).join('');
  }

  async #greet(): Promise<void> {
    await this.#parts.sasl.ready?.();
    await this.send(`${this.capabilities()}${reply('OK', this.#parts.settings.greeting)}`);
  }

  #isLoginAllowed(): boolean {
    const {settings, isSecured, isEncrypted} = this.#parts;
    if (settings.requiresTls && !isEncrypted()) return false;
    return !settings.disablePlaintextAuth || isSecured();
  }

  #canStartTls(): boolean {
    return this.#parts.startTls !== undefined && !this.#parts.isEncrypted();
  }

  #makeReader(): CommandReader {
    const {maxLineLength, maxScriptBytes} = this.#parts.settings;
    const literalBytes = maxScriptBytes > 0 ? maxScriptBytes : MAX_LITERAL_BYTES;
    return new CommandReader(() => this.#read(), {lineBytes: maxLineLength, literalBytes});
  }

  async #read(): Promise<Buffer | undefined> {
    const {loginMilliseconds, inactivityMilliseconds} = this.#parts.settings;
    clearTimeout(this.#timer);
    const limit = this.#user === undefined ? loginMilliseconds : inactivityMilliseconds;
    this.#timer = setTimeout(() => void this.leave('Disconnected for inactivity.'), limit);
    const bytes = await this.#wire.read();
    clearTimeout(this.#timer);
    if (bytes !== undefined && this.#user !== undefined) this.#bytesIn += bytes.length;
    return bytes;
  }

  /** Whether somebody is in. */
  async #login(): Promise<boolean> {
    let bad = 0;
    for (;;) {
      const command = await this.#reader.next();
      if (command === 'end') return this.#endLogin(this.#end ?? 'Aborted login by logging out');
      const isKnown = command !== 'too-long' && command.fault === undefined && (await this.#obeyBeforeLogin(command));
      if (isKnown === 'in') return true;
      if (isKnown === 'out') return this.#endLogin('Aborted login by logging out');
      bad = isKnown === false ? bad + 1 : 0;
      if (command === 'too-long' || bad >= MAX_BAD_BEFORE_LOGIN) {
        await this.send(reply('BYE', 'Too many invalid MANAGESIEVE commands.'));
        return this.#endLogin('Too many invalid commands.');
      }
      if (isKnown === false) await this.send(reply('NO', 'Error in MANAGESIEVE command received by server.'));
    }
  }

  #endLogin(reason: string): boolean {
    this.#parts.loginEnded(reason, this.#attempts);
    return false;
  }

  async #obeyBeforeLogin({name, args}: ClientCommand): Promise<boolean | 'in' | 'out'> {
    switch (name) {
      case 'CAPABILITY':
        if (args.length > 0) return false;
        await this.send(`${this.capabilities()}${reply('OK', 'Capability completed.')}`);
        return true;
      case 'NOOP':
        return this.#noop(args);
      case 'LOGOUT':
        if (args.length > 0) return false;
        await this.send(reply('OK', 'Logout completed.'));
        return 'out';
      case 'STARTTLS':
        return args.length === 0 && (await this.#startTls());
      case 'AUTHENTICATE':
        return this.#authenticate(args);
      default:
        return false;
    }
  }

  async #noop(args: ClientCommand['args']): Promise<boolean> {
    const [tag, ...rest] = args;
    if (rest.length > 0 || (tag !== undefined && tag.kind !== 'string')) return false;
    if (tag === undefined) await this.send(reply('OK', 'NOOP Completed'));
    else await this.send(reply('OK', 'Done', `TAG ${quoted(tag.bytes.toString('latin1'))}`));
    return true;
  }

  async #startTls(): Promise<boolean> {
    if (this.#parts.isEncrypted()) {
      await this.send(reply('NO', 'TLS is already active.'));
      return true;
    }
    const {startTls} = this.#parts;
    if (startTls === undefined) {
      await this.send(reply('NO', 'TLS support is not enabled.'));
      return true;
    }
    await this.send(reply('OK', 'Begin TLS negotiation now.'));
    this.#wire.detach();
    this.#wire = await startTls();
    this.#reader = this.#makeReader(); // what came in plain text behind the command is gone
    await this.send(`${this.capabilities()}${reply('OK', 'TLS negotiation successful.')}`);
    return true;
  }

  async #authenticate(args: ClientCommand['args']): Promise<boolean | 'in'> {
    const [mechanism, initial, ...rest] = args;
    if (mechanism?.kind !== 'string' || rest.length > 0) return false;
    if (!this.#isLoginAllowed()) {
      await this.send(
        reply('NO', 'Plaintext authentication disallowed on non-secure (SSL/TLS) connections.', 'ENCRYPT-NEEDED'),
      );
      return true;
    }
    const name = mechanism.bytes.toString('latin1').toUpperCase();
    const exchange = this.#parts.sasl.begin(name, this.#parts.saslConnection());
    if (exchange === undefined) {
      await this.send(reply('NO', 'Unsupported authentication mechanism.'));
      return true;
    }
    this.#attempts++;
    let response = initial?.kind === 'string' ? decode(initial.bytes) : undefined;
    if (initial !== undefined && response === undefined) {
      await this.send(reply('NO', 'Invalid base64 data in initial response.'));
      return true;
    }
    for (;;) {
      const step = await exchange.step(response);
      if (step.kind !== 'continue') return this.#ended(step, name);
      await this.send(`${quoted(step.challenge.toString('base64'))}\r\n`);
      const answer = await this.#reader.answer();
      if (answer === undefined) return false;
      response = answer === 'cancel' || answer.kind !== 'string' ? undefined : decode(answer.bytes);
      if (response === undefined) {
        exchange.cancel();
        await this.send(
          reply('NO', answer === 'cancel' ? 'Authentication aborted by client.' : 'Invalid base64 data in response.'),
        );
        return true;
      }
    }
  }

  async #ended(step: Exclude<SaslStep, {readonly kind: 'continue'}>, mechanism: string): Promise<boolean | 'in'> {
    if (step.kind === 'failed') {
      const text = step.isTemporary ? 'Temporary authentication failure.' : 'Authentication failed.';
      await this.send(reply('NO', text, step.isTemporary ? 'TRYLATER' : undefined));
      return true;
    }
    try {
      this.#user = await this.#parts.openUser(step.username, mechanism);
    } catch {
      await this.send(reply('NO', 'Internal error occurred. Refer to server log for more information.', 'TRYLATER'));
      return true;
    }
    const code =
      step.final === undefined || step.final.length === 0 ? undefined : `SASL ${quoted(step.final.toString('base64'))}`;
    await this.send(reply('OK', 'Logged in.', code));
    return 'in';
  }

  async #serve(): Promise<void> {
    let bad = 0;
    let reason = 'Connection closed';
    for (;;) {
      const command = await this.#reader.next();
      if (command === 'end') break;
      if (command === 'too-long') {
        await this.send(reply('BYE', 'Too long MANAGESIEVE command.'));
        reason = 'Too long MANAGESIEVE command.';
        break;
      }
      if (command.name === 'LOGOUT' && command.args.length === 0) {
        await this.send(reply('OK', 'Logout completed.'));
        reason = 'Logged out';
        break;
      }
      bad = (await this.#obey(command)) ? 0 : bad + 1;
      if (bad < MAX_BAD_AFTER_LOGIN) continue;
      await this.send(reply('BYE', 'Too many invalid MANAGESIEVE commands.'));
      reason = 'Too many invalid MANAGESIEVE commands.';
      break;
    }
    this.#logEnd(this.#end ?? reason);
  }

  #logEnd(reason: string): void {
    const figures = this.#parts.settings.logoutFormat
      .replace(/%(?:i|\{input\})/g, String(this.#bytesIn))
      .replace(/%(?:o|\{output\})/g, String(this.#bytesOut));
    this.log.info(`Disconnected: ${reason} ${figures}`);
  }

  /** False: the command was wrong. */
  async #obey(command: ClientCommand): Promise<boolean> {
    const {name, args} = command;
    const definition = userCommands.get(name);
    const fault =
      definition === undefined
        ? 'Unknown command.'
        : (command.fault ?? argumentFault(args, definition.least, definition.most));
    if (definition === undefined || fault !== undefined) {
      await this.send(reply('NO', `Error in MANAGESIEVE command ${name}: ${fault}`));
      return false;
    }
    try {
      return await definition.run(this, args);
    } catch (cause) {
      await this.#answerFault(cause, name);
      return true;
    }
  }

  async #answerFault(fault: unknown, command: string): Promise<void> {
    if (fault instanceof ScriptFault) {
      this.log.info(`${command}: ${fault.message}`);
      return this.send(reply('NO', fault.message, CODES[fault.code]));
    }
    this.log.error(`${command}: ${describe(fault)}`);
    return this.send(reply('NO', 'Internal error occurred. Refer to server log for more information.', 'TRYLATER'));
  }
}

const CODES: Readonly<Record<ScriptFault['code'], string | undefined>> = {
  nonexistent: 'NONEXISTENT',
  exists: 'ALREADYEXISTS',
  active: 'ACTIVE',
  'invalid-name': undefined,
  'max-scripts': 'QUOTA/MAXSCRIPTS',
  'max-storage': 'QUOTA',
  'max-size': 'QUOTA/MAXSIZE',
  'not-a-link': undefined,
};

function argumentFault(args: ClientCommand['args'], least: number, most: number): string | undefined {
  if (args.length < least) return 'Missing arguments.';
  return args.length > most ? 'Too many arguments.' : undefined;
}

function decode(bytes: Buffer): Buffer | undefined {
  const text = bytes.toString('latin1');
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0 ? Buffer.from(text, 'base64') : undefined;
}
