/** What a restriction is to the lists (SMTPD_ACCESS_README): one declaration of this kind each, listed in registry.ts. */
import type {Check, Outcome} from './check.ts';

export interface Restriction {
  readonly name: string;
  /** Spellings of older releases. */
  readonly formerly?: readonly string[] | undefined;
  /** What stands behind the name in a list. */
  readonly takes?: 'table' | 'zone' | 'service' | 'seconds' | undefined;
  /** Nothing behind it in a list is ever reached, which the operator is told. */
  readonly endsList?: boolean | undefined;
  /** `argument` is '' where none is taken; `name` is as it is written in the list. */
  check(check: Check, argument: string, name: string): Outcome;
}

/** An element of a parsed list. */
export type Item =
  | {readonly kind: 'warn'}
  /** `after`: the element behind it and its argument. */
  | {
      readonly kind: 'restriction';
      readonly name: string;
      readonly restriction: Restriction;
      readonly argument: string | undefined;
      readonly after: string | undefined;
    }
  /** A table with no restriction before it. */
  | {readonly kind: 'table'; readonly name: string; readonly after: string | undefined}
  /** A restriction class, or no restriction at all. */
  | {readonly kind: 'other'; readonly name: string};
