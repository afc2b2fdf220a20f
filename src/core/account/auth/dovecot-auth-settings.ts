/** What a dovecot.conf says of logins and accounts, as the auth service takes it. */
import type {DovecotSettings} from '../../config/dovecot/dovecot-settings.ts';
import type {PassdbRecord, UserdbRecord} from '../../config/dovecot/records.ts';
import type {AuthSettings, PassdbSettings, UserdbSettings} from './settings.ts';

export function dovecotAuthSettings(settings: DovecotSettings): AuthSettings {
  const words = (text: string): string[] => text.split(' ').filter(word => word !== '');
  return {
    mechanisms: words(settings.get('auth_mechanisms').toUpperCase()),
    mechanismsWherePossible: [],
    defaultRealm: settings.get('auth_default_realm'),
    realms: words(settings.get('auth_realms')),
    usernameChars: settings.get('auth_username_chars'),
    usernameTranslation: settings.get('auth_username_translation'),
    usernameFormat: settings.get('auth_username_format'),
    masterUserSeparator: settings.get('auth_master_user_separator'),
    anonymousUsername: settings.get('auth_anonymous_username'),
    failureDelaySeconds: settings.get('auth_failure_delay'),
    cacheSizeBytes: settings.get('auth_cache_size'),
    cacheTtlSeconds: settings.get('auth_cache_ttl'),
    cacheNegativeTtlSeconds: settings.get('auth_cache_negative_ttl'),
    isVerbose: settings.get('auth_verbose') || isDebug(settings),
    verbosePasswords: settings.get('auth_verbose_passwords'),
    isDebug: isDebug(settings),
    showsPasswords: settings.get('auth_debug_passwords'),
    requiresClientCertificate: settings.get('auth_ssl_require_client_cert'),
    takesUsernameFromCertificate: settings.get('auth_ssl_username_from_cert'),
    hasPenalty: hasPenalty(settings),
    findsMixedCase: false,
    firstValidUid: settings.get('first_valid_uid'),
    lastValidUid: settings.get('last_valid_uid'),
    passdbs: settings.passdbs.map(passdbSettings),
    userdbs: settings.userdbs.map(userdbSettings),
  };
}

/** Each of them brings those before it along. */
function isDebug(settings: DovecotSettings): boolean {
  return settings.get('auth_debug') || settings.get('auth_debug_passwords');
}

/** `unix_listener anvil-auth-penalty { mode = 0 }` is how it is switched off. */
function hasPenalty(settings: DovecotSettings): boolean {
  const anvil = settings.services.find(service => service.name === 'anvil');
  return anvil?.unix_listener.find(listener => listener.path === 'anvil-auth-penalty')?.mode !== 0;
}

function passdbSettings(one: PassdbRecord): PassdbSettings {
  return {
    driver: one.driver,
    args: one.args,
    defaultFields: one.default_fields,
    overrideFields: one.override_fields,
    mechanisms: one.mechanisms,
    usernameFilter: one.username_filter,
    skip: one.skip,
    resultSuccess: one.result_success,
    resultFailure: one.result_failure,
    resultInternalfail: one.result_internalfail,
    deny: one.deny,
    pass: one.pass,
    master: one.master,
    authVerbose: one.auth_verbose,
  };
}

function userdbSettings(one: UserdbRecord): UserdbSettings {
  return {
    driver: one.driver,
    args: one.args,
    defaultFields: one.default_fields,
    overrideFields: one.override_fields,
    skip: one.skip,
    resultSuccess: one.result_success,
    resultFailure: one.result_failure,
    resultInternalfail: one.result_internalfail,
    authVerbose: one.auth_verbose,
  };
}
