/**
 * Addresses of our own domains that no table lists (postconf(5) smtpd_reject_unlisted_sender and _recipient): asked for
 * once in a stage, by name or at its end. Addresses that canonical or virtual alias maps have are taken to exist.
 */
import type {AddressClass, Resolution} from '../../address/resolve.ts';
import type {Steps} from '../../address/steps.ts';
import type {Check, ReplyClass, Status} from './check.ts';
import {fitStatus, splitStatus} from './enhanced-status.ts';
import {lookupFault} from './lookup-fault.ts';

export function* rejectUnlistedSender(check: Check, sender: string): Steps<Status> {
  if (isUnwanted(check) || check.memory.senderIsChecked) return 'dunno';
  if (check.warnDepth === 0) check.memory.senderIsChecked = true;
  return yield* rejectUnlisted(check, sender, 'Sender address');
}

export function* rejectUnlistedRecipient(check: Check, recipient: string): Steps<Status> {
  if (isUnwanted(check) || check.memory.recipientIsChecked) return 'dunno';
  if (check.warnDepth === 0) check.memory.recipientIsChecked = true;
  return yield* rejectUnlisted(check, recipient, 'Recipient address');
}

function isUnwanted(check: Check): boolean {
  return check.tools.config.list('receive_override_options').includes('no_unknown_recipient_checks');
}

function* rejectUnlisted(check: Check, given: string, replyClass: ReplyClass): Steps<Status> {
  const {listing, config} = check.tools;
  const isSender = replyClass === 'Sender address';
  const {recipient, sender} = check.state;
  const resolution = yield* check.resolve(given, isSender ? recipient : sender);
  try {
    if (yield* listing.isMapped(resolution.recipient, isSender ? 'sender' : 'recipient')) return 'dunno';
    const undeliverable = rejectByTransport(check, resolution, given, replyClass);
    if (undeliverable !== undefined) return undeliverable;
    if (isAbsorbed(check, resolution)) return 'dunno';
    const unlisted = yield* listing.findMissing(resolution);
    if (unlisted === undefined) return 'dunno';
    const where = config.get('show_user_unknown_table_name') ? ` in ${unlisted.tableName}` : '';
    return rejectBounce(check, unlisted.code, isSender ? '5.1.0' : '5.1.1', given, replyClass, `User unknown${where}`);
  } catch (fault) {
    throw lookupFault(fault, given);
  }
}

/** What resolves to error or retry can't be delivered: the next hop says why. */
function rejectByTransport(
  check: Check,
  {transport, nexthop, addressClass}: Resolution,
  given: string,
  replyClass: ReplyClass,
): Status | undefined {
  if (transport !== 'error' && transport !== 'retry') return undefined;
  const digit = transport === 'error' ? '5' : '4';
  const found = splitStatus(nexthop, replyClass === 'Sender address' ? `${digit}.1.0` : `${digit}.1.1`);
  const status = fitStatus(found.status, replyClass, told => check.tools.log.info(told));
  return rejectBounce(check, transportCode(check, transport, addressClass), status, given, replyClass, found.text);
}

function transportCode(check: Check, transport: string, addressClass: AddressClass): number {
  if (transport === 'retry') return 450;
  return addressClass === 'virtual-alias' ? check.tools.config.get('unknown_virtual_alias_reject_code') : 550;
}

/** Users of the mail system's own, which no table need have. */
function isAbsorbed(check: Check, {addressClass, recipient}: Resolution): boolean {
  if (addressClass !== 'local') return false;
  const user = recipient.slice(0, recipient.lastIndexOf('@'));
  return (
    user === 'postmaster' ||
    user === 'mailer-daemon' ||
    user === check.tools.config.get('double_bounce_sender').toLowerCase()
  );
}

function rejectBounce(
  check: Check,
  code: number,
  status: string,
  given: string,
  replyClass: ReplyClass,
  reason: string,
): Status {
  return check.reject('bounce', code, status, `<${given}>: ${replyClass} rejected: ${reason}`);
}
