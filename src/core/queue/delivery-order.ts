/**
 * In which order the messages of a transport are delivered, as far as their destinations have room.
 *
 * qmgr(8), SCHEDULER_README "Preemptive scheduling": the oldest message first. While a large one is delivered it earns
 * slots, one for every so many deliveries; a message that needs no more deliveries than there are slots goes first, at
 * the price of that many. So many small ones pass, and the large one is never late by more than its slots.
 *
 *     base, by age:   1  2  3  5  6 ...          stack:  4 overtook 1, 7 overtook 4
 *     next is the topmost of the stack that has room somewhere, else the oldest of the base
 *
 * oqmgr(8): destinations take turns, each delivers its messages in the order they came.
 */
import type {Recipient} from './agent.ts';
import type {Destination} from './destination.ts';
import {Fifo} from './fifo.ts';
import {Heap} from './heap.ts';

/** One message's recipients for one destination. */
export interface Peer<Message> {
  readonly job: Job<Message>;
  readonly destination: Destination<Peer<Message>>;
  readonly nexthop: string;
  readonly recipients: Recipient[];
  taken: number;
}

/** One message on one transport. */
export interface Job<Message> {
  readonly message: Message;
  /** Its place by age, and when it came (milliseconds). */
  readonly serial: number;
  readonly since: number;
  readonly peers: Map<string, Peer<Message>>;
  /** Peers that may have room, in turn. */
  readonly ready: Fifo<Peer<Message>>;
  /** Deliveries it still needs, and those it has had. */
  entries: number;
  delivered: number;
  /** What it has earned and not spent, as deliveries: divided by the cost, they are slots. May be owed. */
  earned: number;
  isInBase: boolean;
  isOnStack: boolean;
  /** The class of sizes in which it is looked for as one that may overtake; 0: in none. */
  sizeClass: number;
}

export interface SlotRules {
  /** 0: nobody overtakes. */
  readonly slotCost: number;
  readonly slotLoan: number;
  /** Percent. */
  readonly slotDiscount: number;
  readonly minimumSlots: number;
}

export interface DeliveryOrder<Message> {
  /** The peer has recipients, and perhaps room. */
  add(peer: Peer<Message>): void;
  /** Who is delivered next; those in front that have no room are parked at their destinations. */
  next(): Peer<Message> | undefined;
  /** One delivery of what `next` answered has begun. */
  took(peer: Peer<Message>): void;
}

export interface OrderSupplies<Message> {
  readonly rules: SlotRules;
  now(): number;
  /** Recipients of a message that are still on disk. */
  unread(message: Message): number;
  /** How many messages wait. */
  waiting(): number;
}

/** Lines shorter than this are never looked through for what is out of date. */
const SWEEP_ABOVE = 64;

export class PreemptiveOrder<Message> implements DeliveryOrder<Message> {
  readonly #supplies: OrderSupplies<Message>;
  readonly #base = new Heap<Job<Message>>(job => job.serial);
  /** Those that overtook, the last one on top. */
  readonly #stack: Job<Message>[] = [];
  /** Who may overtake, by the number of deliveries needed; what is out of date is passed over. */
  readonly #bySize = new Map<number, Heap<Job<Message>>>();
  /** Sizes are kept from the first large message until the line is empty: most of the time there is none. */
  #keepsSizes = false;

  constructor(supplies: OrderSupplies<Message>) {
    this.#supplies = supplies;
  }

