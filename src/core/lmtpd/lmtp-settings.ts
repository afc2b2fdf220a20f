/** What of dovecot.conf LMTP sessions obey, with the real defaults. */
import type {DovecotSettings} from '../config/dovecot/dovecot-settings.ts';

export interface LmtpSettings {
  /** login_greeting. */
  readonly greeting: string;
  readonly hostName: string;
  /** recipient_delimiter: any of these; '' for none. */
  readonly recipientDelimiter: string;
  readonly savesToDetailMailbox: boolean;
  readonly addsReceivedHeader: boolean;
  readonly deliveryAddress: 'none' | 'final' | 'original';
  readonly checksQuotaEarly: boolean;
  /** 0: no limit. */
  readonly userConcurrencyLimit: number;
  readonly workarounds: ReadonlySet<string>;
  /** lda_mailbox_autocreate, lda_mailbox_autosubscribe. */
  readonly createsMailboxes: boolean;
  readonly subscribesMailboxes: boolean;
  /** quota_full_tempfail: a full mailbox is the sender's trouble for now only. */
  readonly isFullTemporary: boolean;
  readonly deliverLogFormat: string;
  /** mail_temp_dir: where a message lies while it is received. */
  readonly spoolFolder: string;
  readonly inactivityMilliseconds: number;
}

export const lmtpDefaults: LmtpSettings = {
  greeting: 'Dovecot (Debian) ready.',
  hostName: 'localhost',
  recipientDelimiter: '+',
  savesToDetailMailbox: false,
  addsReceivedHeader: true,
  deliveryAddress: 'final',
  checksQuotaEarly: false,
  userConcurrencyLimit: 0,
  workarounds: new Set(),
  createsMailboxes: false,
  subscribesMailboxes: false,
  isFullTemporary: false,
  deliverLogFormat: 'msgid=%m: %$',
  spoolFolder: '/tmp',
  inactivityMilliseconds: 5 * 60_000,
};

export function dovecotLmtpSettings(settings: DovecotSettings, hostName: string): LmtpSettings {
  return {
    greeting: settings.get('login_greeting'),
    hostName: settings.get('hostname') || hostName,
    recipientDelimiter: settings.get('recipient_delimiter'),
    savesToDetailMailbox: settings.get('lmtp_save_to_detail_mailbox'),
    addsReceivedHeader: settings.get('lmtp_add_received_header'),
    deliveryAddress: settings.get('lmtp_hdr_delivery_address'),
    checksQuotaEarly: settings.get('lmtp_rcpt_check_quota'),
    userConcurrencyLimit: settings.get('lmtp_user_concurrency_limit'),
    workarounds: new Set(settings.get('lmtp_client_workarounds').split(/[ ,]+/).filter(Boolean)), // prettier-ignore
    createsMailboxes: settings.get('lda_mailbox_autocreate'),
    subscribesMailboxes: settings.get('lda_mailbox_autosubscribe'),
    isFullTemporary: settings.get('quota_full_tempfail'),
    deliverLogFormat: settings.get('deliver_log_format'),
    spoolFolder: settings.get('mail_temp_dir'),
    inactivityMilliseconds: lmtpDefaults.inactivityMilliseconds,
  };
}
