/**
 * A mailbox as protocols see it: what IMAP, POP3, LMTP, Sieve and doveadm read and change mail through. Formats
 * (maildir/, mbox/) implement it; nothing above this room knows how mail lies on disk.
 *
 * A `Mailbox` is the view of one session: its sequence numbers change in `sync` only, so that a session decides when
 * its client hears of a change (RFC 3501 section 7.4.1). Sessions of one process share what lies below the view.
 * Faults are `MailError` (mail-error.ts); a broken disk throws what the system said.
 */

import type {SortMemory} from './search/sort-memory.ts';

/** Flags as bits of one number. `recent` belongs to the view, the others to the message. */
export const flagBits = {answered: 1, flagged: 2, deleted: 4, seen: 8, draft: 16, recent: 32} as const;

/** Numbers in ascending ranges that neither touch nor overlap; `*` has been replaced. */
export type NumberRanges = readonly (readonly [first: number, last: number])[];

/** What a message is asked for. Each costs a look into the index, or the message itself where the index lacks it. */
export interface ItemNeeds {
  readonly size?: boolean;
  readonly physicalSize?: boolean;
  readonly received?: boolean;
  readonly saved?: boolean;
  readonly envelope?: boolean;
  readonly body?: boolean;
  readonly bodyStructure?: boolean;
  readonly preview?: boolean;
  readonly guid?: boolean;
  readonly pop3Uidl?: boolean;
  /** Message-ID, References, In-Reply-To, base subject and sent date for THREAD and SORT. */
  readonly threadKeys?: boolean;
  /** What SORT compares of addresses. */
  readonly sortKeys?: boolean;
  /** Which texts a message can't have (text-grams.ts). */
  readonly grams?: boolean;
  /** Names in lower case. */
  readonly headers?: readonly string[];
  /** They are wanted together (`headerFields`), not by name. */
  readonly joinsHeaders?: boolean;
}

/** Answers to `ItemNeeds`: what was not asked for may be missing. Bytes are ready to be sent in an IMAP reply. */
export interface MessageItems {
  /** RFC822.SIZE: bytes with every line end as CRLF. */
  readonly size?: number | undefined;
  /** Bytes on disk. */
  readonly physicalSize?: number | undefined;
  /** INTERNALDATE, milliseconds since 1970. */
  readonly received?: number | undefined;
  /** SAVEDATE (RFC 8514), milliseconds since 1970. */
  readonly saved?: number | undefined;
  /** `(...)` of ENVELOPE, BODY, BODYSTRUCTURE. */
  readonly envelope?: Buffer | undefined;
  readonly body?: Buffer | undefined;
  readonly bodyStructure?: Buffer | undefined;
  /** UTF-8 text, not quoted. */
  readonly preview?: Buffer | undefined;
  /** 32 hex digits, or what the format names a message by. */
  readonly guid?: string | undefined;
  /** A UIDL that was kept from another server (uidlist `P`); undefined: pop3_uidl_format makes it. */
  readonly pop3Uidl?: string | undefined;
  readonly threadKeys?: ThreadKeys | undefined;
  readonly sortKeys?: SortKeys | undefined;
  readonly grams?: Buffer | undefined;
  /** Each field whole as it lies in the message, name and line ends (CRLF) included, in the order of the message; '' for none. */
  readonly headers?: ReadonlyMap<string, Buffer> | undefined;
  /** The same fields of all names together, in the order of the message: what BODY[HEADER.FIELDS (...)] is made of. */
  readonly headerFields?: Buffer | undefined;
}

export interface ThreadKeys {
  readonly messageId: string;
  /** Of References, or the first of In-Reply-To. */
  readonly references: readonly string[];
  /** RFC 5256 section 2.1. */
  readonly baseSubject: string;
  readonly isReplyOrForward: boolean;
  /** Date, in milliseconds since 1970; undefined where it can't be read (the received date counts then). */
  readonly sent: number | undefined;
}

/** Normalized as for searching (RFC 5256 section 3, RFC 5957), byte strings; '' where there is none. */
export interface SortKeys {
  /** The mailbox of the first address. */
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  /** Its name, else its address. */
  readonly displayFrom: string;
  readonly displayTo: string;
}

/** The bytes of one message as they lie on disk; it stays readable until `close`, also when it is expunged. */
export interface MessageReader {
  readonly sizeBytes: number;
  /** At most `length` bytes from `offset`; fewer at the end only. */
  read(offset: number, length: number): Promise<Buffer>;
  /** In pieces of bounded size; `end` exclusive. */
  stream(start?: number, end?: number): AsyncIterable<Buffer>;
  close(): void;
}

