/**
 * One login as the mechanisms see it: it takes the name that a client gives, compares a plain password with the stored one or hands
 * out what challenges are computed from. Order, refusals and log lines are those of Dovecot's auth service. The client
 * learns no reason.
 */
import type {AuthLog} from '../auth/auth-log.ts';
import type {PassdbChain} from '../auth/passdb-chain.ts';
import type {FoundCredentials} from '../auth/passdb-credentials.ts';
import type {PassdbResult} from '../auth/passdb.ts';
import {AuthRequest} from '../auth/request.ts';
import type {AuthSettings} from '../auth/settings.ts';
import {lookupUser} from '../auth/user-lookup.ts';
import type {UserdbChain} from '../auth/userdb-chain.ts';
import {normalizeName, printable} from '../auth/username.ts';
import type {FailureCode, SaslConnection, SaslStep} from './sasl.ts';

export type LoginEnd = Exclude<SaslStep, {kind: 'continue'}>;

export interface LoginBackend {
  readonly settings: AuthSettings;
  readonly passdbs: PassdbChain;
  readonly userdbs: UserdbChain;
  readonly log: AuthLog;
  readonly hostName: string;
  /** For the seconds in challenges. */
  readonly now: () => number;
  readonly random: (bytes: number) => Buffer;
}

/** A stored password in the form that a challenge mechanism asked for. */
export type Credentials = ({readonly kind: 'found'} & FoundCredentials) | LoginEnd;

const CODES: ReadonlyMap<PassdbResult, FailureCode> = new Map<PassdbResult, FailureCode>([
  ['disabled', 'user_disabled'],
  ['expired', 'pass_expired'],
  ['broken', 'temp_fail'],
]);

export class LoginRequest {
  readonly backend: LoginBackend;
  readonly connection: SaslConnection;
  readonly #request: AuthRequest;
  #isNameRefused = false;

  constructor(backend: LoginBackend, connection: SaslConnection, mechanism: string) {
    this.backend = backend;
    this.connection = connection;
    this.#request = new AuthRequest(connection, mechanism, backend.log, backend.settings);
  }

  /** `nodelay`: what the accounts say of a failure that need not wait. */
  get hasNoDelay(): boolean {
    return this.#request.fields.has('nodelay');
  }

  get user(): string | undefined {
    return this.#request.user;
  }

  /** The name as it is looked up; an end when it can't be one. `asWhom`: '' for oneself. */
  takeUsername(given: string, asWhom = ''): string | LoginEnd {
    const {settings} = this.backend;
    const [name, login] = this.#splitMaster(this.#givenName(given));
    this.#request.originalUser = name;
    const normal = normalizeName(name, settings);
    if (normal.kind === 'refused') return this.#refuseName(normal.text, name);
    this.#request.user = normal.name;
    if (login === '') return this.refuse('Master user login attempted to use empty login username');
    if (login !== undefined) return this.#takeLogin(login, '') ?? normal.name;
    return (asWhom === '' ? undefined : this.#takeLogin(asWhom, 'login user: ')) ?? normal.name;
  }

  async verifyPlain(given: string, password: string, asWhom = ''): Promise<LoginEnd> {
    const username = this.takeUsername(given, asWhom);
    if (typeof username !== 'string') return username;
    if (password.includes('\0')) return this.refuse('Password contains NUL');
    const result = await this.backend.passdbs.verify(this.#request, password);
    return result === 'ok' ? this.accept() : this.#fail(CODES.get(result));
  }

  /** What is stored for a name, when it is in one of these forms; PLAIN is in all of them. */
  async credentials(given: string, asWhom: string, ...schemes: readonly string[]): Promise<Credentials> {
    const username = this.takeUsername(given, asWhom);
    if (typeof username !== 'string') return username;
    const {result, found} = await this.backend.passdbs.credentials(this.#request, schemes);
    if (result !== 'ok' || found === undefined) return this.#fail(CODES.get(result));
    return {kind: 'found', ...found};
  }

  /** The proof was right. */
  accept(): LoginEnd {
    const request = this.#request;
    const username = request.user ?? '';
    const {originalUser, masterUser} = request;
    request.isAccepted = true;
    request.debug('auth', 'Auth request finished');
    const user = lookupUser.bind(undefined, this.backend.userdbs, request, true);
    const login = {username, originalUser, masterUser, fields: this.#fields(), user};
    return {kind: 'done', username, login};
  }

  /** Success without an account. */
  acceptAnonymous(trace: string): LoginEnd {
    const {log, settings} = this.backend;
    log.info(`anonymous(${this.connection.clientAddress}): ${printable(trace)}`);
    this.#request.user = settings.anonymousUsername;
    this.#request.originalUser = settings.anonymousUsername;
    return this.accept();
  }

  refuse(why: string): LoginEnd {
    this.#request.info(this.#request.mechanism.toLowerCase(), why);
    return this.#fail(undefined);
  }

  /** Ours to mend. The client is told no more than of a wrong password, as Dovecot does. */
  broken(why: string): LoginEnd {
    this.#request.error(this.#request.mechanism.toLowerCase(), why);
    return this.#fail(undefined);
  }

  #fail(code: FailureCode | undefined): LoginEnd {
    const request = this.#request;
    request.debug('auth', 'Auth request finished');
    return {
      kind: 'failed',
      reason: '',
      isTemporary: code === 'temp_fail',
      username: this.#isNameRefused ? request.originalUser : request.user,
      code: request.masterUser === undefined ? code : 'authz_fail',
      fields: this.#fields(),
    };
  }

  /** What the accounts say, and who it was before names were changed. */
  #fields(): ReadonlyMap<string, string> {
    const {fields, originalUser, user, masterUser} = this.#request;
    const told = new Map(fields.entries());
    if (this.#isNameRefused || originalUser !== (user ?? '')) told.set('original_user', originalUser);
    if (masterUser !== undefined) told.set('auth_user', masterUser);
    return told;
  }

  #givenName(given: string): string {
    const {certificateName} = this.connection;
    return this.backend.settings.takesUsernameFromCertificate && certificateName !== undefined && certificateName !== ''
      ? certificateName
      : given;
  }

  /** `joe*boss`: boss wants to be joe. */
  #splitMaster(name: string): readonly [name: string, asWhom: string | undefined] {
    const {masterUserSeparator} = this.backend.settings;
    const at = masterUserSeparator === '' ? -1 : name.indexOf(masterUserSeparator);
    return at < 0 ? [name, undefined] : [name.slice(at + masterUserSeparator.length), name.slice(0, at)];
  }

  #takeLogin(asWhom: string, how: string): LoginEnd | undefined {
    const request = this.#request;
    const login = normalizeName(asWhom, this.backend.settings);
    if (login.kind === 'refused') return this.refuse(`${how}${login.text}`);
    if (login.name === request.user) return undefined;
    if (!this.backend.passdbs.hasMasters)
      return this.refuse(`${how}Master user login attempted without master passdbs`);
    request.requestedLogin = login.name;
    request.loginUser = login.name;
    return undefined;
  }

  #refuseName(text: string, name: string): LoginEnd {
    this.#isNameRefused = true;
    this.#request.user = undefined;
    this.#request.originalUser = name;
    return this.refuse(text);
  }
}
