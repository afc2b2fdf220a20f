/** The runtime trace of `sieve-test -t`: what is told from which level on, and how a line looks. */
export const TRACE_ACTIONS = 1;
export const TRACE_COMMANDS = 2;
export const TRACE_TESTS = 3;
export const TRACE_MATCHING = 4;

export const TRACE_LEVELS: ReadonlyMap<string, number> = new Map([
  ['none', 0],
  ['actions', TRACE_ACTIONS],
  ['commands', TRACE_COMMANDS],
  ['tests', TRACE_TESTS],
  ['matching', TRACE_MATCHING],
]);

export interface Tracer {
  readonly level: number;
  readonly isDebug: boolean;
  write(line: string): void;
}

/** `line` 0 leaves the number out. */
export function traceLine(line: number, depth: number, text: string): string {
  return `${line > 0 ? `${String(line).padStart(4)}: ` : '      '}${'  '.repeat(depth)}${text}`;
}
