/**
 * Logins over the instance's own accounts. A failure is answered no sooner than auth_failure_delay after it, whatever
 * its cause, so that neither guessing nor asking who exists is quick.
 */
import {randomBytes} from 'node:crypto';
import type {Log} from '../../log/log.ts';
import {splitPassword} from '../password/password.ts';
import {type AuthSettings, defaultAuthSettings} from './auth-settings.ts';
import {canonicalScheme, LoginRequest, type LoginBackend} from './login-request.ts';
import type {LoginSource} from './login-source.ts';
import {saslMechanisms} from './mechanisms.ts';
import type {SaslConnection, SaslExchange, SaslMechanism, SaslServer, SaslStep} from './sasl.ts';
import type {ServerDialog, ServerMechanism} from './server-mechanism.ts';
import {serverMechanisms} from './server-mechanisms.ts';

export interface OwnSaslServerOptions {
  readonly source: LoginSource;
  readonly log: Log;
  readonly hostName: string;
  readonly settings?: AuthSettings;
  readonly now?: () => number;
  readonly random?: (bytes: number) => Buffer;
}

export class OwnSaslServer implements SaslServer {
  readonly #backend: LoginBackend;
  #offer: {readonly version: unknown; readonly mechanisms: readonly SaslMechanism[]} | undefined;

  constructor(options: OwnSaslServerOptions) {
    const {source, log, hostName, settings = defaultAuthSettings, now = Date.now, random = randomBytes} = options;
    this.#backend = {source, log, hostName, settings, now, random};
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
    return new OwnExchange(serve, request, this.#backend.settings.failureDelaySeconds * 1000);
  }

  close(): void {
    this.#offer = undefined;
  }

  /** Accounts that can't be read don't change the offer: the login says what is wrong. */
  #version(): unknown {
    try {
      return this.#backend.source.version;
    } catch {
      return undefined; // an unreadable file is the login's fault to report, with its own words
    }
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
      for (const {password, defaultScheme} of this.#backend.source.all()) {
        count++;
        const {scheme} = splitPassword(password, defaultScheme);
        if (password === '' || !schemes.includes(canonicalScheme(scheme))) return false;
      }
    } catch {
      return false; // as above
    }
    return count > 0;
  }
}

class OwnExchange implements SaslExchange {
  readonly #serve: ServerMechanism;
  readonly #request: LoginRequest;
  readonly #failureDelay: number;
  #dialog: ServerDialog | undefined;
  #wake: (() => void) | undefined;
  #isCancelled = false;

  constructor(serve: ServerMechanism, request: LoginRequest, failureDelay: number) {
    this.#serve = serve;
    this.#request = request;
    this.#failureDelay = failureDelay;
  }

  async step(response: Buffer | undefined): Promise<SaslStep> {
    const next = await this.#advance(response);
    if (next.done !== true) return {kind: 'continue', challenge: next.value};
    if (next.value.kind === 'failed') await this.#delay();
    return next.value;
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#wake?.();
    void this.#dialog?.return({kind: 'failed', reason: '', isTemporary: false});
  }

  #advance(response: Buffer | undefined): ReturnType<ServerDialog['next']> {
    if (this.#dialog !== undefined) return this.#dialog.next(response ?? Buffer.alloc(0));
    this.#dialog = this.#serve(this.#request, response);
    return this.#dialog.next();
  }

  #delay(): Promise<void> {
    if (this.#failureDelay === 0 || this.#isCancelled) return Promise.resolve();
    return new Promise(resolve => {
      const timer = setTimeout(resolve, this.#failureDelay);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
