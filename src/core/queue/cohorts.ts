/**
 * The messages that wait for a destination that was found dead: as long as it is, they are not opened again to be put off
 * once more, and when its time is over a few of them try it first. So a hundred thousand messages for a dead site cost
 * the others next to nothing. They stay due: as soon as the destination answers, all of them are tried.
 *
 * Nothing here is needed for mail to be right: what is not remembered is tried as ever.
 */
export interface CohortSupplies {
  /** Is nothing tried there just now. */
  isDead(transport: string, destination: string): boolean;
  /** Milliseconds since 1970. */
  now(): number;
}

interface Cohort {
  readonly transport: string;
  readonly destination: string;
  /** How many of it are being tried. */
  trying: number;
  size: number;
  hasWaiting: boolean;
  isDissolved: boolean;
}

interface Member {
  readonly cohort: Cohort;
  /** It gets too old then, or its sender is to be told. */
  readonly mustTryAt: number;
}

/** How many try a destination that was dead until now. */
const TRIERS = 5;
const MAX_MEMBERS = 500_000;

export class Cohorts {
  readonly #supplies: CohortSupplies;
  readonly #members = new Map<string, Member>();
  readonly #cohorts = new Map<string, Cohort>();
  readonly #trying = new Map<string, Cohort>();

  constructor(supplies: CohortSupplies) {
    this.#supplies = supplies;
  }

  get isEmpty(): boolean {
    return this.#cohorts.size === 0;
  }

  /** A message, all of it for one destination, which is dead. */
  join(id: string, transport: string, destination: string, mustTryAt: number): void {
    if (this.#members.size >= MAX_MEMBERS) return;
    const key = keyOf(transport, destination);
    let cohort = this.#cohorts.get(key);
    if (cohort === undefined) {
      cohort = {transport, destination, trying: 0, size: 0, hasWaiting: false, isDissolved: false};
      this.#cohorts.set(key, cohort);
    }
    cohort.size++;
    this.#members.set(id, {cohort, mustTryAt});
  }

  /** May a message that is due be tried now? */
  mayTry(id: string): boolean {
    const member = this.#members.get(id);
    if (member === undefined) return true;
    const {cohort, mustTryAt} = member;
    const {isDead, now} = this.#supplies;
    const isFree = cohort.isDissolved || mustTryAt <= now();
    if (isFree || (cohort.trying < TRIERS && !isDead(cohort.transport, cohort.destination))) return true;
    cohort.hasWaiting = true;
    return false;
  }

  /** The message has been taken up, for whatever reason. */
  begun(id: string): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    const {cohort} = member;
    this.#members.delete(id);
    cohort.size--;
    cohort.trying++;
    this.#trying.set(id, cohort);
  }

  /** Its round is over; to be told before it joins again. */
  ended(id: string): void {
    const cohort = this.#trying.get(id);
    if (cohort === undefined) return;
    this.#trying.delete(id);
    cohort.trying--;
    if (cohort.size === 0 && cohort.trying === 0) this.#dissolve(cohort);
  }

  /** The destination has answered. True when there are messages that did not get their turn. */
  answered(transport: string, destination: string): boolean {
    const cohort = this.#cohorts.get(keyOf(transport, destination));
    if (cohort === undefined) return false;
    this.#dissolve(cohort);
    return cohort.hasWaiting;
  }

  #dissolve(cohort: Cohort): void {
    cohort.isDissolved = true;
    this.#cohorts.delete(keyOf(cohort.transport, cohort.destination));
  }
}

function keyOf(transport: string, destination: string): string {
  return `${transport}\0${destination}`;
}
