/** Compares the password that was given with the one that is kept, and says in the log what a failure was. */
import {createHash} from 'node:crypto';
import {ConfigError, describe} from '../../base/errors.ts';
import {splitPassword, verifyPassword} from '../password/password.ts';
import type {Passdb, PassdbResult} from './passdb.ts';
import type {AuthRequest} from './request.ts';
import type {AuthSettings} from './settings.ts';

export async function comparePassword(
  request: AuthRequest,
  {title, defaultScheme}: Passdb,
  plain: string,
  settings: AuthSettings,
): Promise<PassdbResult> {
  const stored = request.password ?? '';
  if (request.fields.has('nopassword') || request.fields.has('noauthenticate')) {
    const isBare = request.fields.has('noauthenticate') || stored === '';
    if (isBare) request.debug(title, 'Allowing any password');
    if (isBare) return 'ok';
    request.error(title, 'nopassword set but password is non-empty'); // and it is compared, as Dovecot does
  } else if (request.password === undefined) {
    request.info(title, 'No password returned (and no nopassword)');
    return 'mismatch';
  }
  try {
    if (await verifyPassword(stored, defaultScheme, plain, request.originalUser)) return 'ok';
  } catch (fault) {
    request.error(title, describe(fault));
    return fault instanceof ConfigError ? 'mismatch' : 'broken';
  }
  request.info(title, `Password mismatch${givenPassword(plain, settings.verbosePasswords)}`);
  if (settings.showsPasswords) {
    const {scheme, password} = splitPassword(stored, defaultScheme);
    request.debug(title, `${scheme}(${plain}) != '${password}'`);
  }
  return 'mismatch';
}

/** auth_verbose_passwords: for finding out what somebody keeps typing wrong. */
function givenPassword(plain: string, setting: string): string {
  const [kind, length] = setting.split(':', 2);
  const cut = (text: string): string => (length === undefined ? text : text.slice(0, Number(length)));
  if (kind === 'plain') return ` (given password: ${cut(plain)})`;
  if (kind !== 'sha1') return '';
  return ` (SHA1 of given password: ${cut(createHash('sha1').update(plain, 'latin1').digest('hex'))})`;
}

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['CLEAR', 'PLAIN'],
  ['CLEARTEXT', 'PLAIN'],
  ['HMAC-MD5', 'CRAM-MD5'],
]);

/** `plain.b64` -> PLAIN. */
export function canonicalScheme(name: string): string {
  const scheme = name.toUpperCase().split('.', 1)[0] ?? '';
  return ALIASES.get(scheme) ?? scheme;
}
