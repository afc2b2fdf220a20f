/**
 * What passdbs and userdbs answered, for a while (auth_cache_size, auth_cache_ttl, auth_cache_negative_ttl). When it is full, what
 * has not been asked for longest goes. A password that was right lately and is wrong now is looked up anew at once.
 */
import type {PassdbEntry} from './passdb.ts';
import type {UserdbEntry} from './userdb.ts';

interface Kept<Entry> {
  readonly entry: Entry;
  readonly since: number;
  readonly sizeBytes: number;
  wasRight: boolean;
}

export interface AuthCacheOptions {
  readonly sizeBytes: number;
  readonly ttlSeconds: number;
  readonly negativeTtlSeconds: number;
  readonly now: () => number;
}

/** What an entry costs beside its text, about. */
const OVERHEAD_BYTES = 100;

export class AuthCache {
  readonly #options: AuthCacheOptions;
  readonly #kept = new Map<string, Kept<PassdbEntry | UserdbEntry>>();
  #sizeBytes = 0;

  constructor(options: AuthCacheOptions) {
    this.#options = options;
  }

  passdbEntry(key: string): PassdbEntry | undefined {
    return this.#get(key) as PassdbEntry | undefined; // keys of passdbs and userdbs differ in their first letter
  }

  userdbEntry(key: string): UserdbEntry | undefined {
    return this.#get(key) as UserdbEntry | undefined; // as above
  }

  /** Answers the entry, which can be read more than once then. */
  addPassdbEntry(key: string, entry: PassdbEntry): PassdbEntry {
    if (entry.kind !== 'found' && entry.kind !== 'unknown') return entry;
    const kept = entry.kind === 'found' ? {...entry, fields: [...entry.fields]} : entry;
    this.#add(key, kept, kept.kind === 'found' ? [['', kept.password ?? ''], ...kept.fields] : []);
    return kept;
  }

  addUserdbEntry(key: string, entry: UserdbEntry): UserdbEntry {
    if (entry.kind === 'broken') return entry;
    const kept = entry.kind === 'found' ? {...entry, fields: [...entry.fields]} : entry;
    this.#add(key, kept, kept.kind === 'found' ? kept.fields : []);
    return kept;
  }

  markRight(key: string): void {
    const kept = this.#kept.get(key);
    if (kept !== undefined) kept.wasRight = true;
  }

  /** Answers whether the password of this entry was right once; it is forgotten then. */
  forgetIfRight(key: string): boolean {
    const kept = this.#kept.get(key);
    if (kept?.wasRight !== true) return false;
    this.#delete(key, kept);
    return true;
  }

  /** Of these users, or all; answers how many entries went (doveadm auth cache flush). */
  flush(users: readonly string[] = []): number {
    let count = 0;
    for (const [key, kept] of this.#kept) {
      if (users.length > 0 && !users.includes(key.slice(key.lastIndexOf('\t') + 1))) continue;
      this.#delete(key, kept);
      count++;
    }
    return count;
  }

  #get(key: string): PassdbEntry | UserdbEntry | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    const {ttlSeconds, negativeTtlSeconds, now} = this.#options;
    const seconds = kept.entry.kind === 'unknown' ? negativeTtlSeconds : ttlSeconds;
    this.#kept.delete(key);
    if (now() - kept.since >= seconds * 1000) {
      this.#sizeBytes -= kept.sizeBytes;
      return undefined;
    }
    this.#kept.set(key, kept); // asked for last
    return kept.entry;
  }

  #add(key: string, entry: PassdbEntry | UserdbEntry, fields: Iterable<readonly [string, string]>): void {
    let sizeBytes = key.length + OVERHEAD_BYTES;
    for (const [name, value] of fields) sizeBytes += name.length + value.length + 2;
    const old = this.#kept.get(key);
    if (old !== undefined) this.#delete(key, old);
    if (sizeBytes > this.#options.sizeBytes) return;
    this.#kept.set(key, {entry, since: this.#options.now(), sizeBytes, wasRight: false});
    this.#sizeBytes += sizeBytes;
    for (const [oldest, kept] of this.#kept) {
      if (this.#sizeBytes <= this.#options.sizeBytes) break;
      this.#delete(oldest, kept);
    }
  }

  #delete(key: string, kept: Kept<PassdbEntry | UserdbEntry>): void {
    this.#kept.delete(key);
    this.#sizeBytes -= kept.sizeBytes;
  }
}
