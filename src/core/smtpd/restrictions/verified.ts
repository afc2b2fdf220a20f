/** reject_unverified_sender and _recipient: addresses that a probe can't deliver to (ADDRESS_VERIFICATION_README). */
import {ask, type Steps} from '../../address/steps.ts';
import {onRecipient, onSender} from './address.ts';
import type {Check, Status} from './check.ts';
import type {Restriction} from './restriction.ts';
import type {Verification} from './tools.ts';

type Kind = 'sender' | 'recipient';

export const verified: readonly Restriction[] = [
  {
    name: 'reject_unverified_sender',
    check: check => onSender(check, (_check, sender) => rejectUnverified(check, sender, 'sender')),
  },
  {
    name: 'reject_unverified_recipient',
    check: check =>
      check.state.recipient === ''
        ? 'dunno'
        : onRecipient(check, (_check, recipient) => rejectUnverified(check, recipient, 'recipient')),
  },
];

const SETTINGS = {
  sender: {
    replyClass: 'Sender address',
    status: '4.1.7',
    tempfail: 'unverified_sender_tempfail_action',
    reject: 'unverified_sender_reject_code',
    defer: 'unverified_sender_defer_code',
    reason: 'unverified_sender_reject_reason',
  },
  recipient: {
    replyClass: 'Recipient address',
    status: '4.1.1',
    tempfail: 'unverified_recipient_tempfail_action',
    reject: 'unverified_recipient_reject_code',
    defer: 'unverified_recipient_defer_code',
    reason: 'unverified_recipient_reject_reason',
  },
} as const;

function* rejectUnverified(check: Check, address: string, kind: Kind): Steps<Status> {
  const {config, log} = check.tools;
  const names = SETTINGS[kind];
  const {replyClass, status} = names;
  const isFinal = config.get(names.tempfail).toLowerCase() === 'defer';
  const found = yield* askPatiently(check, address, kind);
  if (found === undefined) {
    log.warning(`${config.get('address_verify_service_name')} service failure`);
    const text = `<${address}>: ${replyClass} rejected: address verification problem`;
    return check.deferOnPermit(450, status, text, isFinal);
  }
  if (found.status === 'ok') return 'dunno';
  const code = config.get(found.status === 'reject' ? names.reject : names.defer);
  const own = config.get(names.reason);
  const reason = code >= 400 && own !== '' ? own : found.text;
  const shown = `<${address}>: ${replyClass} rejected:`;
  switch (Math.floor(code / 100)) {
    case 2:
      return 'dunno';
    case 4:
      return check.deferOnPermit(code, status, `${shown} unverified address: ${reason.slice(0, 250)}`, isFinal);
    default:
      return code === 0 ? 'dunno' : check.reject('policy', code, status, `${shown} undeliverable address: ${reason}`);
  }
}

/** A probe that is under way is asked about again, a few times. */
function* askPatiently(check: Check, address: string, kind: Kind): Steps<Verification | undefined> {
  const {config, verify} = check.tools;
  if (verify === undefined) return undefined;
  const tries = config.get('address_verify_poll_count');
  for (let count = 1; ; count++) {
    const found = yield* ask(verify(address, kind));
    if (found?.status !== 'todo' || count >= tries) return found;
    yield check.tools.pause(config.get('address_verify_poll_delay'));
  }
}
