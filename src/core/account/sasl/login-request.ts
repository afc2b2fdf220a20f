/**
 * One login as the mechanisms see it: it takes the name that a client gives, looks its account up, compares a plain
 * password with the stored one or hands out what challenges are computed from. Order, refusals and log lines are those
 * of Dovecot's auth service. The client learns no reason; the log has it when `isVerbose`.
 */
import {ConfigError, describe} from '../../base/errors.ts';
import type {Log} from '../../log/log.ts';
import {decodePassword, splitPassword, verifyPassword} from '../password/password.ts';
import {isAllowedFrom} from './allow-nets.ts';
import type {AuthSettings} from './auth-settings.ts';
import type {LoginAccount, LoginSource} from './login-source.ts';
import type {SaslConnection, SaslStep} from './sasl.ts';

export type LoginEnd = Exclude<SaslStep, {kind: 'continue'}>;

export interface LoginBackend {
  readonly settings: AuthSettings;
  readonly source: LoginSource;
  readonly log: Log;
  readonly hostName: string;
  /** For the seconds in challenges. */
  readonly now: () => number;
  readonly random: (bytes: number) => Buffer;
}

/** A stored password in the form that a challenge mechanism asked for. */
export type Credentials = {readonly kind: 'found'; readonly scheme: string; readonly bytes: Buffer} | LoginEnd;

export class LoginRequest {
  readonly backend: LoginBackend;
  readonly connection: SaslConnection;
  readonly #mechanism: string;
  #username: string | undefined;

  constructor(backend: LoginBackend, connection: SaslConnection, mechanism: string) {
    this.backend = backend;
    this.connection = connection;
    this.#mechanism = mechanism;
  }

  /** The name as it is looked up; an end when it can't be one. */
  takeUsername(given: string): string | LoginEnd {
    const {defaultRealm, usernameChars, foldsUsernames} = this.backend.settings;
    this.#username = given;
    if (given === '') return this.refuse('Empty username', this.#mechanism);
    const full = defaultRealm !== '' && !given.includes('@') ? `${given}@${defaultRealm}` : given;
    const wrong = usernameChars === '' ? undefined : [...full].find(character => !usernameChars.includes(character));
    if (wrong !== undefined) {
      const code = wrong.charCodeAt(0).toString(16).padStart(2, '0');
      const text = `Username character disallowed by auth_username_chars: 0x${code} (username: ${printable(full)})`;
      return this.refuse(text, this.#mechanism);
    }
    this.#username = foldsUsernames ? full.toLowerCase() : full;
    return this.#username;
  }

  async verifyPlain(given: string, password: string): Promise<LoginEnd> {
    const username = this.takeUsername(given);
    if (typeof username !== 'string') return username;
    const account = this.#lookup(username);
    if ('kind' in account) return account;
    if (password.includes('\0')) return this.refuse('Password contains NUL');
    return (await this.#isRight(account, password)) ?? this.#accept(account, username);
  }

  /** What is stored for a name, when it is in one of these forms; PLAIN is in all of them. */
  credentials(given: string, ...schemes: readonly string[]): Credentials {
    const username = this.takeUsername(given);
    if (typeof username !== 'string') return username;
    const account = this.#lookup(username);
    if ('kind' in account) return account;
    const stored = splitPassword(account.password, account.defaultScheme);
    const scheme = schemes.find(name => name === canonicalScheme(stored.scheme));
    if (scheme === undefined || account.password === '')
      return this.refuse(`Requested ${schemes[0] ?? ''} scheme, but we have only ${stored.scheme}`);
    try {
      return {kind: 'found', scheme, bytes: decodePassword(stored)};
    } catch (fault) {
      return this.broken(fault);
    }
  }

  /** The proof was right: the account's own restrictions, then success. */
  accept(): LoginEnd {
    const account = this.#lookup(this.#username ?? '');
    return 'kind' in account ? account : this.#accept(account, this.#username ?? '');
  }

  /** Success without an account. */
  acceptAnonymous(trace: string): LoginEnd {
    const {log, settings} = this.backend;
    log.info(`anonymous(${this.connection.clientAddress}): ${printable(trace)}`);
    return {kind: 'done', username: settings.anonymousUsername};
  }

  refuse(why: string, who = this.backend.source.title): LoginEnd {
    const {clientAddress} = this.connection;
    const name = who === this.#mechanism ? this.#username || '?' : (this.#username ?? '?');
    this.backend.log.info(`${who.toLowerCase()}(${printable(name)},${clientAddress}): ${why}`);
    return {kind: 'failed', reason: '', isTemporary: false, username: this.#username};
  }

  #lookup(username: string): LoginAccount | LoginEnd {
    const {source} = this.backend;
    try {
      return source.lookup(username) ?? this.refuse('unknown user');
    } catch (fault) {
      return this.broken(fault);
    }
  }

  /** undefined: it is the right password. */
  async #isRight({password, defaultScheme, extra}: LoginAccount, given: string): Promise<LoginEnd | undefined> {
    if (extra.has('nopassword')) {
      if (password === '') return undefined;
      this.broken(new ConfigError('nopassword set but password is non-empty')); // and it is compared, as Dovecot does
    }
    try {
      if (await verifyPassword(password, defaultScheme, given, this.#username ?? '')) return undefined;
    } catch (fault) {
      return this.broken(fault);
    }
    return this.refuse('Password mismatch');
  }

  #accept({extra}: LoginAccount, username: string): LoginEnd {
    const nets = extra.get('allow_nets');
    const {clientAddress} = this.connection;
    if (nets !== undefined && !isAllowedFrom(nets, clientAddress))
      return this.refuse(`allow_nets check failed: IP ${clientAddress} not in allowed networks`);
    if (extra.has('fail') || extra.has('noauthenticate'))
      return this.refuse(
        extra.get('fail') === 'expired' ? 'Account has expired' : 'Login is not allowed for this account',
      );
    return {kind: 'done', username: extra.get('user') || username};
  }

  /** Ours to mend. The client is told no more than of a wrong password, as Dovecot does. */
  broken(fault: unknown): LoginEnd {
    const {log, source} = this.backend;
    log.error(`${source.title}(${this.#username ?? '?'},${this.connection.clientAddress}): ${describe(fault)}`);
    return {kind: 'failed', reason: '', isTemporary: !(fault instanceof ConfigError), username: this.#username};
  }
}

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['CLEAR', 'PLAIN'],
  ['CLEARTEXT', 'PLAIN'],
  ['HMAC-MD5', 'CRAM-MD5'],
]);

/** `plain.b64` -> PLAIN. */
export function canonicalScheme(name: string): string {
  const scheme = name.toUpperCase().split('.', 1)[0] ?? '';
  return ALIASES.get(scheme) ?? scheme;
}

function printable(text: string): string {
  return text.replace(/[^ -~]/g, '?');
}
