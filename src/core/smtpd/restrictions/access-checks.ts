/** check_*_access: what an access table says of the client, HELO name, sender, recipient, login or ETRN domain (access(5)). */
import {printable} from '../../log/maillog-line.ts';
import {nameAndAddress} from '../smtpd-state.ts';
import type {Steps} from '../../address/steps.ts';
import {counterpart} from './address.ts';
import {applyResult, faultResult, forbidPermit} from './access-result.ts';
import type {AccessTable, TableAnswer} from './access-table.ts';
import type {Check, ReplyClass, Status} from './check.ts';
import {isRouted} from './relay.ts';
import type {Restriction} from './restriction.ts';

export const accessChecks: readonly Restriction[] = [
  {name: 'check_client_access', takes: 'table', check: (check, table) => checkClient(check, check.tools.table(table))},
  {
    name: 'check_reverse_client_hostname_access',
    takes: 'table',
    check: (check, table, name) => {
      const {reverseName} = check.state.client;
      return forbidPermit(check, checkReverseName(check, check.tools.table(table)), name, reverseName);
    },
  },
  {
    name: 'check_helo_access',
    takes: 'table',
    check: (check, table) => checkDomain(check, check.tools.table(table), check.state.heloName, 'Helo command'),
  },
  {name: 'check_sender_access', takes: 'table', check: (check, table) => checkSender(check, check.tools.table(table))},
  {
    name: 'check_recipient_access',
    takes: 'table',
    check(check, table) {
      const {recipient} = check.state;
      if (recipient === undefined) return 'dunno';
      return checkMailAddress(check, check.tools.table(table), recipient, 'Recipient address');
    },
  },
  {
    name: 'check_etrn_access',
    takes: 'table',
    check: (check, table) => checkDomain(check, check.tools.table(table), check.memory.etrnDomain, 'Etrn command'),
  },
  {
    name: 'check_sasl_access',
    takes: 'table',
    check(check, table, name) {
      if (!check.tools.config.get('smtpd_sasl_auth_enable')) {
        check.tools.log.warning(`restriction \`${name}' ignored: no SASL support`);
        return 'dunno';
      }
      const username = check.state.login?.username ?? '';
      return username === '' ? 'dunno' : checkLogin(check, check.tools.table(table), username);
    },
  },
];

/** What a table's answer means: undefined when it has none. */
export function* applyAnswer(
  check: Check,
  table: AccessTable | undefined,
  answer: TableAnswer,
  about: {readonly datum: string; readonly replyName: string; readonly replyClass: ReplyClass},
): Steps<Status | undefined> {
  if (answer === undefined) return undefined;
  const {datum, replyName, replyClass} = about;
  if (answer === 'fault') return yield* faultResult(check, table?.name ?? '', datum, replyName, replyClass);
  check.hit = answer;
  return yield* applyResult(check, {table: answer.table, value: answer.value, datum, replyName, replyClass});
}

function* checkClient(check: Check, table: AccessTable): Steps<Status> {
  const {name, address} = check.state.client;
  return yield* checkHost(check, table, {name, address}, nameAndAddress(check.state.client), 'Client host');
}

function* checkReverseName(check: Check, table: AccessTable): Steps<Status> {
  const {reverseName, address} = check.state.client;
  return yield* checkHost(check, table, {name: reverseName, address}, reverseName, 'Unverified Client host');
}

function* checkHost(
  check: Check,
  table: AccessTable,
  host: {readonly name: string; readonly address: string},
  replyName: string,
  replyClass: ReplyClass,
): Steps<Status> {
  const byName = yield* table.findDomain(host.name);
  const named = yield* applyAnswer(check, table, byName, {datum: host.name, replyName, replyClass});
  if (named !== undefined) return named;
  const byAddress = yield* table.findHostAddress(host.address);
  return (yield* applyAnswer(check, table, byAddress, {datum: host.address, replyName, replyClass})) ?? 'dunno';
}

function* checkDomain(
  check: Check,
  table: AccessTable,
  name: string | undefined,
  replyClass: ReplyClass,
): Steps<Status> {
  if (name === undefined) return 'dunno';
  const answer = yield* table.findDomain(name);
  return (yield* applyAnswer(check, table, answer, {datum: name, replyName: name, replyClass})) ?? 'dunno';
}

function* checkSender(check: Check, table: AccessTable): Steps<Status> {
  const {sender} = check.state;
  if (sender === undefined) return 'dunno';
  if (sender !== '') return yield* checkMailAddress(check, table, sender, 'Sender address');
  const datum = check.tools.config.get('smtpd_null_access_lookup_key');
  const answer = yield* table.find(datum, true);
  const about = {datum, replyName: '', replyClass: 'Sender address'} as const;
  return (yield* applyAnswer(check, table, answer, about)) ?? 'dunno';
}

/** An address with routing in it is too doubtful to be permitted by a table. */
function* checkMailAddress(check: Check, table: AccessTable, address: string, replyClass: ReplyClass): Steps<Status> {
  const resolution = yield* check.resolve(address, counterpart(check, replyClass));
  const datum = resolution.recipient;
  if (!datum.includes('@')) {
    check.tools.log.warning(`check_mail_access: no @domain in address: ${datum}`);
    return 'dunno';
  }
  const answer = yield* table.findMailAddress(datum);
  const status = (yield* applyAnswer(check, table, answer, {datum, replyName: address, replyClass})) ?? 'dunno';
  const isDoubtful = replyClass === 'Recipient address' && isRouted(check, resolution);
  return status === 'permit' && isDoubtful ? 'dunno' : status;
}

function* checkLogin(check: Check, table: AccessTable, username: string): Steps<Status> {
  const answer = yield* table.find(username, true);
  const about = {datum: username, replyName: printable(username, '_'), replyClass: 'SASL login name'} as const;
  return (yield* applyAnswer(check, table, answer, about)) ?? 'dunno';
}
