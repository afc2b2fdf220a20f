/**
 * One destination of a transport: how many deliveries may go on at once, grown by success and shrunk by failure
 * (SCHEDULER_README), and whether it counts as dead for a while.
 */
import {Fifo} from './fifo.ts';
import {Heap} from './heap.ts';

export interface ConcurrencyRules {
  readonly initial: number;
  /** 0: no limit. */
  readonly limit: number;
  readonly positive: Feedback;
  readonly negative: Feedback;
  /** A destination is dead after failures of this many whole windows; 0: never. */
  readonly failedCohortLimit: number;
}

/** How much one end counts: a number, divided by the window or by its root where the setting says so. */
export interface Feedback {
  readonly amount: number;
  readonly per: 'delivery' | 'concurrency' | 'sqrt_concurrency';
}

/** Why mail is not even tried: status and reason of the failure that was seen last. */
export interface Suspension {
  readonly status: string;
  readonly text: string;
}

/** postconf(5) default_destination_concurrency_positive_feedback: `1`, `0.5`, `1/concurrency`, `1/sqrt_concurrency`. */
export function parseFeedback(text: string): Feedback {
  const [, digits = '1', , per] = /^\s*([0-9.]+)\s*(\/\s*(concurrency|sqrt_concurrency))?\s*$/.exec(text) ?? [];
  const amount = Math.min(Math.max(Number(digits) || 0, 0), 1);
  return {amount, per: per === 'concurrency' || per === 'sqrt_concurrency' ? per : 'delivery'};
}

/** The pause of a destination that asks for less: doubled each time it does so again. */
const FIRST_PAUSE_SECONDS = 1;
const LONGEST_PAUSE_SECONDS = 60;

/** What stands in line for a destination: by the age of its message. */
interface Waiting {
  readonly job: {readonly serial: number};
}

export class Destination<Peer extends Waiting> {
  readonly name: string;
  /** Messages with recipients here that wait, in whatever line they stand. */
  readonly peers = new Set<Peer>();
  /** Those of them that are next, where destinations take turns. */
  readonly waiting = new Fifo<Peer>();
  /** Those that found no room: of large messages, and of others. */
  readonly #parkedLarge = new Heap<Peer>(byAge);
  readonly #parked = new Heap<Peer>(byAge);
  running = 0;
  /** Pausing between two deliveries (rate delay). */
  isResting = false;
  /** The last pause begun: earlier ones end without effect. */
  restSerial = 0;
  suspension: Suspension | undefined;
  deadUntil = 0;
  /** It asked for less: one delivery at a time, with a pause between them (posthorn_adaptive_rate_delay); 0: it did not. */
  pauseSeconds = 0;
  slowedAt = 0;
  readonly #rules: ConcurrencyRules;
  #window: number;
  #success = 0;
  #failure = 0;
  #failedCohorts = 0;

  constructor(name: string, rules: ConcurrencyRules) {
    this.name = name;
    this.#rules = rules;
    this.#window = this.#initialWindow();
  }

  get window(): number {
    return this.#window;
  }

  get hasRoom(): boolean {
    return !this.isResting && this.running < this.#window;
  }

  get isIdle(): boolean {
    return (
      this.running === 0 &&
      this.peers.size === 0 &&
      !this.isResting &&
      this.pauseSeconds === 0 &&
      this.suspension === undefined
    );
  }

  park(peer: Peer, isLarge: boolean): void {
    (isLarge ? this.#parkedLarge : this.#parked).push(peer);
  }

  /** The oldest of the parked; behind one of a large message comes one of the others, which may overtake it. */
  unpark(): readonly Peer[] {
    const large = this.#parkedLarge.peek();
    const other = this.#parked.pop();
    if (large === undefined) return other === undefined ? [] : [other];
    if (other !== undefined && byAge(other) < byAge(large)) return [other];
    this.#parkedLarge.pop();
    return other === undefined ? [large] : [large, other];
  }

  succeeded(): void {
    const {initial, limit, positive} = this.#rules;
    this.#failedCohorts = 0;
    if (this.pauseSeconds > 0) return this.#ease();
    if (limit > 0 && this.#window >= limit) return;
    if (this.#window >= this.running + initial) return; // nothing to learn while the window is not used
    this.#success += weight(positive, this.#window);
    while (this.#success > 0.999) {
      this.#window++;
      this.#success--;
      this.#failure = 0;
    }
    if (limit > 0) this.#window = Math.min(this.#window, limit);
  }

  /** Answers whether the destination is dead now. */
  failed(): boolean {
    const {failedCohortLimit, negative} = this.#rules;
    this.#failedCohorts += 1 / this.#window;
    if (failedCohortLimit > 0 && this.#failedCohorts > failedCohortLimit - 0.001) return true;
    this.#failure -= weight(negative, this.#window);
    while (this.#failure < -0.001) {
      this.#window--;
      this.#failure++;
      this.#success = 0;
    }
    this.#window = Math.max(this.#window, 1);
    return false;
  }

  /** Answers whether it can't go slower. */
  slow(now: number): boolean {
    const isSlowest = this.pauseSeconds >= LONGEST_PAUSE_SECONDS;
    this.pauseSeconds = Math.min(Math.max(this.pauseSeconds * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS);
    this.slowedAt = now;
    this.#window = 1;
    this.#success = 0;
    this.#failure = 0;
    return isSlowest;
  }

  /** Half the pause; without any, the window grows again as ever. */
  #ease(): void {
    this.pauseSeconds = this.pauseSeconds > FIRST_PAUSE_SECONDS ? this.pauseSeconds / 2 : 0;
  }

  suspend(suspension: Suspension, until: number): void {
    this.suspension = suspension;
    this.deadUntil = until;
  }

  revive(): void {
    this.suspension = undefined;
    this.pauseSeconds = 0;
    this.#window = this.#initialWindow();
    this.#success = 0;
    this.#failure = 0;
    this.#failedCohorts = 0;
  }

  #initialWindow(): number {
    const {initial, limit} = this.#rules;
    return Math.max(1, limit > 0 ? Math.min(initial, limit) : initial);
  }
}

function byAge({job}: Waiting): number {
  return job.serial;
}

function weight({amount, per}: Feedback, window: number): number {
  return per === 'concurrency' ? amount / window : per === 'sqrt_concurrency' ? amount / Math.sqrt(window) : amount;
}
