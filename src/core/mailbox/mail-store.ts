/**
 * All mail of one user: the namespaces, the mailboxes in them, subscriptions, quota and annotations. Opened after a
 * login or for a delivery, from dovecot.conf's settings (`open-store.ts`); closed at the end.
 *
 * Mailbox names are byte strings in UTF-8 with the separator of their namespace; INBOX is found in any case. IMAP's
 * modified UTF-7 is the protocol's business (mutf7.ts).
 */
import type {Mailbox, SavedUids} from './mailbox.ts';

export interface Namespace {
  readonly prefix: string;
  readonly separator: string;
  readonly type: 'private' | 'shared' | 'public';
  readonly isInbox: boolean;
  readonly isHidden: boolean;
  /** `list = yes`, `no`, `children`. */
  readonly list: 'yes' | 'no' | 'children';
  readonly hasSubscriptions: boolean;
}

/** One line of LIST. */
export interface ListedMailbox {
  readonly name: string;
  readonly separator: string;
  /** Not selectable: a name that only has children, or one that is only subscribed to. */
  readonly isSelectable: boolean;
  readonly exists: boolean;
  readonly canHaveChildren: boolean;
  readonly hasChildren: boolean;
  readonly isSubscribed: boolean;
  /** A child is subscribed to (CHILDINFO of RFC 5258), where asked for. */
  readonly hasSubscribedChild: boolean;
  /** New mail since it was last opened; undefined: not known, or not asked for. */
  readonly isMarked: boolean | undefined;
  /** `\Sent`, `\Trash` ... of the configuration or of CREATE USE. */
  readonly specialUse: readonly string[];
}

export interface ListRequest {
  /** Whole patterns, the reference joined already; `*` and `%` as in RFC 3501 section 6.3.8. */
  readonly patterns: readonly string[];
  /** Begin with subscriptions (LSUB, SUBSCRIBED). */
  readonly onlySubscribed?: boolean;
  /** RECURSIVEMATCH, and LSUB's rule for `%`. */
  readonly withSubscribedParents?: boolean;
  readonly onlySpecialUse?: boolean;
  readonly wantsMarked?: boolean;
}

export interface MailboxStatus {
  readonly messages: number;
  readonly recent: number;
  readonly unseen: number;
  readonly deleted: number;
  readonly uidNext: number;
  readonly uidValidity: number;
  readonly highestModSeq: number;
  readonly guid: string;
  /** Bytes with CRLF (STATUS=SIZE); only where asked for. */
  readonly sizeBytes?: number | undefined;
}

export interface SaveOptions {
  /** Of `flagBits`, without `recent`. */
  readonly flags?: number;
  readonly keywords?: readonly string[];
  /** INTERNALDATE, milliseconds since 1970; default: now. */
  readonly received?: number | undefined;
  readonly guid?: string | undefined;
}

/** One message being saved. Bytes come as the client sent them; the format decides its line ends on disk. */
export interface MessageSink {
  /** Answers a promise when the writer should wait. */
  write(bytes: Buffer): Promise<void> | void;
  finish(): Promise<void>;
}

/** Messages that are saved all or not at all. On disk, file and name, when `commit` has come back. */
export interface SaveBatch {
  add(options: SaveOptions): Promise<MessageSink>;
  commit(): Promise<SavedUids>;
  abort(): Promise<void>;
}

export interface QuotaRoot {
  readonly name: string;
  /** Kibibytes and messages; undefined: no such limit. */
  readonly storage: {readonly used: number; readonly limit: number | undefined} | undefined;
  readonly messages: {readonly used: number; readonly limit: number | undefined} | undefined;
}

export interface MailStore {
  readonly user: string;
  readonly namespaces: readonly Namespace[];
  list(request: ListRequest): Promise<ListedMailbox[]>;
  /** The rest throw `MailError`: nonexistent, exists, invalid-name, ... */
  open(name: string, options: {readonly isReadOnly: boolean; readonly keepsRecent?: boolean}): Promise<Mailbox>;
  status(name: string, withSize: boolean): Promise<MailboxStatus>;
  create(name: string, specialUse?: readonly string[]): Promise<void>;
  delete(name: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  subscribe(name: string): Promise<void>;
  unsubscribe(name: string): Promise<void>;
  /** For APPEND, LMTP and Sieve's fileinto; a mailbox with `auto = create` is made, others must exist. */
  save(name: string): Promise<SaveBatch>;
  /** Empty where no quota is configured. */
  quota(name: string): Promise<readonly QuotaRoot[]>;
  recalculateQuota(): Promise<void>;
  /** METADATA (RFC 5464): name '' for the server; entries as `/private/comment`; undefined: not set. */
  metadata(name: string, entry: string): Promise<Buffer | undefined>;
  metadataEntries(name: string): Promise<readonly string[]>;
  setMetadata(name: string, entry: string, value: Buffer | undefined): Promise<void>;
  /** Rebuilds every cache of the mailbox from its files (doveadm force-resync). */
  resync(name: string): Promise<void>;
  /** Fills the cache (doveadm index); answers how many messages there are. */
  index(name: string, onProgress?: (done: number, total: number) => void): Promise<number>;
  /** Folder or file of the mailbox, of its control files, its index, and so on (doveadm mailbox path). */
  path(
    name: string,
    kind: 'mailbox' | 'index' | 'control' | 'alt' | 'index-private' | 'list-index',
  ): string | undefined;
  /** Calls when names or subscriptions of mailboxes may have changed (NOTIFY); without it they are looked at after commands. */
  watchList?(onChange: () => void): () => void;
  close(): Promise<void>;
}
