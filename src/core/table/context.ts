/** What tables are opened with. Everything is optional: without anything, keys are folded and taken for UTF-8. */
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import type {Table} from './table.ts';

export interface TableContext {
  /** For smtputf8_enable. */
  readonly config?: Config | undefined;
  readonly log?: Log | undefined;
  /** Hears of warnings instead of the log: the tools print them. */
  readonly warn?: ((text: string) => void) | undefined;
  /** Hears what the original's database library prints by itself, line by line. */
  readonly complain?: ((line: string) => void) | undefined;
  /** Fixed keys are compared without regard to case; default true. postmap -f turns it off. */
  readonly foldsKeys?: boolean | undefined;
  /** Keys and values must be UTF-8, and fold as such; default postconf(5) smtputf8_enable. */
  readonly utf8?: boolean | undefined;
  /** postmap -F: values are names of files, and base64 of their content in a database. */
  readonly valuesAreFiles?: boolean | undefined;
  /** Whether the keys of a database end with a zero byte; default: both are found. */
  readonly terminator?: Terminator | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Between 0 and 1, for randmap. */
  readonly random?: (() => number) | undefined;
  /** Milliseconds, for how often files are looked at. */
  readonly now?: (() => number) | undefined;
  /** Opens although the table can't be: each look-up then fails, and tries again. What a daemon wants. */
  readonly opensLater?: boolean | undefined;
}

export type Terminator = 'either' | 'always' | 'never';

export function warnOf(context: TableContext): (text: string) => void {
  const {warn, log} = context;
  return warn ?? (text => log?.warning(text));
}

export function isUtf8Wanted(context: TableContext): boolean {
  return context.utf8 ?? context.config?.get('smtputf8_enable') ?? true;
}

/** Opens a table named inside another one's name. */
export type OpenTable = (name: string, context: TableContext) => Table;

/** A row of the registry. */
export interface TableType {
  readonly type: string;
  /** One line for the manual: where the entries are and how they match. */
  readonly summary: string;
  /** `argument` is what follows the colon. Throws `TableError` in the original's words. */
  open(argument: string, context: TableContext, openTable: OpenTable): Table;
}
