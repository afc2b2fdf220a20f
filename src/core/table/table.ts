/**
 * What a look-up table is to the rest of the engine (postmap(1), DATABASE_README). Keys and values are byte strings.
 * "Not found" is undefined; "could not look" throws `TableError`, and the mail waits.
 */
export interface Table {
  /** As configured: `hash:/etc/aliases`, `inline:{a=b}`. */
  readonly name: string;
  /**
   * Matched by pattern or network, not by fixed key (regexp, pcre, cidr): the whole address is the only key
   * asked for, and it is not case-folded by the caller.
   */
  readonly isPattern: boolean;
  lookup(key: string): Found | undefined | Promise<Found | undefined>;
  close(): void;
}

export interface Found {
  readonly value: string;
  /** Where the entry stands, as far as the type can say. */
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

/** The table could not be asked: missing or damaged file, a process that does not answer. */
export class TableError extends Error {
  override readonly name = 'TableError';
  readonly table: string;

  constructor(table: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.table = table;
  }
}
