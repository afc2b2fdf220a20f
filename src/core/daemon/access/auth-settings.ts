/** Logins and accounts as dovecot.conf has them; without passdb and userdb sections, those of the instance. */
import {join} from 'node:path';
import {dovecotAuthSettings} from '../../account/auth/dovecot-auth-settings.ts';
import {type AuthSettings, instanceAuthSettings} from '../../account/auth/settings.ts';
import type {DovecotSettings} from '../../config/dovecot/dovecot-settings.ts';

/** `root`: of the instance, `/` for the system's. */
export function authSettings(settings: DovecotSettings, root: string): AuthSettings {
  const isSystems = root === '/' && process.getuid?.() === 0;
  const instance = instanceAuthSettings(isSystems ? undefined : join(root, 'etc/dovecot/users'));
  const said = dovecotAuthSettings(settings);
  const firstValidUid = isSystems ? said.firstValidUid : 0; // an instance of its own is its owner's, whoever that is
  const hasMechanisms = settings.origin('auth_mechanisms') !== undefined;
  const {mechanisms, mechanismsWherePossible} = hasMechanisms ? said : instance;
  if (said.passdbs.length > 0) return {...said, mechanisms, mechanismsWherePossible, firstValidUid};
  const {passdbs, isVerbose, hasPenalty, findsMixedCase} = instance;
  const userdbs = said.userdbs.length > 0 ? said.userdbs : instance.userdbs;
  const own = {mechanisms, mechanismsWherePossible, passdbs, userdbs, isVerbose, hasPenalty, findsMixedCase};
  return {...said, ...own, firstValidUid};
}
