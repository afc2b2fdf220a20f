/** What a store has to know, filled from dovecot.conf by who opens it; %variables are expanded already. */
import type {Clock} from '../base/clock.ts';

export interface BoxSettings {
  readonly name: string;
  /** `\Sent` ... */
  readonly specialUse: readonly string[];
  readonly auto: 'no' | 'create' | 'subscribe';
}

export interface NamespaceSettings {
  readonly type: 'private' | 'shared' | 'public';
  readonly prefix: string;
  /** '' : the layout's own. */
  readonly separator: string;
  readonly inbox: boolean;
  readonly hidden: boolean;
  readonly list: 'yes' | 'no' | 'children';
  readonly subscriptions: boolean;
  /** '' : the store's mail_location. */
  readonly location: string;
  readonly mailboxes: readonly BoxSettings[];
}

/** plugin { quota_rule = *:storage=1G:messages=1000 }: limits in bytes and messages; undefined: none. */
export interface QuotaSettings {
  readonly name: string;
  readonly backend: 'count' | 'maildir';
  readonly rules: readonly QuotaRule[];
  /** quota_grace in bytes. */
  readonly graceBytes: number;
}

export interface QuotaRule {
  /** `*` for all, or a mailbox with `*` and `?`. */
  readonly mailbox: string;
  readonly ignore: boolean;
  readonly storageBytes?: number | undefined;
  readonly messages?: number | undefined;
  /** Added to the limits of `*` for mail that goes here. */
  readonly extraStorageBytes?: number | undefined;
  readonly extraMessages?: number | undefined;
}

export interface StoreSettings {
  readonly user: string;
  readonly home: string;
  /** mail_location; '' finds out. */
  readonly location: string;
  /** Where `mbox:` INBOX lies when mail_location is found out: `/var/mail/USER`. */
  readonly inboxSpool: string;
  readonly namespaces: readonly NamespaceSettings[];
  readonly quotas: readonly QuotaSettings[];
  readonly hostName: string;
  readonly clock: Clock;
  readonly fsync: 'optimized' | 'always' | 'never';
  readonly saveCrlf: boolean;
  readonly maxKeywordLength: number;
  readonly maildir: {
    readonly copyWithHardlinks: boolean;
    readonly emptyNew: boolean;
    readonly brokenFilenameSizes: boolean;
  };
  readonly mbox: {
    /** mbox_write_locks: reading takes them, too, because what is read may have to be numbered. */
    readonly writeLocks: readonly string[];
    readonly lockTimeoutSeconds: number;
    readonly dotlockChangeTimeoutSeconds: number;
  };
  /** mail_attribute_dict = file:PATH; undefined: there is no METADATA. */
  readonly attributeFile?: string | undefined;
}
