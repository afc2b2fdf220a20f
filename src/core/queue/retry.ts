/** When a deferred message is tried again, and when it is given up (postconf(5) minimal_backoff_time and its kin). */
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';

export class RetryPolicy {
  readonly #minimal: number;
  readonly #maximal: number;
  readonly #lifetime: number;
  readonly #bounceLifetime: number;
  readonly #jitter: number;
  readonly #random: () => number;

  /** `random` answers numbers from 0 to below 1. */
  constructor(config: Config, log: Log, random: () => number = Math.random) {
    this.#random = random;
    this.#jitter = config.get('posthorn_backoff_jitter') / 100;
    this.#minimal = config.get('minimal_backoff_time');
    this.#maximal = config.get('maximal_backoff_time');
    this.#lifetime = config.get('maximal_queue_lifetime');
    const bounceLifetime = config.get('bounce_queue_lifetime');
    this.#bounceLifetime = Math.min(bounceLifetime, this.#lifetime);
    if (bounceLifetime > this.#lifetime)
      log.warning('bounce_queue_lifetime is larger than maximal_queue_lifetime - adjusting bounce_queue_lifetime');
  }

  /**
   * Seconds from now: as long as the message is old, within the bounds; a little more or less by chance, so that what
   * was put off together is not tried together.
   */
  pauseSeconds(ageSeconds: number): number {
    const pause = Math.min(Math.max(ageSeconds, this.#minimal), this.#maximal);
    const least = Math.max(pause * (1 - this.#jitter), this.#minimal);
    const most = Math.min(pause * (1 + this.#jitter), this.#maximal);
    return least < most ? least + (most - least) * this.#random() : pause;
  }

  lifetimeSeconds(sender: string): number {
    return sender === '' ? this.#bounceLifetime : this.#lifetime;
  }

  isExpired(ageSeconds: number, sender: string): boolean {
    return ageSeconds >= this.lifetimeSeconds(sender);
  }
}
