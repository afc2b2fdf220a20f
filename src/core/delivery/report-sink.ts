/**
 * The reports of one recipient: an alias gives a line for each member it comes to, but the recipient is done, or waits,
 * once. Each line goes out when the next one comes; the last one is the final one (agent.ts `partial`).
 */
import type {Log} from '../log/log.ts';
import type {Outcome, Recipient, Report} from '../queue/agent.ts';

export class ReportSink {
  readonly #recipient: Recipient;
  readonly #report: (report: Report) => void;
  readonly #frame: Pick<Report, 'relay' | 'program' | 'startedAt'>;
  #held: Report | undefined;
  #hasDeferred = false;

  constructor(
    recipient: Recipient,
    frame: Pick<Report, 'relay' | 'program' | 'startedAt'>,
    report: (report: Report) => void,
  ) {
    this.#recipient = recipient;
    this.#frame = frame;
    this.#report = report;
  }

  get hasDeferred(): boolean {
    return this.#hasDeferred;
  }

  add(outcome: Outcome, more: Partial<Pick<Report, 'recipient' | 'address' | 'returnTo' | 'unlogged'>> = {}): void {
    this.pass({recipient: this.#recipient, outcome, ...this.#frame, ...more});
  }

  /** A report of another agent, which did part of the work. */
  pass(report: Report): void {
    if (report.outcome.kind === 'deferred') this.#hasDeferred = true;
    if (this.#held !== undefined) this.#report({...this.#held, partial: true});
    this.#held = report;
  }

  /** To be called once, when nothing more comes. */
  close(): void {
    const last = this.#held;
    const isFate =
      last !== undefined && last.unlogged !== true && (last.outcome.kind === 'deferred') === this.#hasDeferred;
    if (isFate) return this.#report(last);
    if (last !== undefined) this.#report({...last, partial: true});
    const outcome: Outcome = this.#hasDeferred
      ? {kind: 'deferred', status: '4.3.0', text: 'another member of the list is to be tried again'}
      : {kind: 'sent', status: '2.0.0', text: 'nothing to deliver'};
    this.#report({recipient: this.#recipient, outcome, ...this.#frame, unlogged: true});
  }
}

/** A status code must be of its outcome's class; one that isn't counts for nothing, and the operator is told. */
export function agree(outcome: Outcome, log: Log): Outcome {
  const wanted = outcome.kind === 'sent' ? '2' : outcome.kind === 'deferred' ? '4' : '5';
  if (outcome.status.startsWith(wanted)) return outcome;
  const program = outcome.kind === 'deferred' ? 'defer_append' : outcome.kind === 'bounced' ? 'bounce_append' : 'sent';
  log.warning(`${program}: ignoring dsn code "${outcome.status}"`);
  return {...outcome, status: `${wanted}.0.0`};
}
