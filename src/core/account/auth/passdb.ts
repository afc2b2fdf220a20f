/** What a passdb driver is: where the passwords and fields of those who log in are looked up. */
import type {AuthRequest} from './request.ts';

export type PassdbEntry =
  /** `password`: as it is kept; undefined where there is none. `fields` are extra fields, `userdb_...` among them. */
  | {
      readonly kind: 'found';
      readonly password: string | undefined;
      readonly fields: Iterable<readonly [name: string, value: string]>;
    }
  /** The driver compared the password itself, and it was right. */
  | {readonly kind: 'verified'; readonly fields: Iterable<readonly [name: string, value: string]>}
  | {readonly kind: 'mismatch'}
  /** `isTold`: the log has it already. */
  | {readonly kind: 'unknown'; readonly isTold?: boolean}
  | {readonly kind: 'expired'}
  /** There is such a user, who may not log in. */
  | {readonly kind: 'disabled'}
  /** It could not be looked up; `text` is for the log, '' where it has been told. */
  | {readonly kind: 'broken'; readonly text: string};

export interface Passdb {
  /** How log lines name it. */
  readonly title: string;
  /** Of a password that names none. */
  readonly defaultScheme: string;
  /** `plain`: the password that was given; undefined when only the entry is wanted. */
  lookup(request: AuthRequest, plain: string | undefined): Promise<PassdbEntry> | PassdbEntry;
  /** What its answers depend on besides the name, for auth_cache_size; undefined: they are not cached. */
  readonly cacheKey?: string | undefined;
  /** Every stored password, with a version that changes when they do: what may be offered depends on them. */
  readonly stored?: {readonly version: unknown; all(): Iterable<string>} | undefined;
}

/** How a lookup in one passdb, or in all of them, ended. */
export type PassdbResult =
  | 'ok'
  | 'mismatch'
  | 'unknown'
  | 'disabled'
  | 'expired'
  | 'broken'
  /** Kept in a form that the mechanism can't use. */
  | 'scheme'
  /** The entry has `noauthenticate`. */
  | 'next';
