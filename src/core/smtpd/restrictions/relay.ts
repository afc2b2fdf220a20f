/**
 * Who may send where (SMTPD_RELAY_ACCESS): a recipient of our domains is authorized, any other is not. An address that
 * still holds routing (`user%elsewhere@ours`, `elsewhere!user@ours`, `"user@elsewhere"@ours`) is never authorized unless
 * allow_untrusted_routing says so: a relay is not to be talked into what its lists forbid.
 */
import type {Resolution} from '../../address/resolve.ts';
import type {Steps} from '../../address/steps.ts';
import {onRecipient} from './address.ts';
import type {Check, Status} from './check.ts';
import {permit} from './permit.ts';
import type {Restriction} from './restriction.ts';

export const relay: readonly Restriction[] = [
  {
    name: 'permit_auth_destination',
    check: (check, _argument, name) => onRecipient(check, (_check, recipient) => permitOurs(check, recipient, name)),
  },
  {
    name: 'reject_unauth_destination',
    check: check =>
      onRecipient(check, (_check, recipient) =>
        rejectForeign(check, recipient, check.tools.config.get('relay_domains_reject_code'), '5.7.1'),
      ),
  },
  {
    name: 'defer_unauth_destination',
    check: check =>
      onRecipient(check, (_check, recipient) =>
        rejectForeign(check, recipient, check.tools.config.get('relay_domains_reject_code') - 100, '4.7.1'),
      ),
  },
  {
    name: 'check_relay_domains',
    endsList: true,
    check: (check, _argument, name) => onRecipient(check, (_check, recipient) => checkDomains(check, recipient, name)),
  },
];

/** Is mail for this recipient ours to take? */
export function* isAuthorized(check: Check, recipient: string): Steps<boolean> {
  return isOurs(check, yield* check.resolve(recipient, check.state.sender));
}

export function isOurs(check: Check, resolution: Resolution): boolean {
  if (!resolution.recipient.includes('@')) return true;
  if (isRouted(check, resolution)) return false;
  return resolution.addressClass !== 'default';
}

export function isRouted(check: Check, resolution: Resolution): boolean {
  return resolution.isRouted === true && !check.tools.config.get('allow_untrusted_routing');
}

function* permitOurs(check: Check, recipient: string, name: string): Steps<Status> {
  if (!(yield* isAuthorized(check, recipient))) return 'dunno';
  return yield* permit(check, name, 'Recipient address', recipient);
}

function* rejectForeign(check: Check, recipient: string, code: number, status: string): Steps<Status> {
  if (yield* isAuthorized(check, recipient)) return 'dunno';
  return check.reject('policy', code, status, `<${recipient}>: Relay access denied`);
}

/** Older than reject_unauth_destination: clients of relay_domains may send anywhere. */
function* checkDomains(check: Check, recipient: string, name: string): Steps<Status> {
  check.tools.warnOnce(
    `support for restriction "check_relay_domains" will be removed from ${check.tools.config.get('mail_name')}; ` +
      'use "reject_unauth_destination" instead',
  );
  const isListed = yield* check.tools.relayDomains.has(check.state.client.name);
  if (isListed || (yield* isAuthorized(check, recipient)))
    return yield* permit(check, name, 'Recipient address', recipient);
  const code = check.tools.config.get('relay_domains_reject_code');
  return check.rejectNamed(code, '5.7.1', recipient, 'Recipient address', 'Relay access denied');
}
