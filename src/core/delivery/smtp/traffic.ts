/**
 * Which next hops get so much mail that a session is worth keeping (CONNECTION_CACHE_README, on demand): those where one
 * delivery follows on another. Keeping ends when the stream does; what is kept by then is still used.
 */
export interface TrafficRules {
  readonly onDemand: boolean;
  /** Next hops whose sessions are kept in any case (smtp_connection_cache_destinations). */
  readonly always?: {matches(name: string): boolean | Promise<boolean>} | undefined;
}

interface Stream {
  busy: number;
  lastDone: number;
  keeps: boolean;
  reuses: boolean;
}

export class Traffic {
  readonly #now: () => number;
  readonly #rules: TrafficRules;
  readonly #always = new Set<string>();
  readonly #streams = new Map<string, Stream>();

  constructor(now: () => number, rules: TrafficRules) {
    this.#now = now;
    this.#rules = rules;
  }

  async begin(nexthop: string): Promise<void> {
    if (this.#rules.always !== undefined && (await this.#rules.always.matches(nexthop))) this.#always.add(nexthop);
    let stream = this.#streams.get(nexthop);
    if (stream === undefined)
      this.#streams.set(nexthop, (stream = {busy: 0, lastDone: 0, keeps: false, reuses: false}));
    stream.busy++;
    const isBackToBack = this.#now() - stream.lastDone <= BACK_TO_BACK;
    if (!stream.keeps && isBackToBack) stream.keeps = stream.reuses = true;
    else if (stream.keeps && !isBackToBack && stream.busy <= 1) stream.keeps = false;
  }

  end(nexthop: string): void {
    const stream = this.#streams.get(nexthop);
    if (stream === undefined) return;
    stream.busy--;
    stream.lastDone = this.#now();
    if (this.#streams.size > MAX_STREAMS) this.#forgetIdle();
  }

  mayKeep(nexthop: string): boolean {
    return this.#always.has(nexthop) || (this.#rules.onDemand && this.#streams.get(nexthop)?.keeps === true);
  }

  mayReuse(nexthop: string): boolean {
    return this.#always.has(nexthop) || (this.#rules.onDemand && this.#streams.get(nexthop)?.reuses === true);
  }

  #forgetIdle(): void {
    const now = this.#now();
    this.#always.clear();
    for (const [nexthop, stream] of this.#streams)
      if (stream.busy === 0 && now - stream.lastDone > BACK_TO_BACK) this.#streams.delete(nexthop);
  }
}

/** Milliseconds between the end of a delivery and the beginning of the next. */
const BACK_TO_BACK = 1000;
/** With more, the idle ones are forgotten. */
const MAX_STREAMS = 1000;
