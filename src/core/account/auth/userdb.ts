/** What a userdb driver is: where uid, gid, home and mail of a user are looked up. */
import type {AuthRequest} from './request.ts';

export type UserdbEntry =
  | {readonly kind: 'found'; readonly fields: Iterable<readonly [name: string, value: string]>}
  /** `isTold`: the log has it already, or need not. */
  | {readonly kind: 'unknown'; readonly isTold?: boolean}
  | {readonly kind: 'broken'; readonly text: string};

export interface Userdb {
  readonly title: string;
  lookup(request: AuthRequest): Promise<UserdbEntry> | UserdbEntry;
  /** Names, for wildcards and -A; undefined: this driver can't list them. Throws when they can't be read. */
  list?(): Iterable<string>;
  readonly cacheKey?: string | undefined;
}
