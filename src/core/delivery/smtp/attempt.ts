/**
 * The recipients of one attempt at one server, and what each gets: success and refusal are reported, but what another
 * server might take is left for that one, unless there is none (smtp(8): recipients deferred by one host are tried at the
 * next).
 */
import type {Log} from '../../log/log.ts';
import {NOTIFY_SUCCESS, type Outcome, type Recipient} from '../../queue/agent.ts';
import type {Reply} from './reply-parser.ts';
import {type Failure, oneLine, type Session} from './session.ts';
import type {Fates} from './transaction.ts';

export interface AttemptContext {
  readonly id: string;
  readonly log: Log;
  readonly isSoftBounce: boolean;
  /** An LMTP server without DSN delivers, it does not relay. */
  readonly assumesFinal: boolean;
  /** No other server is left to try; `unknown`: that is seen only when it is needed, and nothing is logged till then. */
  readonly isLast: boolean | 'unknown';
  report(recipient: Recipient, outcome: Outcome, breaksDown: boolean): void;
}

export class Attempt implements Fates {
  readonly recipients: readonly Recipient[];
  /** For another server. */
  readonly left: Recipient[] = [];
  /** Why, each and the last time. */
  readonly failures = new Map<Recipient, Failure>();
  failure: Failure | undefined;
  session: Session | undefined;
  readonly #context: AttemptContext;
  readonly #open: Set<Recipient>;

  constructor(recipients: readonly Recipient[], context: AttemptContext) {
    this.recipients = recipients;
    this.#open = new Set(recipients);
    this.#context = context;
  }

  succeed(recipient: Recipient, reply: Reply): void {
    if (!this.#open.delete(recipient)) return;
    const hasDsn = this.session?.features.hasDsn === true;
    const text = oneLine(reply.text);
    const action = !hasDsn && this.#context.assumesFinal ? 'delivered' : 'relayed';
    // The server that knows DSN tells the sender of success itself (RFC 3461 section 5.2.1).
    const {notify} = recipient;
    const told =
      hasDsn && (notify & NOTIFY_SUCCESS) !== 0 ? {...recipient, notify: notify & ~NOTIFY_SUCCESS} : recipient;
    const remote = {host: this.session?.peer.name ?? '', reply: text};
    const status = reply.status.startsWith('2') ? reply.status : '2.0.0'; // a probe that ends with DATA
    this.#context.report(told, {kind: 'sent', status, text, action, remote}, false);
  }

  fail(recipient: Recipient, failure: Failure): void {
    if (!this.#open.has(recipient)) return;
    if (this.#isForNext(failure)) {
      this.#note(failure);
      this.#keep(recipient, failure);
    } else this.#report(recipient, failure);
  }

  failRest(failure: Failure): void {
    if (this.#open.size === 0) return;
    const isForNext = this.#isForNext(failure);
    if (isForNext) this.#note(failure);
    for (const recipient of [...this.#open])
      if (isForNext) this.#keep(recipient, failure);
      else this.#report(recipient, failure);
  }

  #note(failure: Failure): void {
    if (this.#context.isLast !== 'unknown') this.#context.log.info(`${this.#context.id}: ${failure.text}`);
  }

  #isForNext({status, isUnmetDemand}: Failure): boolean {
    if (this.#context.isLast === true) return false;
    return isUnmetDemand === true || status.startsWith('4') || this.#context.isSoftBounce;
  }

  #keep(recipient: Recipient, failure: Failure): void {
    this.#open.delete(recipient);
    this.left.push(recipient);
    this.failures.set(recipient, failure);
    this.failure = failure;
  }

  #report(recipient: Recipient, failure: Failure): void {
    this.#open.delete(recipient);
    const outcome = outcomeOf(failure);
    this.#context.report(recipient, outcome, failure.isOfServer && outcome.kind === 'deferred');
  }
}

export function outcomeOf({status, text, remote}: Failure): Outcome {
  return {kind: status.startsWith('5') ? 'bounced' : 'deferred', status, text, remote};
}
