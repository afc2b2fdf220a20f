/**
 * A SASL server that offers less than the one behind it: smtpd_sasl_security_options, smtpd_sasl_tls_security_options and
 * smtpd_sasl_mechanism_filter. What is not offered can't be used either.
 */
import {describe} from '../../base/errors.ts';
import type {Log} from '../../log/log.ts';
import type {SaslConnection, SaslExchange, SaslMechanism, SaslServer} from './sasl.ts';
import type {SecurityTest} from './security-options.ts';

export interface SaslFilters {
  readonly isSafePlain: SecurityTest;
  readonly isSafeEncrypted: SecurityTest;
  /** By name. A promise where the list has a table that takes time. */
  readonly isWanted: (mechanism: string) => boolean | Promise<boolean>;
}

export class FilteredSaslServer implements SaslServer {
  readonly #inner: SaslServer;
  readonly #filters: SaslFilters;
  readonly #log: Log;
  /** Answers that took time. */
  readonly #late = new Map<string, boolean>();

  constructor(inner: SaslServer, filters: SaslFilters, log: Log) {
    this.#inner = inner;
    this.#filters = filters;
    this.#log = log;
  }

  /** Asks the filter's tables, as far as they take time. */
  async ready(): Promise<void> {
    await this.#inner.ready?.();
    for (const {name} of this.#inner.mechanisms(false)) await this.#askFilter(name);
  }

  mechanisms(isEncrypted: boolean): readonly SaslMechanism[] {
    const isSafe = isEncrypted ? this.#filters.isSafeEncrypted : this.#filters.isSafePlain;
    return this.#inner.mechanisms(isEncrypted).filter(offered => isSafe(offered) && this.#isWanted(offered.name));
  }

  begin(mechanism: string, connection: SaslConnection): SaslExchange | undefined {
    const name = mechanism.toUpperCase();
    const isKnown = this.#inner.mechanisms(connection.isEncrypted).length > 0;
    const isOffered = this.mechanisms(connection.isEncrypted).some(offered => offered.name === name);
    return isKnown && !isOffered ? undefined : this.#inner.begin(name, connection);
  }

  close(): void {
    this.#inner.close();
  }

  /** What has not been answered yet is not wanted yet. */
  #isWanted(name: string): boolean {
    try {
      const answer = this.#filters.isWanted(name);
      if (!(answer instanceof Promise)) return answer;
      void this.#keep(name, answer);
    } catch (fault) {
      this.#log.warning(`smtpd_sasl_mechanism_filter: ${describe(fault)}`);
      return false;
    }
    return this.#late.get(name) === true;
  }

  async #askFilter(name: string): Promise<void> {
    try {
      const answer = this.#filters.isWanted(name);
      if (answer instanceof Promise) await this.#keep(name, answer);
    } catch {
      return; // `mechanisms` asks again, and warns
    }
  }

  async #keep(name: string, answer: Promise<boolean>): Promise<void> {
    try {
      this.#late.set(name, await answer);
    } catch (fault) {
      this.#late.set(name, false);
      this.#log.warning(`smtpd_sasl_mechanism_filter: ${describe(fault)}`);
    }
  }
}
