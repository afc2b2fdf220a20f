/**
 * What a look-up table is to the rest of the engine (postmap(1), DATABASE_README). Keys and values are byte strings.
 * "Not found" is undefined; "could not look" throws `TableError`, and the mail waits.
 */
export interface Table {
  /** As configured: `hash:/etc/aliases`, `inline:{a=b}`. */
  readonly name: string;
  /** As the original's warnings call it, with the database file for the types that have one: `hash:/etc/aliases.db`. */
  readonly label?: string;
  /**
   * Matched by pattern or network, not by fixed key (regexp, pcre, cidr): the whole address is the only key
   * asked for, and it is not case-folded by the caller.
   */
  readonly isPattern: boolean;
  lookup(key: string): Found | undefined | Promise<Found | undefined>;
  /** All entries, in the table's own order; absent for the types that can't list them. */
  entries?(): Iterable<readonly [key: string, value: string]>;
  close(): void;
}

export interface Found {
  readonly value: string;
  /** Where the entry stands, as far as the type can say. */
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

/**
 * The table could not be opened (the message is what the original says after `fatal: `), or not be asked (the message
 * is the reason, and may be empty): missing or damaged file, a process that does not answer.
 */
export class TableError extends Error {
  override readonly name = 'TableError';
  readonly table: string;

  constructor(table: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.table = table;
  }
}

/** The table gives answers that are none: a matter for the operator, which time does not mend. */
export class UnusableTable extends TableError {}

/** Was an unusable table at the bottom of it? */
export function isUnusable(fault: unknown): boolean {
  for (let at = fault; at instanceof Error; at = at.cause) if (at instanceof UnusableTable) return true;
  return false;
}
