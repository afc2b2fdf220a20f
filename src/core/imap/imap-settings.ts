/** What of dovecot.conf (and of the service) IMAP sessions obey, with the real defaults. */
export interface ImapSettings {
  /** imap_max_line_length: of a command line with its small literals. */
  readonly maxLineLength: number;
  /** imap_idle_notify_interval in milliseconds; 0: never. */
  readonly idleNotifyMilliseconds: number;
  /** imap_capability: '' for ours, `+X` in addition, else instead of it. */
  readonly capability: string;
  /** imap_client_workarounds. */
  readonly clientWorkarounds: ReadonlySet<'delay-newmail' | 'tb-extra-mailbox-sep' | 'tb-lsub-flags'>;
  /** imap_logout_format. */
  readonly logoutFormat: string;
  /** imap_id_send, imap_id_log. */
  readonly idSend: string;
  readonly idLog: string;
  /** imap_fetch_failure. */
  readonly fetchFailure: 'disconnect-immediately' | 'disconnect-after' | 'no-after';
  /** imap_metadata. */
  readonly hasMetadata: boolean;
  /** Some namespace has a `mailbox` section: SPECIAL-USE is announced. */
  readonly hasMailboxSections: boolean;
  /** imap_literal_minus: LITERAL- instead of LITERAL+. */
  readonly isLiteralMinus: boolean;
  /** mail_plugins with imap_quota, imap_zlib. */
  readonly hasQuota: boolean;
  readonly hasCompression: boolean;
  /** imapsieve_url, with imap_sieve among mail_plugins; '': IMAPSIEVE is not announced. */
  readonly sieveUrl: string;
  /** mail_max_keyword_length. */
  readonly maxKeywordLength: number;
  /** login_greeting. */
  readonly greeting: string;
  /** disable_plaintext_auth, where the connection isn't secured. */
  readonly disablePlaintextAuth: boolean;
  /** ssl = required. */
  readonly requiresTls: boolean;
  /** Of the login process and of the session (service timeouts are compiled in). */
  readonly loginMilliseconds: number;
  readonly inactivityMilliseconds: number;
}

const MINUTE = 60_000;

export const imapDefaults: ImapSettings = {
  maxLineLength: 64 * 1024,
  idleNotifyMilliseconds: 2 * MINUTE,
  capability: '',
  clientWorkarounds: new Set(),
  logoutFormat:
    'in=%i out=%o deleted=%{deleted} expunged=%{expunged} trashed=%{trashed} hdr_count=%{fetch_hdr_count} ' +
    'hdr_bytes=%{fetch_hdr_bytes} body_count=%{fetch_body_count} body_bytes=%{fetch_body_bytes}',
  idSend: 'name *',
  idLog: '',
  fetchFailure: 'disconnect-immediately',
  hasMetadata: false,
  hasMailboxSections: false,
  isLiteralMinus: false,
  hasQuota: false,
  hasCompression: false,
  sieveUrl: '',
  maxKeywordLength: 50,
  greeting: 'Dovecot (Debian) ready.',
  disablePlaintextAuth: true,
  requiresTls: false,
  loginMilliseconds: 3 * MINUTE,
  inactivityMilliseconds: 30 * MINUTE,
};
