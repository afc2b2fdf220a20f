/**
 * Which delivery goes next: transports have a process limit, their destinations a concurrency limit, and destinations
 * take turns, so that a full one never keeps the others waiting (postconf(5) default_destination_concurrency_limit,
 * initial_destination_concurrency, default_process_limit).
 */
export interface Job {
  run(): Promise<void>;
}

export interface TransportLimits {
  readonly processes: number;
  readonly initialConcurrency: number;
  /** 0: no limit. */
  readonly concurrency: number;
}

interface Destination {
  readonly waiting: Job[];
  /** Jobs taken from `waiting`; the array is cut now and then, so that taking the first costs nothing. */
  taken: number;
  running: number;
  window: number;
}

interface Transport {
  readonly limits: TransportLimits;
  readonly destinations: Map<string, Destination>;
  /** Destinations with waiting jobs, in turn. */
  readonly turn: Set<string>;
  running: number;
}

export class Scheduler {
  readonly #limitsOf: (transport: string) => TransportLimits;
  readonly #transports = new Map<string, Transport>();
  #isStopped = false;
  #running = 0;
  #onIdle: (() => void) | undefined;

  constructor(limitsOf: (transport: string) => TransportLimits) {
    this.#limitsOf = limitsOf;
  }

  add(transport: string, destination: string, job: Job): void {
    let line = this.#transports.get(transport);
    if (line === undefined) {
      line = {limits: this.#limitsOf(transport), destinations: new Map(), turn: new Set(), running: 0};
      this.#transports.set(transport, line);
    }
    let site = line.destinations.get(destination);
    if (site === undefined) {
      const {initialConcurrency, concurrency} = line.limits;
      const window = concurrency > 0 ? Math.min(initialConcurrency, concurrency) : initialConcurrency;
      line.destinations.set(destination, (site = {waiting: [], taken: 0, running: 0, window}));
    }
    site.waiting.push(job);
    line.turn.add(destination);
    this.#pump(line);
  }

  /** No further job begins; resolves when none is under way. */
  stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#running === 0) return Promise.resolve();
    return new Promise(resolve => (this.#onIdle = resolve));
  }

  #pump(line: Transport): void {
    if (this.#isStopped) return;
    for (const name of line.turn) {
      if (line.running >= line.limits.processes) return;
      const site = line.destinations.get(name);
      line.turn.delete(name);
      if (site === undefined || site.running >= Math.floor(site.window)) continue; // its next end brings it back
      const job = take(site);
      if (job === undefined) continue;
      if (site.waiting.length > site.taken) line.turn.add(name); // to the end of the turn
      this.#start(line, name, site, job);
    }
  }

  #start(line: Transport, name: string, site: Destination, job: Job): void {
    line.running++;
    site.running++;
    this.#running++;
    void job.run().finally(() => {
      line.running--;
      site.running--;
      this.#running--;
      const {concurrency} = line.limits;
      if (concurrency === 0 || site.window < concurrency) site.window += 1 / site.window;
      if (concurrency > 0) site.window = Math.min(site.window, concurrency);
      if (site.waiting.length > site.taken) line.turn.add(name);
      else if (site.running === 0) line.destinations.delete(name);
      this.#pump(line);
      if (this.#running === 0) this.#onIdle?.();
    });
  }
}

function take(site: Destination): Job | undefined {
  const job = site.waiting[site.taken];
  if (job === undefined) return undefined;
  site.taken++;
  if (site.taken > 1000 && site.taken * 2 > site.waiting.length) {
    site.waiting.splice(0, site.taken);
    site.taken = 0;
  }
  return job;
}
