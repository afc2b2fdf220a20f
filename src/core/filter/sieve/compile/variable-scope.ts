/** The variables of one script by number (RFC 5229): a name is declared by its first use, whatever its case. */
export class VariableScope {
  readonly #numbers = new Map<string, number>();
  readonly #globals = new Set<string>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The number of a variable; undefined when there are too many. */
  declare(name: string): number | undefined {
    const key = name.toLowerCase();
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#numbers.size >= this.#limit) return undefined;
    const number = this.#numbers.size;
    this.#numbers.set(key, number);
    return number;
  }

  isDeclared(name: string): boolean {
    return this.#numbers.has(name.toLowerCase());
  }

  /** RFC 6609: the name means the variable all scripts share. */
  makeGlobal(name: string): void {
    this.#globals.add(name.toLowerCase());
  }

  isGlobal(name: string): boolean {
    return this.#globals.has(name.toLowerCase());
  }

  get names(): readonly string[] {
    return [...this.#numbers.keys()];
  }
}

/** RFC 5229 section 3: a letter or underscore, then letters, digits and underscores; up to 64 bytes in Pigeonhole. */
export function isIdentifier(name: string): boolean {
  return name.length <= MAX_IDENTIFIER && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

const MAX_IDENTIFIER = 64;
/** RFC 5229 section 3.2 asks for ten at least. */
export const MAX_MATCH_VALUES = 32;
