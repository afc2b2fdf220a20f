/** What single programs demand: words that they know, values that go together. */
import {type Check, type SettingsView, unknownWord} from './settings-view.ts';

/** A setting that lists words of a kind. */
function knownWords(key: string, kind: string, known: readonly string[]): Check {
  return settings => {
    const unknown = unknownWord(settings.words(key), known);
    return unknown === undefined ? undefined : `${key}: Unknown ${kind}: ${unknown}`;
  };
}

export const checkSubmission: Check = knownWords('submission_client_workarounds', 'workaround', [
  'whitespace-before-path',
  'mailbox-for-path',
  'implicit-auth-external',
  'exotic-backend',
]);
export const checkImap: Check = knownWords('imap_client_workarounds', 'workaround', [
  'delay-newmail',
  'tb-extra-mailbox-sep',
  'tb-lsub-flags',
]);
export const checkLmtp: Check = knownWords('lmtp_client_workarounds', 'workaround', [
  'whitespace-before-path',
  'mailbox-for-path',
]);

export function checkPop3(settings: SettingsView): string | undefined {
  if (settings.text('pop3_delete_type') === 'flag' && settings.text('pop3_deleted_flag') === '')
    return 'pop3_delete_type=flag, but pop3_deleted_flag not set';
  return pop3Workarounds(settings);
}

const pop3Workarounds = knownWords('pop3_client_workarounds', 'workaround', ['outlook-no-nuls', 'oe-ns-eoh']);

export function checkDoveadm(settings: SettingsView): string | undefined {
  if (settings.text('dsync_alt_char') === '') return 'dsync_alt_char must not be empty';
  const fault = dsyncFeatures(settings);
  if (fault !== undefined) return fault;
  return settings.text('dsync_hashed_headers') === '' ? 'dsync_hashed_headers must not be empty' : undefined;
}

const dsyncFeatures = knownWords('dsync_features', 'feature', ['empty-header-workaround']);

export function checkDirector(settings: SettingsView): string | undefined {
  return settings.number('director_user_expire') < 10 ? 'director_user_expire is too low' : undefined;
}

export function checkSsl(settings: SettingsView): string | undefined {
  if (settings.text('ssl') === 'no') return undefined;
  if (settings.isOn('ssl_verify_client_cert') && settings.text('ssl_ca') === '')
    return 'ssl_verify_client_cert set, but ssl_ca not';
  const unknown = unknownWord(settings.words('ssl_options'), ['compression', 'no_compression', 'no_ticket']);
  return unknown === undefined ? undefined : `ssl_options: unknown flag: '${unknown}'`;
}

const FACILITIES = [
  ...['auth', 'authpriv', 'cron', 'daemon', 'ftp', 'kern', 'lpr', 'mail', 'news', 'syslog', 'user', 'uucp'],
  ...['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
];

export function checkProcess(settings: SettingsView): string | undefined {
  const facility = settings.text('syslog_facility');
  return FACILITIES.includes(facility) ? undefined : `Unknown syslog_facility: ${facility}`;
}