export interface FlagChange {
  readonly mode: 'add' | 'remove' | 'replace';
  /** Of `flagBits`, without `recent`. */
  readonly flags: number;
  readonly keywords: readonly string[];
  /** UNCHANGEDSINCE (RFC 7162 section 3.1.3). */
  readonly unchangedSince?: number | undefined;
}

export interface FlagOutcome {
  /** Sequence numbers that `unchangedSince` left alone. */
  readonly conflicts: readonly number[];
  /** Sequence numbers that are not there any more. */
  readonly gone: readonly number[];
}

/** What `sync` found, in the order in which a client has to hear it. */
export interface MailboxChanges {
  /** Sequence numbers as they were when each one went: descending order, so that none moves another. */
  readonly expunged: readonly number[];
  /** UIDs of the same, ascending. */
  readonly expungedUids: NumberRanges;
  /** The count after `expunged` and before new mail differs from the one now: new mail came. */
  readonly hasNewMail: boolean;
  readonly recentChanged: boolean;
  /** Sequence numbers, as they are now, of messages whose flags changed; ascending, new mail not included. */
  readonly flagged: readonly number[];
  /** The set of known keywords grew: FLAGS and PERMANENTFLAGS have to be told again. */
  readonly keywordsChanged: boolean;
  /** The mailbox is gone or has another UIDVALIDITY: the session can only end. */
  readonly isLost: boolean;
}

/** UIDs given by a copy, a move or a save, in the same order as their sources. */
export interface SavedUids {
  readonly uidValidity: number;
  readonly uids: readonly number[];
  /** Of a copy or move: which messages they were; those that went meanwhile are left out. */
  readonly sourceUids?: readonly number[];
}

export interface Mailbox {
  /** As in `MailStore`: UTF-8 bytes, the namespace's separator. */
  readonly name: string;
  readonly isReadOnly: boolean;
  readonly uidValidity: number;
  /** 32 hex digits. */
  readonly guid: string;
  readonly count: number;
  readonly recentCount: number;
  readonly uidNext: number;
  readonly highestModSeq: number;
  /** Known keywords, in the order in which they were first used. */
  readonly keywords: readonly string[];
  readonly sortMemory: SortMemory;
  /** Whether a client may make new keywords (`\*` in PERMANENTFLAGS). */
  readonly canAddKeywords: boolean;

  /** Sequence numbers are from 1 to `count`. */
  uid(sequence: number): number;
  /** 0: no message has this UID. */
  sequenceOf(uid: number): number;
  /** Messages there are among these UIDs, as sequence numbers. */
  sequencesOf(uids: NumberRanges): NumberRanges;
  /** Bits of `flagBits`. */
  flags(sequence: number): number;
  keywordsOf(sequence: number): readonly string[];
  modSeq(sequence: number): number;
  /** 0: all are seen. */
  firstUnseen(): number;

  /**
   * Takes in what others did. Expunged messages stay in the view while `mayExpunge` is false (their numbers must not
   * move under FETCH, STORE and SEARCH).
   */
  sync(mayExpunge: boolean): Promise<MailboxChanges>;
  /** Calls when there may be something for `sync`: at once for this process, by file watching for others. */
  watch(onChange: () => void): () => void;

  /** Calls `each` in order, and waits for its promise before it reads on; a message that is gone gets undefined. */
  items(
    sequences: NumberRanges,
    needs: ItemNeeds,
    each: (sequence: number, items: MessageItems | undefined) => Promise<void> | void,
  ): Promise<void>;
  /** undefined: the message is gone. */
  open(sequence: number): Promise<MessageReader | undefined>;

  /** UIDLs that were told stay theirs (pop3_save_uidl), by sequence number; missing where a format can't keep them. */
  keepPop3Uidls?(uidls: ReadonlyMap<number, string>): Promise<void>;
  setFlags(sequences: NumberRanges, change: FlagChange): Promise<FlagOutcome>;
  /** Removes these, or of these those that are deleted; `sync(true)` then tells of it. */
  expunge(sequences: NumberRanges, which: 'all' | 'deleted'): Promise<void>;
  /** To a mailbox of the same store, by its name. */
  copy(sequences: NumberRanges, target: string): Promise<SavedUids>;
  move(sequences: NumberRanges, target: string): Promise<SavedUids>;
  /** UIDs that went after this modification sequence; undefined: it reaches too far back to be known (RFC 7162 section 3.2.5.2). */
  vanishedSince(modSeq: number, uids: NumberRanges): Promise<NumberRanges | undefined>;
  /** Ends the view; \Recent is given up, nothing is expunged. */
  close(): void;
}
