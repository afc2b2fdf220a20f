/** Who may send as whom (postconf(5) smtpd_sender_login_maps): restrictions that hold senders against logins. */
import type {Steps} from '../../address/steps.ts';
import {words} from '../../base/c-space.ts';
import {foldKey, isUtf8Text} from '../../table/fold.ts';
import {onSender} from './address.ts';
import type {Check, Outcome, Status} from './check.ts';
import {lookupFault} from './lookup-fault.ts';
import type {Restriction} from './restriction.ts';

export const login: readonly Restriction[] = [
  {
    name: 'reject_authenticated_sender_login_mismatch',
    check: (check, _argument, name) => withLogins(check, name, sender => rejectForeign(check, sender, false)),
  },
  {
    name: 'reject_known_sender_login_mismatch',
    check: (check, _argument, name) =>
      withLogins(check, name, sender =>
        check.state.login === undefined ? rejectAnonymous(check, sender) : rejectForeign(check, sender, true),
      ),
  },
  {
    name: 'reject_unauthenticated_sender_login_mismatch',
    check: (check, _argument, name) => withLogins(check, name, sender => rejectAnonymous(check, sender)),
  },
];

function withLogins(check: Check, name: string, test: (sender: string) => Outcome): Outcome {
  if (check.tools.config.get('smtpd_sasl_auth_enable')) return onSender(check, (_check, sender) => test(sender));
  check.tools.log.warning(`restriction \`${name}' ignored: no SASL support`);
  return 'dunno';
}

/** A client that is logged in must own the sender; `forgivesUnknown`: or nobody does. */
function* rejectForeign(check: Check, sender: string, forgivesUnknown: boolean): Steps<Status> {
  const {login} = check.state;
  if (login === undefined) return 'dunno';
  const owners = yield* ownersOf(check, sender);
  if (owners === undefined && forgivesUnknown) return 'dunno';
  if (owners?.some(owner => isSameLogin(owner, login.username)) === true) return 'dunno';
  const reason = `not owned by user ${login.username}`;
  return check.rejectNamed(553, '5.7.1', sender, 'Sender address', reason);
}

/** A sender that has owners is not for clients that are not logged in. */
function* rejectAnonymous(check: Check, sender: string): Steps<Status> {
  if (check.state.login !== undefined || (yield* ownersOf(check, sender)) === undefined) return 'dunno';
  return check.rejectNamed(553, '5.7.1', sender, 'Sender address', 'not logged in');
}

function* ownersOf(check: Check, sender: string): Steps<readonly string[] | undefined> {
  const resolution = yield* check.resolve(sender, check.state.recipient);
  try {
    const found = yield* check.tools.findLogins(resolution.recipient);
    return found === undefined ? undefined : words(found.replaceAll(',', ' '));
  } catch (fault) {
    throw lookupFault(fault, sender);
  }
}

function isSameLogin(a: string, b: string): boolean {
  return foldKey(a, isUtf8Text(a)) === foldKey(b, isUtf8Text(b));
}
