/** What of dovecot.conf ManageSieve sessions obey, with the real defaults. */
export interface ManageSieveSettings {
  /** managesieve_implementation_string. */
  readonly implementation: string;
  /** managesieve_max_line_length. */
  readonly maxLineLength: number;
  /** managesieve_logout_format. */
  readonly logoutFormat: string;
  /** managesieve_sieve_capability, managesieve_notify_capability: extensions and methods, by blanks. */
  readonly sieveCapability: string;
  readonly notifyCapability: string;
  /** login_greeting. */
  readonly greeting: string;
  /** disable_plaintext_auth, where the connection isn't secured. */
  readonly disablePlaintextAuth: boolean;
  /** ssl = required. */
  readonly requiresTls: boolean;
  readonly loginMilliseconds: number;
  readonly inactivityMilliseconds: number;
  /** sieve_max_redirects, told after login. */
  readonly maxRedirects: number;
  /** sieve_max_script_size; 0: any. */
  readonly maxScriptBytes: number;
}

export const manageSieveDefaults: ManageSieveSettings = {
  implementation: 'Dovecot (Debian) Pigeonhole',
  maxLineLength: 65_536,
  logoutFormat: 'bytes=%i/%o',
  sieveCapability: '',
  notifyCapability: 'mailto',
  greeting: 'Dovecot (Debian) ready.',
  disablePlaintextAuth: true,
  requiresTls: false,
  loginMilliseconds: 180_000,
  inactivityMilliseconds: 1_800_000,
  maxRedirects: 4,
  maxScriptBytes: 1 << 20,
};
