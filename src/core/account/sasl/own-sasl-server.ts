/**
 * Logins over the accounts that the settings name. A failure is answered no sooner than auth_failure_delay after it, whatever its
 * cause, so that neither guessing nor asking who exists is quick.
 */
import {randomBytes} from 'node:crypto';
import type {AuthLog} from '../auth/auth-log.ts';
import {canonicalScheme} from '../auth/compare-password.ts';
import {type Auth, openAuth} from '../auth/open-auth.ts';
import {Penalty} from '../auth/penalty.ts';
import type {AuthSettings} from '../auth/settings.ts';
import {splitPassword} from '../password/password.ts';
import {LoginRequest, type LoginBackend} from './login-request.ts';
import {saslMechanisms} from './mechanisms.ts';
import {OwnExchange} from './own-exchange.ts';
import type {SaslConnection, SaslExchange, SaslMechanism, SaslServer} from './sasl.ts';
import {serverMechanisms} from './server-mechanisms.ts';

export interface OwnSaslServerOptions {
  readonly settings: AuthSettings;
  readonly log: AuthLog;
  readonly hostName: string;
  readonly auth?: Auth;
  readonly now?: () => number;
  readonly random?: (bytes: number) => Buffer;
}

export class OwnSaslServer implements SaslServer {
  readonly #backend: LoginBackend;
  readonly penalty: Penalty | undefined;
  #offer: {readonly version: unknown; readonly mechanisms: readonly SaslMechanism[]} | undefined;

  constructor(options: OwnSaslServerOptions) {
    const {settings, log, hostName, now = Date.now, random = randomBytes} = options;
    const {passdbs, userdbs} = options.auth ?? openAuth({settings, log, now});
    this.#backend = {settings, passdbs, userdbs, log, hostName, now, random};
    this.penalty = settings.hasPenalty ? new Penalty(now) : undefined;
  }

  mechanisms(_isEncrypted: boolean): readonly SaslMechanism[] {
    const version = this.#version();
    if (this.#offer === undefined || this.#offer.version !== version)
      this.#offer = {version, mechanisms: this.#chooseOffer()};
    return this.#offer.mechanisms;
  }

  begin(mechanism: string, connection: SaslConnection): SaslExchange | undefined {
    const name = mechanism.toUpperCase();
    const serve = serverMechanisms.get(name)?.serve;
    if (serve === undefined || !this.mechanisms(connection.isEncrypted).some(offered => offered.name === name))
      return undefined;
    const request = new LoginRequest(this.#backend, connection, name);
    return new OwnExchange(serve, request, this.#backend.settings, this.penalty);
  }

  close(): void {
    this.#offer = undefined;
  }

  /** Accounts that can't be read don't change the offer: the login says what is wrong. */
  #version(): unknown {
    if (this.#backend.settings.mechanismsWherePossible.length === 0) return undefined;
    try {
      return this.#firstPassdb()?.version;
    } catch {
      return undefined; // an unreadable file is the login's fault to report, with its own words
    }
  }

  #firstPassdb(): {readonly version: unknown; all(): Iterable<string>} | undefined {
    for (const driver of this.#backend.passdbs.drivers()) return driver.stored;
    return undefined;
  }

  #chooseOffer(): readonly SaslMechanism[] {
    const {mechanisms, mechanismsWherePossible} = this.#backend.settings;
    const names = [...mechanisms, ...mechanismsWherePossible.filter(name => this.#allCanUse(name))];
    return [...new Set(names)].flatMap(name => (serverMechanisms.has(name) ? (saslMechanisms.get(name) ?? []) : []));
  }

  #allCanUse(name: string): boolean {
    const schemes = serverMechanisms.get(name)?.schemes ?? [];
    let count = 0;
    try {
      for (const password of this.#firstPassdb()?.all() ?? []) {
        count++;
        const {scheme} = splitPassword(password, 'CRYPT');
        if (password === '' || !schemes.includes(canonicalScheme(scheme))) return false;
      }
    } catch {
      return false; // as above
    }
    return count > 0;
  }
}
