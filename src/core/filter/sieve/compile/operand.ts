/**
 * What the arguments of an operation hold after checking: text is a constant, or pieces of which some are known when
 * the script runs (RFC 5229 section 3). Plain data, so that a compiled script can be written to a file.
 */
export type TextPart =
  | string
  | {readonly variable: number; readonly name: string}
  | {readonly global: string}
  | {readonly match: number}
  | {readonly environment: string};

export type Text = string | {readonly parts: readonly TextPart[]};

/** An operation: its name, the line it stands for, and its operands. */
export interface Operation {
  readonly op: string;
  line: number;
}

/** A script made ready to run. */
export interface Program {
  readonly script: string;
  readonly operations: readonly Operation[];
  /** The names of the variables by number. */
  readonly variables: readonly string[];
  readonly extensions: readonly string[];
  /** Included scripts by their number (RFC 6609). */
  readonly includes: readonly Included[];
  /** The line behind the last operation. */
  readonly lastLine: number;
}

export interface Included {
  readonly location: 'personal' | 'global';
  readonly name: string;
  /** Undefined when the script was not there. */
  readonly program: Program | undefined;
}

export function isConstant(text: Text): text is string {
  return typeof text === 'string';
}
