/**
 * When deliveries begin (SCHEDULER_README). Each transport has a limit of deliveries at once, each destination of it a
 * window of its own; in which order messages get them is `delivery-order.ts`'s. A destination without room parks who wants
 * to go there, so that it keeps nobody else waiting. Recipients of a message for the same destination go together, up to
 * the transport's limit.
 *
 *     add -> in the transport's order -> delivery -> in the order again, or done
 *              \-> parked at its destination until there is room -/
 *
 * A destination or transport that is down is left alone for a while: what waits for it goes to `suspended`.
 */
import type {Recipient} from './agent.ts';
import {
  DestinationOrder,
  PreemptiveOrder,
  type DeliveryOrder,
  type Job,
  type Peer,
  type SlotRules,
} from './delivery-order.ts';
import {Fifo} from './fifo.ts';
import {Destination, type ConcurrencyRules, type Suspension} from './destination.ts';

/** Recipients that are handed to an agent together. */
export interface Batch<Message> {
  readonly message: Message;
  readonly transport: string;
  readonly nexthop: string;
  readonly recipients: readonly Recipient[];
}

/**
 * The end of a delivery, as far as it concerns others: undefined when the destination answered. `isPaced`: it asked for
 * less; `pace`: that is all there was to it.
 */
export type Breakdown = Suspension & {
  readonly of: 'destination' | 'transport' | 'pace';
  readonly isPaced?: boolean | undefined;
};

/** How many recipients are held in memory (SCHEDULER_README "Dealing with memory resource limits"). */
export interface MemoryRules {
  readonly recipientLimit: number;
  /** On top, for messages that overtook others. */
  readonly extraRecipients: number;
  /** So many are read at once, or what there is room for when nothing was read for so long. */
  readonly refillLimit: number;
  readonly refillDelay: number;
}

export interface TransportLimits extends ConcurrencyRules, SlotRules, MemoryRules {
  readonly processes: number;
  /** Recipients for each delivery; 0: no limit. */
  readonly recipients: number;
  /** Seconds between two deliveries to a destination, and over the transport. */
  readonly rateDelay: number;
  readonly transportRateDelay: number;
}

export interface SchedulerSupplies<Message> {
  limitsOf(transport: string): TransportLimits;
  /** Never rejects. `release`: the destination may have its next delivery already (DeliveryRequest.release). */
  deliver(batch: Batch<Message>, release: () => void): Promise<Breakdown | undefined>;
  /** Told of each destination that asked for less, the first time. */
  slowed?(transport: string, destination: string, reason: Suspension): void;
  suspended(batch: Batch<Message>, reason: Suspension): void;
  /** Milliseconds since 1970. */
  now(): number;
  readonly deadDestinationSeconds: number;
  readonly deadTransportSeconds: number;
  /** Destinations take turns, as oqmgr(8) has it, instead of messages. */
  readonly isOld?: boolean | undefined;
  /** Recipients of a message that are still on disk. */
  unread?(message: Message): number;
}

export interface Route {
  readonly transport: string;
  readonly nexthop: string;
  /** What is limited: the next hop, or the recipient where each is delivered alone. */
  readonly destination: string;
}

interface Line<Message> {
  readonly name: string;
  readonly limits: TransportLimits;
  readonly destinations: Map<string, Destination<Peer<Message>>>;
  readonly jobs: Map<Message, Job<Message>>;
  readonly order: DeliveryOrder<Message>;
  readonly dead: Set<Destination<Peer<Message>>>;
  running: number;
  /** Recipients that wait or are being delivered. */
  recipients: number;
  isResting: boolean;
  suspension: Suspension | undefined;
  deadUntil: number;
}

/** So many recipients that are taken are kept before they are let go. */
const FORGET_AT = 1000;

export class Scheduler<Message> {
  readonly #supplies: SchedulerSupplies<Message>;
  readonly #lines = new Map<string, Line<Message>>();
  readonly #touched = new Set<Line<Message>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isStopped = false;
  #serial = 0;
  #running = 0;
  #onIdle: (() => void) | undefined;

