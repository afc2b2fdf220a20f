/**
 * Extra fields of a lookup, in the order in which they came; a second value takes the place of the first. What a lookup
 * that failed has set can be taken back.
 */
export class AuthFields {
  #values = new Map<string, string>();
  #kept: ReadonlyMap<string, string> = new Map();

  get size(): number {
    return this.#values.size;
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  set(name: string, value: string): void {
    this.#values.set(name, value);
  }

  delete(name: string): void {
    this.#values.delete(name);
  }

  entries(): ReadonlyMap<string, string> {
    return this.#values;
  }

  /** What is there now stays. */
  keep(): void {
    this.#kept = new Map(this.#values);
  }

  /** Back to what was kept. */
  revert(): void {
    this.#values = new Map(this.#kept);
  }
}

/** `a=b c`: a field without value is there, and empty. Parted by blanks and tabs. */
export function* splitFields(text: string): Iterable<readonly [name: string, value: string]> {
  for (const field of text.split(/[ \t]/)) {
    const equals = field.indexOf('=');
    const name = equals < 0 ? field : field.slice(0, equals);
    if (name !== '') yield [name, equals < 0 ? '' : field.slice(equals + 1)];
  }
}
