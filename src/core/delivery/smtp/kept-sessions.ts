/**
 * Sessions that wait for the next message, found by their server's endpoint or by the next hop they were opened for
 * (CONNECTION_CACHE_README). Each waits for a time, and is then taken leave of.
 */
import type {Session} from './session.ts';

export interface KeepRules {
  readonly idleSeconds: number;
  /** From the opening on. */
  readonly ageSeconds: number;
  /** 0: no limit. */
  readonly useLimit: number;
}

interface Kept {
  readonly session: Session;
  readonly keys: readonly string[];
  readonly timer: NodeJS.Timeout;
}

export class KeptSessions {
  readonly #rules: KeepRules;
  readonly #now: () => number;
  readonly #leave: (session: Session) => void;
  readonly #byKey = new Map<string, Set<Kept>>();

  constructor(rules: KeepRules, now: () => number, leave: (session: Session) => void) {
    this.#rules = rules;
    this.#now = now;
    this.#leave = leave;
  }

  /** May it carry one more message after this one? */
  admits(session: Session): boolean {
    const {ageSeconds, useLimit} = this.#rules;
    if (session.isSpent || !session.isKeepable || session.connection.isLost) return false;
    if (useLimit > 0 && session.uses >= useLimit) return false;
    return this.#now() - session.openedAt < ageSeconds * 1000;
  }

  keep(session: Session, keys: readonly string[]): void {
    const timer = setTimeout(() => {
      this.#drop(kept);
      this.#leave(session);
    }, this.#rules.idleSeconds * 1000);
    timer.unref();
    const kept: Kept = {session, keys, timer};
    for (const key of keys) this.#list(key).add(kept);
    session.connection.setIdle(true);
  }

  /** One that is still good, for whoever would log in in the same way. */
  take(key: string, login: string): Session | undefined {
    for (const kept of this.#byKey.get(key) ?? []) {
      const {session} = kept;
      if (session.login !== login) continue;
      this.#drop(kept);
      if (session.connection.isQuiet && this.#now() - session.openedAt < this.#rules.ageSeconds * 1000) {
        session.connection.setIdle(false);
        session.isReused = true;
        return session;
      }
      this.#leave(session);
    }
    return undefined;
  }

  close(): void {
    for (const list of [...this.#byKey.values()])
      for (const kept of list) {
        this.#drop(kept);
        this.#leave(kept.session);
      }
  }

  #list(key: string): Set<Kept> {
    let list = this.#byKey.get(key);
    if (list === undefined) this.#byKey.set(key, (list = new Set()));
    return list;
  }

  #drop(kept: Kept): void {
    clearTimeout(kept.timer);
    for (const key of kept.keys) {
      const list = this.#byKey.get(key);
      list?.delete(kept);
      if (list?.size === 0) this.#byKey.delete(key);
    }
  }
}
