/** What SORT asked before, kept while a mailbox is in use: messages don't change. */

export type SortName =
  | 'arrival'
  | 'cc'
  | 'date'
  | 'display-from'
  | 'display-to'
  | 'from'
  | 'size'
  | 'subject'
  | 'to'
  /** All are equal. */
  | 'none';

/** Texts are byte strings. */
export type SortValue = number | string;

/** Of all columns together; beyond it all is forgotten, and made anew. */
const MOST_VALUES = 1_000_000;

/** Values by UID, and which place each has among them. */
export class SortColumn {
  readonly #values = new Map<number, SortValue>();
  #ranks: ReadonlyMap<number, number> | undefined;
  /** How many different values there are, when `ranks` was asked for last. */
  distinct = 0;

  get size(): number {
    return this.#values.size;
  }

  has(uid: number): boolean {
    return this.#values.has(uid);
  }

  set(uid: number, value: SortValue): void {
    this.#values.set(uid, value);
    this.#ranks = undefined;
  }

  /** By UID, from 0. */
  get ranks(): ReadonlyMap<number, number> {
    if (this.#ranks !== undefined) return this.#ranks;
    const distinct = [...new Set(this.#values.values())].sort(compare);
    const rankOf = new Map(distinct.map((value, rank) => [value, rank]));
    this.distinct = distinct.length;
    this.#ranks = new Map(Array.from(this.#values, ([uid, value]) => [uid, rankOf.get(value) ?? 0]));
    return this.#ranks;
  }
}

function compare(a: SortValue, b: SortValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return a === b ? 0 : a < b ? -1 : 1;
}

export class SortMemory {
  readonly #columns = new Map<SortName, SortColumn>();

  /** What is missing is for the caller to put there. */
  columns(names: readonly SortName[]): SortColumn[] {
    let values = 0;
    for (const column of this.#columns.values()) values += column.size;
    if (values > MOST_VALUES) this.#columns.clear();
    return names.map(name => this.#column(name));
  }

  #column(name: SortName): SortColumn {
    let column = this.#columns.get(name);
    if (column === undefined) this.#columns.set(name, (column = new SortColumn()));
    return column;
  }
}
