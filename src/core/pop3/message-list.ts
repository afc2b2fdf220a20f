/** The messages of a session by their numbers from 1, with what the client has marked. */
export class MessageList {
  readonly count: number;
  readonly totalBytes: number;
  /** Numbers. */
  readonly deleted = new Set<number>();
  /** Retrieved, to be marked as seen. */
  readonly seen = new Set<number>();
  deletedBytes = 0;
  lastSeen = 0;
  readonly #sequences: readonly number[];
  readonly #sizes: readonly number[];
  #lastSeenBefore = 0;

  constructor(sequences: readonly number[], sizes: readonly number[]) {
    this.#sequences = sequences;
    this.#sizes = sizes;
    this.count = sizes.length;
    this.totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  }

  sequence(number: number): number {
    return this.#sequences[number - 1] ?? 0;
  }

  /** 0: the number of no message. */
  number(sequence: number): number {
    let [low, high] = [0, this.#sequences.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sequences[middle] ?? 0) < sequence) low = middle + 1;
      else high = middle;
    }
    return this.#sequences[low] === sequence ? low + 1 : 0;
  }

  size(number: number): number {
    return this.#sizes[number - 1] ?? 0;
  }

  delete(number: number): void {
    if (this.deleted.has(number)) return;
    this.deleted.add(number);
    this.deletedBytes += this.size(number);
  }

  /** RETR has sent it. */
  markSeen(number: number): void {
    if (this.lastSeen < number) this.lastSeen = number;
    this.seen.add(number);
  }

  /** RSET: as if nothing had been said; seen: Dovecot forgets what was read as well. */
  reset(): void {
    this.deleted.clear();
    this.seen.clear();
    this.deletedBytes = 0;
    this.lastSeen = this.#lastSeenBefore;
  }

  beginAt(lastSeen: number): void {
    this.#lastSeenBefore = lastSeen;
    this.lastSeen = lastSeen;
  }
}
