/**
 * LIST's patterns (RFC 3501 section 6.3.8): `*` matches anything, `%` anything but the separator; INBOX in any case.
 * Linear in name times pattern: a row of states, no backtracking.
 */
export class ListPattern {
  readonly #pattern: string;
  readonly #separator: string;

  constructor(pattern: string, separator: string) {
    this.#pattern = withInbox(pattern, separator);
    this.#separator = separator;
  }

  matches(name: string): boolean {
    const pattern = this.#pattern;
    let states = this.#closure([0]);
    for (let at = 0; at < name.length && states.length > 0; at++) {
      const next: number[] = [];
      for (const state of states) {
        const want = pattern[state];
        if (want === '*' || (want === '%' && name[at] !== this.#separator)) next.push(state);
        else if (want === name[at] && want !== '%') next.push(state + 1);
      }
      states = this.#closure(next);
    }
    return states.includes(pattern.length);
  }

  /** Wildcards may match nothing. */
  #closure(states: readonly number[]): number[] {
    const all = new Set<number>();
    for (let state of states) {
      all.add(state);
      while (this.#pattern[state] === '*' || this.#pattern[state] === '%') all.add(++state);
    }
    return [...all];
  }
}

/** INBOX, alone or with children, is written in capitals here and in names. */
function withInbox(pattern: string, separator: string): string {
  const head = pattern.slice(0, 5);
  const next = pattern[5];
  const isInbox = head.toUpperCase() === 'INBOX' && (next === undefined || next === separator);
  return isInbox ? `INBOX${pattern.slice(5)}` : pattern;
}