  constructor(supplies: SchedulerSupplies<Message>) {
    this.#supplies = supplies;
  }

  limitsOf(transport: string): TransportLimits {
    return this.#line(transport).limits;
  }

  /** Puts a recipient into line; nothing begins before `run`. */
  add(message: Message, route: Route, recipient: Recipient): void {
    const line = this.#line(route.transport);
    this.#touched.add(line);
    line.recipients++;
    const job = this.#job(line, message);
    const known = job.peers.get(route.destination);
    if (known !== undefined) {
      if (startsEntry(line.limits, known.recipients.length - known.taken)) job.entries++;
      known.recipients.push(recipient);
      return;
    }
    job.entries++;
    const destination = this.#destination(line, route.destination);
    const peer: Peer<Message> = {job, destination, nexthop: route.nexthop, recipients: [recipient], taken: 0};
    job.peers.set(route.destination, peer);
    destination.peers.add(peer);
    line.order.add(peer);
  }

  /** Begins what may begin. */
  run(): void {
    for (const line of this.#touched) {
      this.#touched.delete(line);
      this.#turnAwayDead(line);
      this.#pump(line);
    }
  }

  /** Dead destinations and transports get another chance (`postqueue -f`). */
  reviveAll(): void {
    for (const line of this.#lines.values()) {
      line.suspension = undefined;
      for (const destination of line.dead) this.#revive(line, destination);
    }
  }

  /** Is mail for it put off without being tried? */
  isDead(transport: string, destination: string): boolean {
    const line = this.#lines.get(transport);
    const now = this.#supplies.now();
    if (line?.suspension !== undefined && line.deadUntil > now) return true;
    const known = line?.destinations.get(destination);
    return known?.suspension !== undefined && known.deadUntil > now;
  }

  /** How many more recipients of a message may be read, by the limits of the transports that it uses. */
  roomFor(message: Message, sinceSeconds: number): number {
    let room = 0;
    for (const line of this.#lines.values()) {
      const job = line.jobs.get(message);
      if (job === undefined) continue;
      const {recipientLimit, extraRecipients, refillLimit, refillDelay} = line.limits;
      const left = recipientLimit + (job.isOnStack ? extraRecipients : 0) - line.recipients;
      if (left >= refillLimit || sinceSeconds >= refillDelay) room += Math.max(left, 0);
    }
    return room;
  }

  /** Nothing more comes of a message that kept its place. */
  forget(message: Message): void {
    for (const line of this.#lines.values()) if (line.jobs.get(message)?.peers.size === 0) line.jobs.delete(message);
  }

  #hasMore(message: Message): boolean {
    return (this.#supplies.unread?.(message) ?? 0) > 0;
  }

  /** One destination, and its transport, get another chance. */
  revive(transport: string, destination: string): void {
    const line = this.#lines.get(transport);
    if (line === undefined) return;
    line.suspension = undefined;
    const dead = line.destinations.get(destination);
    if (dead?.suspension !== undefined) this.#revive(line, dead);
  }

  /** Forgets the dead whose time is over. */
  sweep(): void {
    const now = this.#supplies.now();
    for (const line of this.#lines.values()) {
      this.#reviveDue(line, now);
      for (const destination of line.destinations.values()) {
        if (destination.pauseSeconds === 0 || now - destination.slowedAt < FORGET_SLOWNESS_MILLISECONDS) continue;
        destination.pauseSeconds = 0;
        if (destination.isIdle) line.destinations.delete(destination.name);
      }
    }
  }

  /** No further delivery begins; resolves when none is under way. */
  stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#running === 0) return Promise.resolve();
    return new Promise(resolve => (this.#onIdle = resolve));
  }

  #line(name: string): Line<Message> {
    const known = this.#lines.get(name);
    if (known !== undefined) return known;
    const limits = this.#supplies.limitsOf(name);
    const jobs = new Map<Message, Job<Message>>();
    const line: Line<Message> = {
      name,
      limits,
      destinations: new Map(),
      jobs,
      order: this.#order(limits, jobs),
      dead: new Set(),
      running: 0,
      recipients: 0,
      isResting: false,
      suspension: undefined,
      deadUntil: 0,
    };
    this.#lines.set(name, line);
    return line;
  }

  #order(rules: SlotRules, jobs: ReadonlyMap<Message, unknown>): DeliveryOrder<Message> {
    const {isOld, now, unread} = this.#supplies;
    if (isOld === true) return new DestinationOrder();
    return new PreemptiveOrder({
      rules,
      now: () => now(),
      unread: message => unread?.(message) ?? 0,
      waiting: () => jobs.size,
    });
  }

