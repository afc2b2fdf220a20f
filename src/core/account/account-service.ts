/**
 * The accounts of an instance for everybody who asks: logins (SASL), passwords without a login (doveadm auth test), where a user's
 * mail is (doveadm user, LMTP, after a login), what the passdb says (doveadm auth lookup), and who there is (-A).
 *
 * "Not there" and "could not look" are values; the log says why.
 */
import {randomBytes} from 'node:crypto';
import {describe} from '../base/errors.ts';
import type {AuthLog} from './auth/auth-log.ts';
import {matchesWildcards} from './auth/name-filter.ts';
import {type Auth, openAuth} from './auth/open-auth.ts';
import {AuthRequest} from './auth/request.ts';
import type {AuthSettings} from './auth/settings.ts';
import {lookupUser} from './auth/user-lookup.ts';
import {normalizeName} from './auth/username.ts';
import {OwnSaslServer} from './sasl/own-sasl-server.ts';
import type {SaslConnection, SaslServer, SaslStep, UserLookup} from './sasl/sasl.ts';

export interface AccountServiceOptions {
  readonly settings: AuthSettings;
  readonly log: AuthLog;
  readonly hostName: string;
  readonly now?: () => number;
  readonly random?: (bytes: number) => Buffer;
}

/** What is known of who asks, as far as it matters. */
export type AskedBy = Partial<SaslConnection>;

export type PassdbLookup =
  /** `user` and the extra fields. */
  | {readonly kind: 'found'; readonly username: string; readonly fields: ReadonlyMap<string, string>}
  | {readonly kind: 'unknown'}
  /** `reason`: what whoever asks may know. */
  | {readonly kind: 'broken'; readonly reason?: string};

export interface ListedUsers {
  readonly names: readonly string[];
  /** False when no userdb can be listed, or one could not be read: there may be more. The log has it. */
  readonly isComplete: boolean;
}

export class AccountService {
  readonly #settings: AuthSettings;
  readonly #log: AuthLog;
  readonly #auth: Auth;
  readonly #sasl: OwnSaslServer;

  constructor(options: AccountServiceOptions) {
    const {settings, log, hostName, now = Date.now, random = randomBytes} = options;
    this.#settings = settings;
    this.#log = log;
    this.#auth = openAuth({settings, log, now});
    this.#sasl = new OwnSaslServer({settings, log, hostName, auth: this.#auth, now, random});
  }

  /** For every protocol; its name goes with each connection (`SaslConnection.service`). */
  get sasl(): SaslServer {
    return this.#sasl;
  }

  /** As a login with PLAIN would end, delays included. `master`: who wants to be that user. */
  async verify(user: string, password: string, by: AskedBy = {}, master = ''): Promise<SaslStep> {
    const exchange = this.#sasl.begin('PLAIN', connectionOf(by));
    const [asWhom, name] = master === '' ? ['', user] : [user, master];
    const step = await exchange?.step(Buffer.from(`${asWhom}\0${name}\0${password}`, 'latin1'));
    return step ?? {kind: 'failed', reason: 'PLAIN is not among auth_mechanisms', isTemporary: true};
  }

  async lookupUser(user: string, by: AskedBy = {}): Promise<UserLookup> {
    const request = this.#request(user, by);
    return request === undefined ? {kind: 'unknown'} : lookupUser(this.#auth.userdbs, request, false);
  }

  async lookupPassdb(user: string, by: AskedBy = {}): Promise<PassdbLookup> {
    const request = this.#request(user, by);
    if (request === undefined) return {kind: 'unknown'};
    const {result} = await this.#auth.passdbs.credentials(request, []);
    if (result === 'scheme') return {kind: 'broken', reason: "Configured passdbs don't support credentials lookups"};
    if (result === 'broken' || result === 'mismatch') return {kind: 'broken'};
    if (result !== 'ok') return {kind: 'unknown'};
    return {kind: 'found', username: request.user ?? user, fields: new Map(request.fields.entries())};
  }

  /** Of all userdbs that can be listed, as they stand there; `mask` with `*` and `?`; `asked` is for the log. */
  users(mask = '*', asked = mask): ListedUsers {
    const names: string[] = [];
    const listed = this.#auth.userdbs.members.filter(({driver}) => driver.list !== undefined);
    if (listed.length === 0) this.#log.error("Trying to iterate users, but userdbs don't support it");
    let isComplete = listed.length > 0;
    for (const {driver} of listed)
      try {
        for (const name of driver.list?.() ?? []) if (matchesWildcards(mask, name)) names.push(name);
      } catch (fault) {
        this.#log.error(`${driver.title}(${asked}): ${describe(fault)}`);
        isComplete = false;
      }
    return {names, isComplete};
  }

  /** Of these users, or all; answers how many entries went. */
  flushCache(users: readonly string[] = []): number {
    return this.#auth.cache?.flush(users) ?? 0;
  }

  /** Addresses that have to wait, for `doveadm penalty`. */
  penalties(): Iterable<{readonly address: string; readonly penalty: number; readonly last: number}> {
    return this.#sasl.penalty?.list() ?? [];
  }

  close(): void {
    this.#sasl.close();
  }

  /** undefined: this can be nobody's name. */
  #request(user: string, by: AskedBy): AuthRequest | undefined {
    const request = new AuthRequest(connectionOf(by), '', this.#log, this.#settings);
    const name = normalizeName(user, this.#settings);
    request.originalUser = user;
    if (name.kind === 'name') request.user = name.name;
    else request.info(undefined, name.text);
    return name.kind === 'name' ? request : undefined;
  }
}

function connectionOf(by: AskedBy): SaslConnection {
  return {service: '', clientAddress: '', serverAddress: '', isEncrypted: false, ...by};
}
