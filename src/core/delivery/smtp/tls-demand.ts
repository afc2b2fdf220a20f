/**
 * What a message asks of TLS (RFC 8689), and how far a next hop is held to it (postconf(5) smtp_requiretls_policy). What is
 * wrong with a policy is warned of, and the mail waits.
 */
import {splitList} from '../../table/braces.ts';
import {ask, run, type Steps} from '../../address/steps.ts';
import type {Later} from '../../address/address-rewriter.ts';
import type {Config} from '../../config/config.ts';
import type {Log} from '../../log/log.ts';
import type {Envelope} from '../../queue/agent.ts';
import {TLS_NOT_REQUIRED, TLS_REQUIRED} from '../../queue/send-options.ts';
import {type Table, TableError} from '../../table/table.ts';
import type {TlsDemand} from './tls-step.ts';

export interface DemandSupplies {
  readonly config: Config;
  readonly protocol: 'smtp' | 'lmtp';
  readonly log: Log;
  openTables(list: string): readonly Table[];
}

type Words = 'enforce' | 'opportunistic+starttls' | 'opportunistic' | 'disable';
const DEMANDS: ReadonlyMap<string, TlsDemand> = new Map<Words, TlsDemand>([
  ['enforce', 'enforced'],
  ['opportunistic+starttls', 'encrypted'],
  ['opportunistic', 'wished'],
  ['disable', 'none'],
]);

export class TlsDemands {
  readonly #title: string;
  readonly #log: Log;
  /** Words and tables, in order; opened with the first message that asks for TLS. */
  readonly #list: string;
  readonly #openTables: DemandSupplies['openTables'];
  #policy: readonly (string | Table)[] | undefined;
  /** Which of the options of an envelope count. */
  readonly #heeded: number;

  constructor({config, protocol, log, openTables}: DemandSupplies) {
    this.#title = protocol === 'smtp' ? 'smtp_requiretls_policy' : 'lmtp_requiretls_policy';
    this.#log = log;
    this.#list = config.get(protocol === 'smtp' ? 'smtp_requiretls_policy' : 'lmtp_requiretls_policy');
    this.#openTables = openTables;
    this.#heeded =
      (config.get('requiretls_enable') ? TLS_REQUIRED : 0) | (config.get('tls_required_enable') ? TLS_NOT_REQUIRED : 0);
  }

  /** `domain`: the next hop without brackets and port. Throws `TableError` when there is no telling. */
  of({sendOptions = 0, sender}: Envelope, domain: string): Later<TlsDemand> {
    const options = sendOptions & this.#heeded;
    if ((options & TLS_REQUIRED) === 0) return options === 0 ? 'none' : 'waived';
    return run(this.#required(domain.toLowerCase(), sender === ''));
  }

  /** A report is not lost for want of REQUIRETLS (RFC 8689 section 5). */
  *#required(domain: string, isReport: boolean): Steps<TlsDemand> {
    this.#policy ??= splitList(this.#list).flatMap((word): readonly (string | Table)[] =>
      word.includes(':') ? this.#openTables(word) : [word],
    );
    for (const element of this.#policy) {
      const word = typeof element === 'string' ? element : yield* this.#lookup(element, domain);
      if (word === undefined) continue;
      const demand = DEMANDS.get(word.toLowerCase());
      if (demand === undefined) throw this.#broken(`unknown policy "${word}"`);
      return isReport && demand === 'enforced' ? 'wished' : demand;
    }
    return isReport ? 'wished' : 'enforced';
  }

  /** A domain, then its parents with a dot in front; a table of patterns is asked for the whole. */
  *#lookup(table: Table, domain: string): Steps<string | undefined> {
    const keys = [domain];
    if (!table.isPattern)
      for (let dot = domain.indexOf('.'); dot > 0; dot = domain.indexOf('.', dot + 1)) keys.push(domain.slice(dot));
    for (const key of keys) {
      try {
        const found = yield* ask(table.lookup(key));
        if (found !== undefined) return found.value;
      } catch (fault) {
        if (!(fault instanceof TableError)) throw fault;
        throw this.#broken(`${table.name} lookup error for "${key}"`, {cause: fault});
      }
    }
    return undefined;
  }

  #broken(text: string, options?: ErrorOptions): TableError {
    this.#log.warning(`${this.#title}: ${text}`);
    return new TableError(this.#title, text, options);
  }
}