  #job(line: Line<Message>, message: Message): Job<Message> {
    const known = line.jobs.get(message);
    if (known !== undefined) return known;
    const job: Job<Message> = {
      message,
      serial: ++this.#serial,
      since: this.#supplies.now(),
      peers: new Map(),
      ready: new Fifo(),
      entries: 0,
      delivered: 0,
      earned: 0,
      isInBase: false,
      isOnStack: false,
      sizeClass: 0,
    };
    line.jobs.set(message, job);
    return job;
  }

  #destination(line: Line<Message>, name: string): Destination<Peer<Message>> {
    const known = line.destinations.get(name);
    if (known !== undefined) return known;
    const destination = new Destination<Peer<Message>>(name, line.limits);
    line.destinations.set(name, destination);
    return destination;
  }

  #pump(line: Line<Message>): void {
    while (!this.#isStopped && !line.isResting && line.running < line.limits.processes) {
      const peer = line.order.next();
      if (peer === undefined) return;
      const batch = this.#take(line, peer);
      line.order.took(peer);
      if (peer.taken === peer.recipients.length) this.#drop(line, peer);
      this.#start(line, peer.destination, batch);
    }
  }

  #take(line: Line<Message>, peer: Peer<Message>): Batch<Message> {
    const {job, recipients, nexthop} = peer;
    const limit = line.limits.recipients === 0 ? recipients.length : line.limits.recipients;
    const isWhole = peer.taken === 0 && recipients.length <= limit;
    const taken = isWhole ? recipients : recipients.slice(peer.taken, peer.taken + limit);
    peer.taken += taken.length;
    if (peer.taken >= FORGET_AT && peer.taken > recipients.length / 2 && peer.taken < recipients.length) {
      recipients.splice(0, peer.taken); // more come all the time of a message with very many
      peer.taken = 0;
    }
    job.entries--;
    return {message: job.message, transport: line.name, nexthop, recipients: taken};
  }

  #drop(line: Line<Message>, peer: Peer<Message>): void {
    const {job, destination} = peer;
    destination.peers.delete(peer);
    job.peers.delete(destination.name);
    // One that has more on disk keeps its place.
    if (job.peers.size === 0 && !this.#hasMore(job.message)) line.jobs.delete(job.message);
  }

  #start(line: Line<Message>, destination: Destination<Peer<Message>>, batch: Batch<Message>): void {
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      destination.running--;
      this.#rest(line, destination);
      this.#unpark(line, destination);
    };
    line.running++;
    destination.running++;
    this.#running++;
    void this.#supplies
      .deliver(batch, () => {
        release();
        this.#pump(line);
      })
      .then(breakdown => {
        line.running--;
        line.recipients -= batch.recipients.length;
        this.#running--;
        this.#learn(line, destination, breakdown);
        release();
        if (destination.isIdle) line.destinations.delete(destination.name);
        this.#pump(line);
        if (this.#running === 0) this.#onIdle?.();
      });
  }

  #learn(line: Line<Message>, destination: Destination<Peer<Message>>, breakdown: Breakdown | undefined): void {
    if (breakdown === undefined) return destination.succeeded();
    const now = this.#supplies.now();
    if (breakdown.isPaced === true && !this.#slow(line, destination, breakdown)) return;
    if (breakdown.of === 'pace') return;
    if (breakdown.of === 'transport') {
      line.suspension = breakdown;
      line.deadUntil = now + this.#supplies.deadTransportSeconds * 1000;
    } else if (destination.suspension === undefined && destination.failed()) {
      destination.suspend(breakdown, now + this.#supplies.deadDestinationSeconds * 1000);
      line.dead.add(destination);
    }
    this.#turnAwayDead(line);
  }

  /** Answers whether slowing down was no help. */
  #slow(line: Line<Message>, destination: Destination<Peer<Message>>, reason: Suspension): boolean {
    if (destination.pauseSeconds === 0) this.#supplies.slowed?.(line.name, destination.name, reason);
    return destination.slow(this.#supplies.now());
  }

  /** What waits for the dead is told so. */
  #turnAwayDead(line: Line<Message>): void {
    const now = this.#supplies.now();
    if (line.suspension !== undefined && line.deadUntil <= now) line.suspension = undefined;
    this.#reviveDue(line, now);
    const {suspension} = line;
    for (const destination of suspension === undefined ? line.dead : line.destinations.values()) {
      const reason = suspension ?? destination.suspension;
      if (reason !== undefined) for (const peer of destination.peers) this.#turnAway(line, peer, reason);
      if (destination.isIdle) line.destinations.delete(destination.name);
    }
  }

  #reviveDue(line: Line<Message>, now: number): void {
    for (const destination of line.dead) if (destination.deadUntil <= now) this.#revive(line, destination);
  }

  #turnAway(line: Line<Message>, peer: Peer<Message>, reason: Suspension): void {
    const recipients = peer.recipients.slice(peer.taken);
    line.recipients -= recipients.length;
    const limit = line.limits.recipients || recipients.length;
    peer.job.entries -= Math.ceil(recipients.length / limit);
    peer.taken = peer.recipients.length; // whichever line it stands in passes it over
    this.#drop(line, peer);
    const {job, nexthop} = peer;
    this.#supplies.suspended({message: job.message, transport: line.name, nexthop, recipients}, reason);
  }

  #revive(line: Line<Message>, destination: Destination<Peer<Message>>): void {
    destination.revive();
    line.dead.delete(destination);
    if (destination.isIdle) line.destinations.delete(destination.name);
  }

  #unpark(line: Line<Message>, destination: Destination<Peer<Message>>): void {
    for (let room = destination.window - destination.running; room > 0 && !destination.isResting; room--) {
      const peers = destination.unpark();
      if (peers.length === 0) return;
      for (const peer of peers) if (peer.taken < peer.recipients.length) line.order.add(peer);
    }
  }

  #rest(line: Line<Message>, destination: Destination<Peer<Message>>): void {
    const {transportRateDelay} = line.limits;
    const rateDelay = Math.max(line.limits.rateDelay, destination.pauseSeconds);
    if (rateDelay > 0) {
      destination.isResting = true;
      const serial = ++destination.restSerial;
      this.#later(rateDelay, () => {
        if (serial !== destination.restSerial) return;
        destination.isResting = false;
        this.#unpark(line, destination);
        if (destination.isIdle) line.destinations.delete(destination.name);
        this.#pump(line);
      });
    }
    if (transportRateDelay > 0) {
      line.isResting = true;
      this.#later(transportRateDelay, () => {
        line.isResting = false;
        this.#pump(line);
      });
    }
  }

  #later(seconds: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, seconds * 1000);
    this.#timers.add(timer);
  }
}

/** A destination that was slowed down and had no mail for so long begins anew. */
const FORGET_SLOWNESS_MILLISECONDS = 600_000;

/** Does one more recipient, behind so many that wait, make one more delivery? */
function startsEntry({recipients}: TransportLimits, waiting: number): boolean {
  return recipients > 0 && waiting % recipients === 0;
}
