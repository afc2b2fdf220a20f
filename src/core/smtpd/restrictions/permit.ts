/** Permission, and its line in the log where the operator wants one (postconf(5) smtpd_log_access_permit_actions). */
import {ask, type Steps} from '../../address/steps.ts';
import type {Check, ReplyClass, Status} from './check.ts';

/** `action`: the restriction or the action word. Not logged when an earlier defer_if_permit overrules it. */
export function* permit(
  check: Check,
  action: string,
  replyClass: ReplyClass,
  replyName: string,
  detail = '',
): Steps<Status> {
  const {config} = check.tools;
  if (check.memory.deferIfPermit !== undefined || config.get('smtpd_log_access_permit_actions') === '') return 'permit';
  if (yield* ask(check.tools.loggedPermits.matches(action)))
    check.log('permit', `action=${action} for ${replyClass}=${replyName} ${detail}`);
  return 'permit';
}
