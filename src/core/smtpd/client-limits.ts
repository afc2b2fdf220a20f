/**
 * What each client did lately (anvil(8)): connections that are open, and how many connections, messages, recipients, logins
 * and new TLS sessions there were within anvil_rate_time_unit. One book for all sessions of the process; a client is
 * forgotten once its time is over and it has no connection left.
 */
import type {Clock} from '../base/clock.ts';
import type {Log} from '../log/log.ts';

export type ClientEvent = 'connection' | 'message' | 'recipient' | 'auth' | 'newtls';

interface Entry {
  open: number;
  since: number;
  readonly rates: Map<ClientEvent, number>;
}

interface Peak {
  readonly count: number;
  readonly who: string;
  readonly at: number;
}

export interface ClientLimitsSupplies {
  readonly clock: Clock;
  /** Of anvil. */
  readonly log: Log;
  readonly rateSeconds: number;
  readonly reportSeconds: number;
}

export class ClientLimits {
  readonly #supplies: ClientLimitsSupplies;
  readonly #entries = new Map<string, Entry>();
  #peaks = new Map<string, Peak>();
  #largest = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(supplies: ClientLimitsSupplies) {
    this.#supplies = supplies;
    this.#timer = setInterval(() => this.#report(), supplies.reportSeconds * 1000);
    this.#timer.unref();
  }

  /** A client has come. `who` is `service:address`. */
  connected(who: string): {readonly open: number; readonly rate: number} {
    const entry = this.#entry(who);
    entry.open++;
    this.#peak('connection count', entry.open, who);
    return {open: entry.open, rate: this.happened(who, 'connection')};
  }

  disconnected(who: string): void {
    const entry = this.#entries.get(who);
    if (entry !== undefined && entry.open > 0) entry.open--;
  }

  /** Counts it and answers how often it happened in the time unit, this time included. */
  happened(who: string, event: ClientEvent): number {
    const entry = this.#entry(who);
    const rate = (entry.rates.get(event) ?? 0) + 1;
    entry.rates.set(event, rate);
    this.#peak(`${event} rate`, rate, who);
    return rate;
  }

  /** How often it happened so far. */
  rate(who: string, event: ClientEvent): number {
    return this.#entry(who).rates.get(event) ?? 0;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#report();
  }

  #entry(who: string): Entry {
    const now = this.#supplies.clock.now();
    const known = this.#entries.get(who);
    if (known === undefined) {
      const made: Entry = {open: 0, since: now, rates: new Map()};
      this.#forgetOld(now);
      this.#entries.set(who, made);
      this.#largest = Math.max(this.#largest, this.#entries.size);
      return made;
    }
    if (now - known.since >= this.#supplies.rateSeconds * 1000) {
      known.since = now;
      known.rates.clear();
    }
    return known;
  }

  /** The oldest first: a Map keeps the order in which clients came. */
  #forgetOld(now: number): void {
    let looked = 0;
    for (const [who, {open, since}] of this.#entries) {
      if (++looked > LOOK_AT_MOST) return;
      if (open === 0 && now - since >= this.#supplies.rateSeconds * 1000) this.#entries.delete(who);
    }
  }

  #peak(what: string, count: number, who: string): void {
    const known = this.#peaks.get(what);
    if (known === undefined || count > known.count) this.#peaks.set(what, {count, who, at: this.#supplies.clock.now()});
  }

  /** seen: `statistics: max connection rate 19/60s for (smtp:198.51.100.5) at Nov 24 04:31:09`. */
  #report(): void {
    const {log, rateSeconds} = this.#supplies;
    for (const what of REPORTED) {
      const peak = this.#peaks.get(what);
      if (peak === undefined) continue;
      const unit = what.endsWith('rate') ? `/${rateSeconds}s` : '';
      log.info(`statistics: max ${what} ${peak.count}${unit} for (${peak.who}) at ${logTime(peak.at)}`);
    }
    if (this.#largest > 0)
      log.info(`statistics: max cache size ${this.#largest} at ${logTime(this.#supplies.clock.now())}`);
    this.#peaks = new Map();
    this.#largest = 0;
  }
}

const LOOK_AT_MOST = 10;
const REPORTED = ['connection rate', 'connection count', 'message rate', 'recipient rate', 'newtls rate', 'auth rate'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function logTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${MONTHS[date.getMonth()]} ${two(date.getDate())} ${time}`;
}
