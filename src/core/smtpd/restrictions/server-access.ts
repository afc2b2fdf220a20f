/**
 * check_*_a_access, _mx_access and _ns_access: what an access table says of the hosts that stand behind a name: its own
 * addresses, its mail exchangers, its name servers. None of them may permit anything: the DNS is in the hands of whoever
 * owns the name. What can't be looked up decides nothing, after a warning.
 */
import {isIP} from 'node:net';
import {nameAndAddress} from '../smtpd-state.ts';
import {ask, type Steps} from '../../address/steps.ts';
import type {DnsAnswer} from '../../net/dns.ts';
import {applyAnswer} from './access-checks.ts';
import {forbidPermit} from './access-result.ts';
import type {AccessTable} from './access-table.ts';
import type {Check, ReplyClass, Status} from './check.ts';
import {asciiName, domainOf, literalAddress} from './host-name.ts';
import {isNullMx} from './mail-host.ts';
import type {Restriction} from './restriction.ts';

type ServerType = 'A' | 'MX' | 'NS';

/** Whose servers: what is looked up, and how replies name it. */
interface Subject {
  readonly name: string;
  readonly replyName: string;
  readonly replyClass: ReplyClass;
}

const SUBJECTS: readonly (readonly [infix: string, find: (check: Check) => Subject | undefined])[] = [
  ['client', check => known(check.state.client.name, nameAndAddress(check.state.client), 'Client host')],
  [
    'reverse_client_hostname',
    check => known(check.state.client.reverseName, check.state.client.reverseName, 'Unverified Client host'),
  ],
  ['helo', check => whole(check.state.heloName, 'Helo command')],
  ['sender', check => whole(check.state.sender || undefined, 'Sender address')],
  ['recipient', check => whole(check.state.recipient || undefined, 'Recipient address')],
];

export const serverAccess: readonly Restriction[] = SUBJECTS.flatMap(([infix, find]) =>
  (['A', 'MX', 'NS'] as const).map((type): Restriction => ({
    name: `check_${infix}_${type.toLowerCase()}_access`,
    takes: 'table',
    check(check, table, name) {
      const subject = find(check);
      if (subject === undefined) return 'dunno';
      return forbidPermit(check, checkServers(check, check.tools.table(table), subject, type), name, subject.name);
    },
  })),
);

function known(name: string, replyName: string, replyClass: ReplyClass): Subject | undefined {
  return name.toLowerCase() === 'unknown' ? undefined : {name, replyName, replyClass};
}

function whole(name: string | undefined, replyClass: ReplyClass): Subject | undefined {
  return name === undefined ? undefined : {name, replyName: name, replyClass};
}

function* checkServers(check: Check, table: AccessTable, subject: Subject, type: ServerType): Steps<Status> {
  const domain = domainOf(subject.name);
  if (domain.startsWith('[')) return yield* checkLiteral(check, table, subject, type, domain);
  for (const server of yield* serversOf(check, asciiName(domain), subject.name, type)) {
    const status = yield* checkServer(check, table, subject, type, server);
    if (status !== undefined) return status;
  }
  return 'dunno';
}

/** An address literal is its own mail exchanger; it has no name servers. */
function* checkLiteral(
  check: Check,
  table: AccessTable,
  subject: Subject,
  type: ServerType,
  literal: string,
): Steps<Status> {
  const address = literal.endsWith(']') ? literalAddress(literal.slice(1, -1)) : undefined;
  if (type === 'NS' || address === undefined) return 'dunno';
  return (yield* checkAddress(check, table, subject, address)) ?? 'dunno';
}

/** A name without MX records is its own mail exchanger; one without NS records has those of its parent domains. */
function* serversOf(check: Check, domain: string, given: string, type: ServerType): Steps<readonly string[]> {
  if (type === 'A') return [domain];
  let name = domain;
  for (;;) {
    const answer = yield* ask(check.tools.dns.query(name, type));
    if (answer.kind === 'found') return isNullMx(answer) && type === 'MX' ? [] : answer.records.map(each => each.value);
    const isMissing = answer.kind === 'no-name' || answer.kind === 'no-record';
    if (isMissing && type === 'MX') return [domain];
    const dot = name.indexOf('.');
    const parent = isMissing && dot >= 0 ? name.slice(dot + 1) : '';
    if (parent === '') {
      warnOfFailure(check, type, isMissing ? given : name, answer);
      return [];
    }
    name = parent;
  }
}

function warnOfFailure(check: Check, type: ServerType, name: string, answer: DnsAnswer): void {
  const reason = answer.kind === 'found' ? '' : answer.text;
  check.tools.log.warning(`Unable to look up ${type} host for ${name}: ${reason}`);
}

function* checkServer(
  check: Check,
  table: AccessTable,
  subject: Subject,
  type: ServerType,
  server: string,
): Steps<Status | undefined> {
  if (isIP(server) !== 0) return yield* checkAddress(check, table, subject, server);
  const {replyName, replyClass} = subject;
  if (type !== 'A') {
    const answer = yield* table.findDomain(server);
    const status = yield* applyAnswer(check, table, answer, {datum: server, replyName, replyClass});
    if (status !== undefined) return status;
  }
  const host = yield* ask(check.tools.dns.hostAddresses(server, check.tools.families));
  if (host.kind === 'found') {
    for (const address of host.addresses) {
      const status = yield* checkAddress(check, table, subject, address);
      if (status !== undefined) return status;
    }
  } else if (type !== 'A') {
    const about = `${type} host ${server} for ${replyClass} ${replyName}`;
    check.tools.log.warning(`Unable to look up ${about}: ${host.text}`);
  }
  return undefined;
}

function* checkAddress(
  check: Check,
  table: AccessTable,
  {replyName, replyClass}: Subject,
  address: string,
): Steps<Status | undefined> {
  const answer = yield* table.findHostAddress(address);
  return yield* applyAnswer(check, table, answer, {datum: address, replyName, replyClass});
}
