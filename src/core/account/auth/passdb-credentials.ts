/** A stored password in the form that a challenge mechanism asks for, or why there is none. */
import {ConfigError, describe} from '../../base/errors.ts';
import {decodePassword, splitPassword} from '../password/password.ts';
import {passwordSchemes} from '../password/registry.ts';
import {canonicalScheme} from './compare-password.ts';
import type {Passdb, PassdbResult} from './passdb.ts';
import type {AuthRequest} from './request.ts';

export interface FoundCredentials {
  readonly scheme: string;
  readonly bytes: Buffer;
}

/** `schemes`: those that are of use, the best first; empty: that there is an entry is all that is asked, and undefined says so. */
export function takeCredentials(
  request: AuthRequest,
  driver: Passdb,
  schemes: readonly string[],
): FoundCredentials | PassdbResult | undefined {
  const {password = ''} = request;
  if (request.fields.has('nopassword') && password !== '')
    request.error(driver.title, 'nopassword set but password is non-empty');
  if (schemes.length === 0) return password === '' || isSchemeKnown(request, driver, password) ? undefined : 'scheme';
  if (password === '') {
    request.info(driver.title, 'No password returned (and no nopassword)');
    return 'mismatch';
  }
  const stored = splitPassword(password, driver.defaultScheme);
  const scheme = schemes.find(name => name === canonicalScheme(stored.scheme));
  if (scheme === undefined) {
    request.info(driver.title, `Requested ${schemes[0] ?? ''} scheme, but we have only ${stored.scheme}`);
    return 'scheme';
  }
  try {
    return {scheme, bytes: decodePassword(stored)};
  } catch (fault) {
    request.error(driver.title, describe(fault));
    return fault instanceof ConfigError ? 'mismatch' : 'broken';
  }
}

function isSchemeKnown(request: AuthRequest, {title, defaultScheme}: Passdb, password: string): boolean {
  const {scheme} = splitPassword(password, defaultScheme);
  if (passwordSchemes.has(canonicalScheme(scheme))) return true;
  request.error(title, `Unknown scheme ${scheme}`);
  return false;
}
