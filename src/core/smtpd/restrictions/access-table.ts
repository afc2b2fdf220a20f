/**
 * The tables that check_*_access names (access(5)), and in which order they are asked:
 *
 *     a host      its name, then its parent domains; its address, then its networks by octets
 *     an address  user+extension@domain, user@domain, domain, parent domains, user+extension@, user@
 *
 * Pattern tables see only the first key. A look-up that fails answers 'fault', after a warning.
 */
import {isIP} from 'node:net';
import {splitExtension, type ExtensionRules} from '../../address/extension.ts';
import {ask, type Steps} from '../../address/steps.ts';
import type {Log} from '../../log/log.ts';
import {quoteAddress} from '../../message/address-syntax.ts';
import {type Found, type Table, TableError} from '../../table/table.ts';
import type {Hit} from './check.ts';

export type TableAnswer = Hit | 'fault' | undefined;

export interface AccessRules {
  readonly extension: ExtensionRules;
  /** smtpd_access_maps is in parent_domain_matches_subdomains: `example.com`, not `.example.com`, stands for the rest. */
  readonly parentsWithoutDot: boolean;
}

export class AccessTable {
  readonly name: string;
  readonly #table: Table;
  readonly #rules: AccessRules;
  readonly #log: Log;

  constructor(table: Table, rules: AccessRules, log: Log) {
    this.name = table.name;
    this.#table = table;
    this.#rules = rules;
    this.#log = log;
  }

  /** Not Steps where the table answers at once: most do. */
  *find(key: string, isWhole: boolean): Steps<TableAnswer> {
    if (key === '' || (this.#table.isPattern && !isWhole)) return undefined;
    let found: Found | undefined;
    try {
      found = yield* ask(this.#table.lookup(key));
    } catch (fault) {
      if (!(fault instanceof TableError)) throw fault;
      this.#log.warning(`${this.name} lookup error for "${key.slice(0, 100)}"`);
      return 'fault';
    }
    if (found === undefined) return undefined;
    if (found.value !== '') return {table: this.name, key, ...found};
    this.#log.warning(`${this.name} lookup of ${key} returns an empty string result`);
    this.#log.warning(`${this.name} should return NO RESULT in case of NOT FOUND`);
    return 'fault';
  }

  *findDomain(domain: string): Steps<TableAnswer> {
    const answer = yield* this.find(domain, true);
    if (answer !== undefined || this.#table.isPattern || isIP(domain) !== 0) return answer;
    return yield* this.#findParents(domain);
  }

  *findHostAddress(address: string): Steps<TableAnswer> {
    const answer = yield* this.find(address, true);
    if (answer !== undefined || this.#table.isPattern) return answer;
    const delimiter = address.includes(':') ? ':' : '.';
    for (let end = address.lastIndexOf(delimiter); end >= 0; end = address.lastIndexOf(delimiter, end - 1)) {
      const network = yield* this.find(address.slice(0, end), false);
      if (network !== undefined) return network;
      if (end === 0) break;
    }
    return undefined;
  }

  *findMailAddress(address: string): Steps<TableAnswer> {
    const whole = (yield* this.find(quoteAddress(address), true)) ?? (yield* this.#findPlain(address, true));
    if (whole !== undefined || this.#table.isPattern) return whole;
    const at = address.lastIndexOf('@');
    const user = address.slice(0, at);
    const domain = address.slice(at + 1);
    const bare = splitExtension(user, this.#rules.extension)?.user;
    return (
      (bare === undefined ? undefined : yield* this.#findForms(`${bare}@${domain}`)) ??
      (yield* this.find(domain, false)) ??
      (yield* this.#findParents(domain)) ??
      (yield* this.#findForms(`${user}@`)) ??
      (bare === undefined ? undefined : yield* this.#findForms(`${bare}@`))
    );
  }

  close(): void {
    this.#table.close();
  }

  *#findParents(domain: string): Steps<TableAnswer> {
    for (let dot = domain.indexOf('.', 1); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
      const answer = yield* this.find(domain.slice(this.#rules.parentsWithoutDot ? dot + 1 : dot), false);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  /** In external form, then as it is. */
  *#findForms(address: string): Steps<TableAnswer> {
    return (yield* this.find(quoteAddress(address), false)) ?? (yield* this.#findPlain(address, false));
  }

  *#findPlain(address: string, isWhole: boolean): Steps<TableAnswer> {
    return quoteAddress(address) === address ? undefined : yield* this.find(address, isWhole);
  }
}
