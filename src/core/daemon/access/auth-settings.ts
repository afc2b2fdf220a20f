/** Logins and accounts as dovecot.conf has them; without passdb and userdb sections, those of the instance. */
import {join} from 'node:path';
import {
  type AuthSettings,
  defaultPassdb,
  defaultUserdb,
  instanceAuthSettings,
  type PassdbSettings,
  type UserdbSettings,
} from '../../account/auth/settings.ts';
import type {DovecotSettings} from '../../config/dovecot/dovecot-settings.ts';
import type {PassdbRecord, UserdbRecord} from '../../config/dovecot/records.ts';

/** `root`: of the instance, `/` for the system's. */
export function authSettings(settings: DovecotSettings, root: string): AuthSettings {
  const isSystems = root === '/' && process.getuid?.() === 0;
  const instance = instanceAuthSettings(isSystems ? undefined : join(root, 'etc/dovecot/users'));
  const {passdbs, userdbs} = settings;
  const areMechanismsSet = settings.origin('auth_mechanisms') !== undefined;
  return {
    mechanisms: areMechanismsSet ? words(settings.get('auth_mechanisms').toUpperCase()) : instance.mechanisms,
    mechanismsWherePossible: areMechanismsSet ? [] : instance.mechanismsWherePossible,
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
    isVerbose: settings.get('auth_verbose') || passdbs.length === 0,
    verbosePasswords: settings.get('auth_verbose_passwords'),
    isDebug: settings.get('auth_debug'),
    showsPasswords: settings.get('auth_debug_passwords'),
    requiresClientCertificate: settings.get('auth_ssl_require_client_cert'),
    takesUsernameFromCertificate: settings.get('auth_ssl_username_from_cert'),
    hasPenalty: settings.services.some(
      service =>
        service.name === 'anvil' &&
        service.unix_listener.some(one => one.path === 'anvil-auth-penalty' && one.mode !== 0),
    ),
    findsMixedCase: instance.findsMixedCase && passdbs.length === 0,
    firstValidUid: isSystems ? settings.get('first_valid_uid') : 0,
    lastValidUid: settings.get('last_valid_uid'),
    passdbs: passdbs.length === 0 ? instance.passdbs : passdbs.map(passdbSettings),
    userdbs: userdbs.length === 0 && passdbs.length === 0 ? instance.userdbs : userdbs.map(userdbSettings),
  };
}

function passdbSettings(section: PassdbRecord): PassdbSettings {
  return {
    ...defaultPassdb,
    driver: section.driver,
    args: section.args,
    defaultFields: section.default_fields,
    overrideFields: section.override_fields,
    mechanisms: section.mechanisms,
    usernameFilter: section.username_filter,
    skip: section.skip,
    resultSuccess: section.result_success,
    resultFailure: section.result_failure,
    resultInternalfail: section.result_internalfail,
    deny: section.deny,
    pass: section.pass,
    master: section.master,
    authVerbose: section.auth_verbose,
  };
}

function userdbSettings(section: UserdbRecord): UserdbSettings {
  return {
    ...defaultUserdb,
    driver: section.driver,
    args: section.args,
    defaultFields: section.default_fields,
    overrideFields: section.override_fields,
    skip: section.skip,
    resultSuccess: section.result_success,
    resultFailure: section.result_failure,
    resultInternalfail: section.result_internalfail,
    authVerbose: section.auth_verbose,
  };
}

function words(text: string): string[] {
  return text.split(' ').filter(word => word !== '');
}
