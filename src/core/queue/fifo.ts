/** A waiting line: first in, first out, both ends at constant cost. */
export class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  /** Items already taken from the front of the array, which is cut now and then. */
  #taken = 0;

  get length(): number {
    return this.#items.length - this.#taken;
  }

  /** The next one, which stays. */
  peek(): Item | undefined {
    return this.#items[this.#taken];
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#taken];
    this.#items[this.#taken++] = undefined;
    if (this.#taken === this.#items.length) {
      this.#items = [];
      this.#taken = 0;
    } else if (this.#taken > CUT_AFTER && this.#taken * 2 > this.#items.length) {
      this.#items.splice(0, this.#taken);
      this.#taken = 0;
    }
    return item;
  }
}

const CUT_AFTER = 1000;
