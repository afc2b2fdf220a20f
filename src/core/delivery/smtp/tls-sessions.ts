/**
 * TLS sessions that a server may take up again, for as long as postconf(5) smtp_tls_session_cache_timeout says: each
 * with what was found out about the server's certificate, which is not sent a second time. They are kept in memory,
 * whichever table smtp_tls_session_cache_database names.
 */
import type {X509Certificate} from 'node:crypto';
import type {Verdict} from './tls-verdict.ts';

interface Kept {
  session: Buffer | undefined;
  finding: Finding | undefined;
  readonly until: number;
}
export interface Finding {
  readonly verdict: Verdict;
  readonly certificate: X509Certificate | undefined;
}

/** Servers that are remembered; the oldest is forgotten for a new one. */
const MAX_KEPT = 1000;

export class TlsSessions {
  readonly #lifetimeMs: number;
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept>();

  /** `lifetimeMs` 0: nothing is kept. */
  constructor(lifetimeMs: number, now: () => number) {
    this.#lifetimeMs = lifetimeMs;
    this.#now = now;
  }

  /** Only with a finding: a session whose certificate was never judged is of no use. */
  find(key: string): Buffer | undefined {
    const kept = this.#alive(key);
    return kept?.finding === undefined ? undefined : kept.session;
  }

  verdict(key: string): Finding | undefined {
    return this.#alive(key)?.finding;
  }

  keep(key: string, session: Buffer): void {
    const kept = this.#alive(key) ?? this.#add(key);
    if (kept !== undefined) kept.session = session;
  }

  remember(key: string, finding: Finding): void {
    const kept = this.#alive(key) ?? this.#add(key);
    if (kept !== undefined) kept.finding = finding;
  }

  forget(key: string): void {
    this.#kept.delete(key);
  }

  #alive(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined || kept.until > this.#now()) return kept;
    this.#kept.delete(key);
    return undefined;
  }

  #add(key: string): Kept | undefined {
    if (this.#lifetimeMs <= 0) return undefined;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size < MAX_KEPT) break;
      this.#kept.delete(oldest);
    }
    const kept = {session: undefined, finding: undefined, until: this.#now() + this.#lifetimeMs};
    this.#kept.set(key, kept);
    return kept;
  }
}
