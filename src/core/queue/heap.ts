/** A waiting line in which the one with the lowest rank is first, whenever it came; both ends at logarithmic cost. */
export class Heap<Item> {
  #items: Item[] = [];
  readonly #rank: (item: Item) => number;

  constructor(rank: (item: Item) => number) {
    this.#rank = rank;
  }

  get length(): number {
    return this.#items.length;
  }

  /** In no particular order. */
  get items(): readonly Item[] {
    return this.#items;
  }

  peek(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    const items = this.#items;
    const rank = this.#rank(item);
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent] as Item; // parents are there
      if (this.#rank(above) <= rank) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  pop(): Item | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (items.length > 0 && last !== undefined) this.#sink(last);
    return first;
  }

  /** Leaves out what nobody waits for any more. */
  sweep(isWaiting: (item: Item) => boolean): void {
    const kept = this.#items.filter(isWaiting);
    this.#items = [];
    for (const item of kept) this.push(item);
  }

  #sink(item: Item): void {
    const items = this.#items;
    const rank = this.#rank(item);
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      const right = child + 1;
      if (right < items.length && this.#rank(items[right] as Item) < this.#rank(items[child] as Item)) child = right;
      const below = items[child] as Item; // within the bounds
      if (this.#rank(below) >= rank) break;
      items[at] = below;
      at = child;
    }
    items[at] = item;
  }
}
