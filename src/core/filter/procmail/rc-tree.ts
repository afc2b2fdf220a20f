/**
 * What an rc file consists of, with line numbers: the parser's result, which the interpreter runs and the checker reads.
 * Words are kept as text and read anew when they are run, because what they mean changes.
 */

/** A piece of the file that `readWords` reads. */
export interface Words {
  readonly source: string;
  /** Said whenever it is read, run or not: `Unexpected EOL`. */
  readonly complaints: readonly string[];
}

export type RcItem =
  Assignment | Recipe | {readonly kind: 'skipped'; readonly line: number; readonly text: string} | StrayBrace;

export interface StrayBrace {
  readonly kind: 'stray-brace';
  readonly line: number;
}

export interface Assignment {
  readonly kind: 'assignment';
  readonly line: number;
  readonly name: string;
  /** Undefined: the variable is removed. */
  readonly value: Words | undefined;
}

export interface Recipe {
  readonly kind: 'recipe';
  readonly line: number;
  /** What follows the first colon: `0 flags : lockfile`. */
  readonly header: Words;
  readonly conditions: readonly Condition[];
  readonly action: Action;
}

export interface Condition {
  readonly line: number;
  /** With its continuation lines, backslashes and all; without the `*`. */
  readonly text: string;
}

export type Action =
  | {readonly kind: 'folder'; readonly line: number; readonly first: string; readonly rest: Words}
  | {readonly kind: 'pipe'; readonly line: number; readonly capture: string | undefined; readonly command: string}
  | {readonly kind: 'forward'; readonly line: number; readonly capture: string | undefined; readonly addresses: Words}
  | {readonly kind: 'block'; readonly line: number; readonly items: readonly RcItem[]; readonly isClosed: boolean}
  /** The next recipe began, or the file ended. */
  | {readonly kind: 'missing' | 'incomplete'; readonly line: number};