  add(peer: Peer<Message>): void {
    const {job} = peer;
    job.ready.push(peer);
    if (job.isOnStack) return;
    if (!job.isInBase) {
      job.isInBase = true;
      this.#base.push(job);
    }
    if (this.#keepsSizes) this.#classify(job);
  }

  next(): Peer<Message> | undefined {
    const current = this.#current();
    if (current === undefined) {
      if (this.#keepsSizes && this.#supplies.waiting() === 0) this.#forgetSizes();
      return undefined;
    }
    return firstWithRoom(this.#overtaker(current) ?? current);
  }

  took(peer: Peer<Message>): void {
    const {job} = peer;
    job.ready.shift();
    job.delivered++;
    job.earned++;
    if (peer.taken < peer.recipients.length) job.ready.push(peer);
  }

  #forgetSizes(): void {
    this.#keepsSizes = false;
    this.#bySize.clear();
  }

  #current(): Job<Message> | undefined {
    for (let at = this.#stack.length - 1; at >= 0; at--) {
      const job = this.#stack[at] as Job<Message>; // within the bounds
      if (firstWithRoom(job) !== undefined) return job;
      if (job.peers.size > 0) continue; // blocked
      job.isOnStack = false;
      this.#stack.splice(at, 1);
    }
    for (let job = this.#base.peek(); job !== undefined; job = this.#base.peek()) {
      if (!job.isOnStack && firstWithRoom(job) !== undefined) return job;
      this.#base.pop();
      job.isInBase = false;
    }
    return undefined;
  }

  /** The message that goes before the current one; undefined: none may, or not yet. */
  #overtaker(current: Job<Message>): Job<Message> | undefined {
    const {rules, unread} = this.#supplies;
    if (rules.slotCost === 0) return undefined;
    const cost = Math.max(rules.slotCost, 2); // postconf(5) default_delivery_slot_cost: no less makes sense
    const left = current.entries + unread(current.message) / ENTRY_GUESS;
    if (Math.floor((current.delivered + left) / cost) < rules.minimumSlots) return undefined;
    if (!this.#keepsSizes) {
      this.#keepsSizes = true;
      for (const job of this.#base.items) this.#classify(job);
    }
    const best = this.#bestWithin((current.earned + left) / cost, current);
    if (best === undefined) return undefined;
    const needed = (best.entries * (100 - rules.slotDiscount)) / 100 - rules.slotLoan;
    if (needed > current.earned / cost) return undefined; // in time it will have earned enough
    current.earned -= best.entries * cost;
    best.isOnStack = true;
    this.#stack.splice(this.#stack.indexOf(current) + 1, 0, best);
    return best;
  }

  /** The one that has waited longest for its size. */
  #bestWithin(slots: number, current: Job<Message>): Job<Message> | undefined {
    const now = this.#supplies.now();
    let best: Job<Message> | undefined;
    let bestScore = -1;
    for (const [size, heap] of this.#bySize) {
      if (size > slots) continue;
      const job = this.#oldest(size, heap, current);
      if (job === undefined) continue;
      const score = (now - job.since + 1) / job.entries;
      if (score <= bestScore) continue;
      best = job;
      bestScore = score;
    }
    return best;
  }

  #oldest(size: number, heap: Heap<Job<Message>>, current: Job<Message>): Job<Message> | undefined {
    for (let job = heap.peek(); job !== undefined; job = heap.peek()) {
      if (job !== current && this.#isIn(job, size) && firstWithRoom(job) !== undefined) return job;
      heap.pop();
      if (job.sizeClass !== size) continue;
      job.sizeClass = 0;
      if (job.entries > size) this.#classify(job); // it has grown since
    }
    this.#bySize.delete(size);
    return undefined;
  }

  #isIn(job: Job<Message>, size: number): boolean {
    const isFit = job.sizeClass === size && job.entries > 0 && job.entries <= size;
    return isFit && !job.isOnStack && this.#supplies.unread(job.message) === 0;
  }

  #classify(job: Job<Message>): void {
    const size = job.entries;
    if (this.#supplies.rules.slotCost === 0 || job.sizeClass >= size) return;
    job.sizeClass = size;
    let heap = this.#bySize.get(size);
    if (heap === undefined) this.#bySize.set(size, (heap = new Heap(({serial}) => serial)));
    heap.push(job);
    if (heap.length > SWEEP_ABOVE && heap.length > 2 * this.#supplies.waiting())
      heap.sweep(job => this.#isIn(job, size) && job.peers.size > 0);
  }
}

/** How many recipients that are still on disk are thought to go together. */
const ENTRY_GUESS = 50;

export class DestinationOrder<Message> implements DeliveryOrder<Message> {
  readonly #ring = new Fifo<Destination<Peer<Message>>>();

  add(peer: Peer<Message>): void {
    const {destination} = peer;
    destination.waiting.push(peer);
    if (destination.waiting.length === 1) this.#ring.push(destination);
  }

  next(): Peer<Message> | undefined {
    for (let destination = this.#ring.peek(); destination !== undefined; destination = this.#ring.peek()) {
      const peer = nextWaiting(destination.waiting);
      if (peer !== undefined && destination.hasRoom) return peer;
      for (let other = destination.waiting.shift(); other !== undefined; other = destination.waiting.shift())
        destination.park(other, false);
      this.#ring.shift();
    }
    return undefined;
  }

  took(peer: Peer<Message>): void {
    const {destination} = peer;
    const {waiting} = destination;
    this.#ring.shift();
    if (peer.taken === peer.recipients.length) waiting.shift();
    if (waiting.length > 0) this.#ring.push(destination);
  }
}

/** The first of a message's destinations that has room; those before it are parked. */
function firstWithRoom<Message>(job: Job<Message>): Peer<Message> | undefined {
  const {ready} = job;
  for (let peer = nextWaiting(ready); peer !== undefined; peer = nextWaiting(ready)) {
    if (peer.destination.hasRoom) return peer;
    ready.shift();
    peer.destination.park(peer, job.entries > SMALL);
  }
  return undefined;
}

/** Messages that need more deliveries let smaller ones for the same destination pass. */
const SMALL = 5;

/** The first that was not turned away meanwhile; it stays where it is. */
function nextWaiting<Message>(line: Fifo<Peer<Message>>): Peer<Message> | undefined {
  let peer = line.peek();
  while (peer !== undefined && peer.taken === peer.recipients.length) {
    line.shift();
    peer = line.peek();
  }
  return peer;
}
