/**
 * What is searched for, as a tree: made by IMAP's SEARCH (RFC 3501 section 6.4.4, RFC 5032 WITHIN, RFC 7162 MODSEQ,
 * RFC 8514 SAVEDATE) and by doveadm-search-query(7), answered by `search.ts`.
 */
import type {NumberRanges} from '../mailbox.ts';

export type SearchKey =
  | {readonly kind: 'all'}
  | {readonly kind: 'and' | 'or'; readonly keys: readonly SearchKey[]}
  | {readonly kind: 'not'; readonly key: SearchKey}
  /** Any of `flagBits`, `recent` included. */
  | {readonly kind: 'flag'; readonly flag: number}
  | {readonly kind: 'keyword'; readonly keyword: string}
  /** With `*` replaced for the mailbox at hand; `lastOnly` for a bare `*` when it is empty. */
  | {readonly kind: 'sequence' | 'uid'; readonly ranges: NumberRanges}
  /** A calendar day, as days since 1970; `zone` says in whose clock the message's date is read. */
  | {
      readonly kind: 'date';
      readonly of: 'received' | 'sent' | 'saved';
      readonly compare: 'before' | 'on' | 'since';
      readonly day: number;
      /** Milliseconds since 1970 instead of whole days (doveadm). */
      readonly at?: number | undefined;
    }
  /** Seconds before now, by the received date. */
  | {readonly kind: 'age'; readonly compare: 'older' | 'younger'; readonly seconds: number}
  | {readonly kind: 'size'; readonly compare: 'larger' | 'smaller'; readonly bytes: number}
  /** `name` in lower case; `text` in UTF-8 bytes, '' asks whether there is such a field. */
  | {
      readonly kind: 'header';
      readonly name: string;
      readonly text: Buffer;
      /** FROM and the like look at addresses written anew, SUBJECT takes blanks in a row as one; default: as it stands. */
      readonly form?: 'plain' | 'blanks' | 'addresses' | undefined;
    }
  | {readonly kind: 'body' | 'text'; readonly text: Buffer}
  | {readonly kind: 'modseq'; readonly atLeast: number}
  | {readonly kind: 'guid'; readonly guid: string}
  /** `$`: the saved result of the session (RFC 5182), as UIDs. */
  | {readonly kind: 'saved-result'}
  /** INTHREAD (doveadm, Dovecot's IMAP). */
  | {readonly kind: 'in-thread'; readonly algorithm: 'REFS' | 'REFERENCES' | 'ORDEREDSUBJECT'; readonly key: SearchKey};
