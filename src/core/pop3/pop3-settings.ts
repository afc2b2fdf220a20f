/** What of dovecot.conf POP3 sessions obey, with the real defaults. */
import type {DovecotSettings} from '../config/dovecot/dovecot-settings.ts';
import {type LoginLogSettings, loginLogDefaults} from '../account/login-log.ts';

export interface Pop3Settings {
  /** login_greeting. */
  readonly greeting: string;
  /** disable_plaintext_auth, where the connection isn't secured; `ssl = required` wants it too. */
  readonly disablesPlaintext: boolean;
  readonly uidlFormat: string;
  readonly reusesXuidl: boolean;
  readonly savesUidl: boolean;
  readonly renamesDuplicates: boolean;
  readonly hasNoFlagUpdates: boolean;
  readonly enablesLast: boolean;
  /** '' for none: a keyword that deleted messages get, instead of being removed. */
  readonly deletedFlag: string;
  readonly deleteType: 'default' | 'expunge' | 'flag';
  readonly workarounds: ReadonlySet<string>;
  readonly logoutFormat: string;
  readonly loginLog: LoginLogSettings;
  /** Of the login process and of the session (compiled into the original). */
  readonly loginMilliseconds: number;
  readonly inactivityMilliseconds: number;
}

const MINUTE = 60_000;

export const pop3Defaults: Pop3Settings = {
  greeting: 'Dovecot (Debian) ready.',
  disablesPlaintext: true,
  uidlFormat: '%08Xu%08Xv',
  reusesXuidl: false,
  savesUidl: false,
  renamesDuplicates: false,
  hasNoFlagUpdates: false,
  enablesLast: false,
  deletedFlag: '',
  deleteType: 'default',
  workarounds: new Set(),
  logoutFormat: 'top=%t/%p, retr=%r/%b, del=%d/%m, size=%s',
  loginLog: loginLogDefaults,
  loginMilliseconds: 3 * MINUTE,
  inactivityMilliseconds: 10 * MINUTE,
};

export function dovecotPop3Settings(settings: DovecotSettings): Pop3Settings {
  return {
    greeting: settings.get('login_greeting'),
    disablesPlaintext: settings.get('disable_plaintext_auth') || settings.get('ssl') === 'required',
    uidlFormat: settings.get('pop3_uidl_format'),
    reusesXuidl: settings.get('pop3_reuse_xuidl'),
    savesUidl: settings.get('pop3_save_uidl'),
    renamesDuplicates: settings.get('pop3_uidl_duplicates') === 'rename',
    hasNoFlagUpdates: settings.get('pop3_no_flag_updates'),
    enablesLast: settings.get('pop3_enable_last'),
    deletedFlag: settings.get('pop3_deleted_flag'),
    deleteType: settings.get('pop3_delete_type'),
    workarounds: new Set(settings.get('pop3_client_workarounds').split(/[ ,]+/).filter(Boolean)), // prettier-ignore
    logoutFormat: settings.get('pop3_logout_format'),
    loginLog: {format: settings.get('login_log_format'), elements: settings.get('login_log_format_elements')},
    loginMilliseconds: pop3Defaults.loginMilliseconds,
    inactivityMilliseconds: pop3Defaults.inactivityMilliseconds,
  };
}
