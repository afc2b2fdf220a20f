/** Stands for a table that could not be opened: each look-up tries again, and fails with a warning until that works. */
import {type TableContext, warnOf} from './context.ts';
import {type Found, type Table, TableError} from './table.ts';

const PATIENCE_MS = 1000;

export class LateTable implements Table {
  readonly name: string;
  readonly #open: () => Table;
  readonly #warn: (text: string) => void;
  readonly #now: () => number;
  #table: Table | undefined;
  #why: string;
  #triedAt: number;

  constructor(name: string, fault: TableError, open: () => Table, context: TableContext) {
    this.name = name;
    this.#why = fault.message;
    this.#open = open;
    this.#warn = warnOf(context);
    this.#now = context.now ?? (() => performance.now());
    this.#triedAt = this.#now();
    context.log?.error(fault.message);
  }

  get label(): string {
    return this.#table?.label ?? this.name;
  }
  get isPattern(): boolean {
    return this.#table?.isPattern ?? false;
  }

  lookup(key: string): Found | undefined | Promise<Found | undefined> {
    const table = (this.#table ??= this.#try());
    if (table !== undefined) return table.lookup(key);
    this.#warn(`${this.name} is unavailable. ${this.#why}`);
    throw new TableError(this.name, this.#why);
  }

  close(): void {
    this.#table?.close();
  }

  #try(): Table | undefined {
    const now = this.#now();
    if (now - this.#triedAt < PATIENCE_MS) return undefined;
    this.#triedAt = now;
    try {
      return this.#open();
    } catch (fault) {
      if (!(fault instanceof TableError)) throw fault;
      this.#why = fault.message;
      return undefined;
    }
  }
}
