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

export class SortMemory {
  readonly #columns = new Map<SortName, Map<number, SortValue>>();

  /** Values by UID: what is missing is for the caller to put there. */
  columns(names: readonly SortName[]): Map<number, SortValue>[] {
    let values = 0;
    for (const column of this.#columns.values()) values += column.size;
    if (values > MOST_VALUES) this.#columns.clear();
    return names.map(name => this.#column(name));
  }

  #column(name: SortName): Map<number, SortValue> {
    let column = this.#columns.get(name);
    if (column === undefined) this.#columns.set(name, (column = new Map()));
    return column;
  }
}
