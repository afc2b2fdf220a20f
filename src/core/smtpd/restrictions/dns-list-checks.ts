/** reject_rbl_*, reject_rhsbl_*, permit_dnswl_client, permit_rhswl_client: DNS lists as restrictions. */
import {nameAndAddress} from '../smtpd-state.ts';
import type {Steps} from '../../address/steps.ts';
import type {Check, Outcome, ReplyClass, Status} from './check.ts';
import type {Listed, ListAnswer} from './dns-lists.ts';
import {rejectListed} from './dns-list-reply.ts';
import {permit} from './permit.ts';
import {isAuthorized} from './relay.ts';
import type {Restriction} from './restriction.ts';

export const dnsListChecks: readonly Restriction[] = [
  {
    name: 'reject_rbl_client',
    formerly: ['reject_rbl'],
    takes: 'zone',
    check: (check, zone) => rejectAddress(check, zone),
  },
  {name: 'reject_maps_rbl', check: check => rejectMaps(check)},
  {
    name: 'reject_rhsbl_client',
    takes: 'zone',
    check: (check, zone) => rejectDomain(check, zone, named(check.state.client.name), 'Client host'),
  },
  {
    name: 'reject_rhsbl_reverse_client',
    takes: 'zone',
    check: (check, zone) => rejectDomain(check, zone, named(check.state.client.reverseName), 'Unverified Client host'),
  },
  {
    name: 'reject_rhsbl_helo',
    takes: 'zone',
    check: (check, zone) => rejectDomain(check, zone, check.state.heloName, 'Helo command'),
  },
  {
    name: 'reject_rhsbl_sender',
    takes: 'zone',
    check: (check, zone) => rejectDomain(check, zone, check.state.sender || undefined, 'Sender address'),
  },
  {
    name: 'reject_rhsbl_recipient',
    takes: 'zone',
    check: (check, zone) => rejectDomain(check, zone, check.state.recipient, 'Recipient address'),
  },
  {
    name: 'permit_dnswl_client',
    takes: 'zone',
    check(check, zone, name) {
      const {address} = check.state.client;
      return permitListed(check, check.tools.dnsLists.findAddress(zone, address), address, name);
    },
  },
  {
    name: 'permit_rhswl_client',
    takes: 'zone',
    check(check, zone, name) {
      const client = named(check.state.client.name);
      if (client === undefined) return 'dunno';
      return permitListed(check, check.tools.dnsLists.findDomain(zone, client), client, name);
    },
  },
];

function named(name: string): string | undefined {
  return name.toLowerCase() === 'unknown' ? undefined : name;
}

function* rejectAddress(check: Check, zone: string): Steps<Status> {
  const {address} = check.state.client;
  const answer = yield* check.tools.dnsLists.findAddress(zone, address);
  return yield* rejectIfListed(check, answer, zone, address, 'Client host');
}

/** The lists of maps_rbl_domains, the older form. */
function* rejectMaps(check: Check): Steps<Status> {
  check.tools.warnOnce(
    `support for restriction "reject_maps_rbl" will be removed from ${check.tools.config.get('mail_name')}; ` +
      'use "reject_rbl_client domain-name" instead',
  );
  for (const zone of check.tools.config.list('maps_rbl_domains')) {
    const status = yield* rejectAddress(check, zone);
    if (status !== 'dunno') return status;
  }
  return 'dunno';
}

function rejectDomain(check: Check, zone: string, what: string | undefined, replyClass: ReplyClass): Outcome {
  return what === undefined ? 'dunno' : rejectNamed(check, zone, what, replyClass);
}

function* rejectNamed(check: Check, zone: string, what: string, replyClass: ReplyClass): Steps<Status> {
  const answer = yield* check.tools.dnsLists.findDomain(zone, what);
  return yield* rejectIfListed(check, answer, zone, what, replyClass);
}

function* rejectIfListed(
  check: Check,
  answer: ListAnswer,
  zone: string,
  what: string,
  replyClass: ReplyClass,
): Steps<Status> {
  if (answer === 'no' || answer === 'temporary') return 'dunno';
  if (answer === 'bad-filter') return badFilter(check, zone);
  return yield* rejectListed(check, answer, zone, what, replyClass);
}

function badFilter(check: Check, zone: string): Status {
  check.tools.log.warning(`RBL reply error: bad filter in "${zone}"`);
  return check.serverError();
}

/** Being on a list makes nobody a relay's customer: that mail goes where it may is asked first. */
function* permitListed(check: Check, find: Steps<ListAnswer>, what: string, name: string): Steps<Status> {
  const {stage, recipient, client} = check.state;
  if (stage === 'RCPT' && recipient !== undefined && !(yield* isAuthorized(check, recipient))) return 'dunno';
  const answer: Listed | string = yield* find;
  if (answer === 'no') return 'dunno';
  if (answer === 'temporary')
    return check.deferOnReject(450, '4.7.1', `<${what}>: Client host rejected: Service unavailable`);
  return yield* permit(check, name, 'Client host', nameAndAddress(client));
}
