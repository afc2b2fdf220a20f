/** When a deferred message is tried again, and when it is given up (postconf(5) minimal_backoff_time and its kin). */
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';

export class RetryPolicy {
  readonly #minimal: number;
  readonly #maximal: number;
  readonly #lifetime: number;
  readonly #bounceLifetime: number;

  constructor(config: Config, log: Log) {
    this.#minimal = config.get('minimal_backoff_time');
    this.#maximal = config.get('maximal_backoff_time');
    this.#lifetime = config.get('maximal_queue_lifetime');
    const bounceLifetime = config.get('bounce_queue_lifetime');
    this.#bounceLifetime = Math.min(bounceLifetime, this.#lifetime);
    if (bounceLifetime > this.#lifetime)
      log.warning('bounce_queue_lifetime is larger than maximal_queue_lifetime - adjusting bounce_queue_lifetime');
  }

  /** Seconds from now: as long as the message is old, within the bounds. */
  pauseSeconds(ageSeconds: number): number {
    return Math.min(Math.max(ageSeconds, this.#minimal), this.#maximal);
  }

  isExpired(ageSeconds: number, sender: string): boolean {
    return ageSeconds >= (sender === '' ? this.#bounceLifetime : this.#lifetime);
  }
}
