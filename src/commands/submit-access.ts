/**
 * Who may hand in mail (postconf(5) authorized_submit_users): login names, `!name`, `static:` for everyone, first match
 * decides. Look-up tables and file names are not supported here yet, and refuse everyone rather than no one.
 */
import {FatalError} from '../core/base/errors.ts';
import type {Config} from '../core/config/config.ts';
import {callerLogin} from './sendmail-login.ts';

export function refuseUnauthorized(config: Config, exitStatus: number): void {
  const {name, uid} = callerLogin();
  for (const element of config.list('authorized_submit_users')) {
    const isNegated = element.startsWith('!');
    const pattern = element.replace(/^!+/, '');
    if (/^\/|^(?!static:)[a-z]+:/.test(pattern))
      throw new FatalError(`authorized_submit_users: ${element}: tables are not supported here yet`, exitStatus);
    if (!pattern.startsWith('static:') && pattern !== name) continue;
    if (!isNegated) return;
    break;
  }
  throw new FatalError(`User ${name}(${uid}) is not allowed to submit mail`, exitStatus);
}
