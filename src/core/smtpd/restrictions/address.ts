/** Restrictions on the syntax and the domain of sender and recipient, and on whether they are listed. */
import type {Steps} from '../../address/steps.ts';
import type {Check, Outcome, ReplyClass, Status} from './check.ts';
import {asciiName, domainOf, isHostname, isLiteral, withoutFinalDot} from './host-name.ts';
import {hasAnyRecord} from './mail-host.ts';
import type {Restriction} from './restriction.ts';
import {rejectUnlistedRecipient, rejectUnlistedSender} from './unlisted.ts';

export const address: readonly Restriction[] = [
  {name: 'reject_non_fqdn_sender', check: check => onSender(check, rejectShort)},
  {name: 'reject_non_fqdn_recipient', check: check => onRecipient(check, rejectShort)},
  {
    name: 'reject_unknown_sender_domain',
    formerly: ['reject_unknown_address'],
    check: check => onSender(check, rejectUnknown),
  },
  {name: 'reject_unknown_recipient_domain', check: check => onRecipient(check, rejectUnknown)},
  {name: 'reject_unlisted_sender', check: check => onSender(check, rejectUnlistedSender)},
  {
    name: 'reject_unlisted_recipient',
    formerly: ['check_recipient_maps'],
    check: check => (check.state.recipient === '' ? 'dunno' : onRecipient(check, rejectUnlistedRecipient)),
  },
];

type Test = (check: Check, given: string, replyClass: ReplyClass) => Outcome;

/** The null sender has no domain. */
export function onSender(check: Check, test: Test): Outcome {
  const {sender} = check.state;
  return sender === undefined || sender === '' ? 'dunno' : test(check, sender, 'Sender address');
}

export function onRecipient(check: Check, test: Test): Outcome {
  const {recipient} = check.state;
  return recipient === undefined ? 'dunno' : test(check, recipient, 'Recipient address');
}

/** The other side of the envelope, with which an address is resolved. */
export function counterpart(check: Check, replyClass: ReplyClass): string | undefined {
  return replyClass === 'Sender address' ? check.state.recipient : check.state.sender;
}

function rejectShort(check: Check, given: string, replyClass: ReplyClass): Status {
  const domain = given.includes('@') ? domainOf(given) : '';
  if (isLiteral(domain)) return 'dunno';
  const name = withoutFinalDot(domain);
  if (name.includes('.') && isHostname(name, check.state.isUtf8)) return 'dunno';
  const code = check.tools.config.get('non_fqdn_reject_code');
  return check.rejectNamed(code, '4.5.2', given, replyClass, 'need fully-qualified address');
}

function* rejectUnknown(check: Check, given: string, replyClass: ReplyClass): Steps<Status> {
  const {config, dns} = check.tools;
  const resolution = yield* check.resolve(given, counterpart(check, replyClass));
  const domain = domainOf(resolution.recipient);
  const isFinal = resolution.addressClass !== 'default' && resolution.addressClass !== 'relay';
  if (!resolution.recipient.includes('@') || isFinal || isLiteral(domain)) return 'dunno';
  const name = asciiName(domain);
  const finding = yield* hasAnyRecord(dns, name, ['MX', 'A', 'AAAA']);
  const isSender = replyClass === 'Sender address';
  const status = isSender ? '4.1.8' : '4.1.2';
  switch (finding) {
    case 'yes':
      return 'dunno';
    case 'null-mx': {
      const reason = `Domain ${name} does not accept mail (nullMX)`;
      return isSender
        ? check.rejectNamed(550, '4.7.27', given, replyClass, reason)
        : check.rejectNamed(556, '4.1.10', given, replyClass, reason);
    }
    case 'temporary': {
      const isDefer = config.get('unknown_address_tempfail_action').toLowerCase() === 'defer';
      return check.deferOnPermit(450, status, `<${given}>: ${replyClass} rejected: Domain not found`, isDefer);
    }
    case 'no':
    case 'malformed': {
      const reason = finding === 'no' ? 'Domain not found' : 'Malformed DNS server reply';
      return check.rejectNamed(config.get('unknown_address_reject_code'), status, given, replyClass, reason);
    }
  }
}
