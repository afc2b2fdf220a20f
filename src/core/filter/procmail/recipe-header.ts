/** The first line of a recipe, `:0 flags : lockfile`, once its variables are put in (procmailrc(5) Recipes). */

/** procmailrc(5) Recipes; the checker names what they do. */
export const RECIPE_FLAGS = {
  H: 'search the header',
  B: 'search the body',
  D: 'distinguish upper and lower case',
  A: 'only if the recipe before without A or a matched',
  a: 'as A, and only if the last recipe succeeded',
  h: 'deliver the header',
  b: 'deliver the body',
  f: 'the program is a filter',
  c: 'a carbon copy',
  w: 'wait for the program',
  W: 'wait, and do not complain of failure',
  i: 'ignore write errors',
  E: 'only if the recipe before did not match',
  e: 'only if the recipe before failed',
  r: 'raw: no empty line at the end',
} as const;

export type Flag = keyof typeof RECIPE_FLAGS;
export type Flags = ReadonlySet<Flag>;

export interface RecipeHeader {
  readonly flags: Set<Flag>;
  /** A second colon: a lock file is wanted. */
  readonly locks: boolean;
  /** Its name, when one is given. */
  readonly lockFile: string | undefined;
  /** What could not be read. */
  readonly leftover: string;
}

/** `words`: each ended by NUL, as readWords gives them. */
export function readHeader(words: string): RecipeHeader {
  const flags = new Set<Flag>();
  let at = /^[+-]?\d+/.exec(words)?.[0].length ?? 0;
  for (; at < words.length; at++) {
    const next = words.charAt(at);
    if (next === ':') return lockPart(words, at + 1, flags);
    if (isFlag(next)) flags.add(next);
    else if (next !== '\0' && next !== ' ' && next !== '\t')
      return {flags, locks: false, lockFile: undefined, leftover: joined(words, at)};
  }
  return {flags, locks: false, lockFile: undefined, leftover: ''};
}

function lockPart(words: string, from: number, flags: Set<Flag>): RecipeHeader {
  const start = words.charAt(from) === '\0' ? from + 1 : from;
  if (start >= words.length) return {flags, locks: true, lockFile: undefined, leftover: ''};
  const end = words.indexOf('\0', start);
  return {flags, locks: true, lockFile: words.slice(start, end), leftover: joined(words, end + 1)};
}

function joined(words: string, from: number): string {
  return words.slice(from, -1).replaceAll('\0', ' ');
}

function isFlag(letter: string): letter is Flag {
  return Object.hasOwn(RECIPE_FLAGS, letter);
}
