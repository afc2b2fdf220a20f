/**
 * The time a whole request may take, however busily its bytes trickle (postconf(5) smtpd_per_request_deadline): each
 * command has `seconds`, and content earns time by arriving at smtpd_min_data_rate or faster.
 */
export class RequestDeadline {
  readonly #milliseconds: number;
  readonly #bytesPerSecond: number;
  readonly #expire: () => void;
  #at: number;
  #timer: NodeJS.Timeout;

  constructor(seconds: number, bytesPerSecond: number, expire: () => void) {
    this.#milliseconds = seconds * 1000;
    this.#bytesPerSecond = bytesPerSecond;
    this.#expire = expire;
    this.#at = Date.now() + this.#milliseconds;
    this.#timer = this.#arm();
  }

  /** The next request begins. */
  restart(): void {
    this.#at = Date.now() + this.#milliseconds;
  }

  earn(bytes: number): void {
    const latest = Date.now() + this.#milliseconds;
    this.#at = Math.min(this.#at + (bytes / this.#bytesPerSecond) * 1000, latest);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #arm(): NodeJS.Timeout {
    const timer = setTimeout(() => this.#look(), Math.max(1, this.#at - Date.now()));
    timer.unref();
    return timer;
  }

  #look(): void {
    if (Date.now() >= this.#at) this.#expire();
    else this.#timer = this.#arm();
  }
}
