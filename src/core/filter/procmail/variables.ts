/** The variables of an rc file, which are the environment of the programs it runs. Kept in the order of their assignment. */
import type {ProcmailLog} from './log.ts';

export class Variables {
  readonly #values: Map<string, string>;
  readonly #log: ProcmailLog;

  constructor(log: ProcmailLog, values: Iterable<readonly [string, string]> = []) {
    this.#log = log;
    this.#values = new Map(values);
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** '' when there is none. */
  text(name: string): string {
    return this.#values.get(name) ?? '';
  }

  /** Values end at a NUL, as in the original. */
  set(name: string, value: string): void {
    this.#log.tell('Assigning', `${name}=${value}`);
    this.put(name, value);
  }

  /** Without a word in the log. */
  put(name: string, value: string): void {
    const nul = value.indexOf('\0');
    this.#values.delete(name);
    this.#values.set(name, nul < 0 ? value : value.slice(0, nul));
  }

  remove(name: string): void {
    this.#log.tell('Assigning', name);
    this.#values.delete(name);
  }

  drop(name: string): void {
    this.#values.delete(name);
  }

  entries(): ReadonlyMap<string, string> {
    return this.#values;
  }
}
