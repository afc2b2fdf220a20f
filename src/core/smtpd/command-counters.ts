/** How often a session used each command, and how often it went well: the last line of a session's log. */
export class CommandCounters {
  readonly #all = new Map<string, number>();
  readonly #good = new Map<string, number>();

  count(name: string, isGood: boolean): void {
    this.#all.set(name, (this.#all.get(name) ?? 0) + 1);
    if (isGood) this.#good.set(name, (this.#good.get(name) ?? 0) + 1);
  }

  /** Something that was counted as good went wrong after all: the content behind DATA. */
  spoil(name: string): void {
    this.#good.set(name, (this.#good.get(name) ?? 1) - 1);
  }

  /** ` ehlo=1 mail=1/2 commands=2/3`: good ones, and all of them where some were not. */
  toString(): string {
    let text = '';
    let good = 0;
    let all = 0;
    for (const name of ORDER) {
      const count = this.#all.get(name);
      if (count === undefined) continue;
      const goodOnes = this.#good.get(name) ?? 0;
      good += goodOnes;
      all += count;
      text += ` ${name}=${ratio(goodOnes, count)}`;
    }
    return `${text} commands=${all === 0 ? '0/0' : ratio(good, all)}`;
  }
}

function ratio(good: number, all: number): string {
  return good === all ? String(good) : `${good}/${all}`;
}

const ORDER = [
  'helo',
  'ehlo',
  'xclient',
  'xforward',
  'starttls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'bdat',
  'rset',
  'noop',
  'vrfy',
  'etrn',
  'quit',
  'unknown',
] as const;
