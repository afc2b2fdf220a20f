/**
 * XCLIENT (XCLIENT_README): a proxy says who its client is, and the session begins anew as if that client had come.
 * For hosts of smtpd_authorized_xclient_hosts only.
 */
import {isIP, isIPv4} from 'node:net';
import {isValidHostname} from '../../address/host-syntax.ts';
import {decodeXtext} from '../../smtp/xtext.ts';
import type {SmtpdMachine} from '../machine.ts';
import type {NameStatus, SmtpdClient} from '../smtpd-state.ts';
import type {SmtpdCommand} from './registry.ts';

type Draft = {-readonly [Key in keyof SmtpdClient]: SmtpdClient[Key]} & {
  helo?: string | undefined;
  protocol?: 'SMTP' | 'ESMTP' | undefined;
  login?: string | undefined;
};

export const xclient: SmtpdCommand = {
  name: 'XCLIENT',
  counter: 'xclient',
  keepsStage: true,
  run(machine, argument) {
    if (machine.transaction.isOpen) return no(machine, '503 5.5.1 Error: MAIL transaction in progress');
    if (argument === '') return no(machine, '501 5.5.4 Syntax: XCLIENT attribute=value...');
    if (!machine.mayXclient) {
      return no(machine, '550 5.7.0 Error: insufficient authorization');
    }
    const draft: Draft = {...machine.state.client};
    for (const word of argument.split(/[ \t]+/)) {
      const complaint = take(draft, word);
      if (complaint !== undefined) return no(machine, complaint);
    }
    return begin(machine, draft);
  },
};

function no(machine: SmtpdMachine, reply: string): false {
  machine.say(reply);
  return false;
}

/** `[UNAVAILABLE]` and `[TEMPUNAVAIL]`: there is none, there is none just now. */
const ABSENT: ReadonlyMap<string, NameStatus> = new Map([
  ['[UNAVAILABLE]', 'none'],
  ['[TEMPUNAVAIL]', 'temporary'],
]);

function take(draft: Draft, word: string): string | undefined {
  const equals = word.indexOf('=');
  if (equals < 0) return `501 5.5.4 Error: attribute=value expected`;
  const name = word.slice(0, equals).toUpperCase();
  const raw = word.slice(equals + 1);
  const value = raw === '' ? '' : decodeXtext(raw);
  if (value === undefined) return `501 5.5.4 Bad attribute value syntax: ${raw}`;
  const absent = ABSENT.get(value.toUpperCase());
  switch (name) {
    case 'NAME':
      return takeName(draft, value, absent);
    case 'REVERSE_NAME':
      if (absent === undefined && !isValidHostname(value)) return bad('reverse name', value);
      draft.reverseName = absent === undefined ? value : 'unknown';
      draft.reverseNameStatus = absent ?? 'ok';
      return undefined;
    case 'ADDR':
      return takeAddress(draft, value, absent);
    case 'PORT':
      if (absent === undefined && !isPort(value)) return bad('port', value);
      draft.port = absent === undefined ? value : 'unknown';
      return undefined;
    case 'HELO':
      draft.helo = absent === undefined ? value.slice(0, MAX_HELO) : undefined;
      return undefined;
    case 'PROTO':
      if (!/^E?SMTP$/i.test(value)) return bad('protocol', value);
      draft.protocol = value.toUpperCase() === 'SMTP' ? 'SMTP' : 'ESMTP';
      return undefined;
    case 'LOGIN':
      draft.login = absent === undefined ? value : undefined;
      return undefined;
    case 'DESTADDR':
      if (absent === undefined && addressOf(value) === undefined) return bad('server address', value);
      draft.serverAddress = absent === undefined ? (addressOf(value) ?? 'unknown') : 'unknown';
      return undefined;
    case 'DESTPORT':
      if (absent === undefined && !isPort(value)) return bad('server port', value);
      draft.serverPort = absent === undefined ? value : 'unknown';
      return undefined;
    default:
      return `501 5.5.4 Error: unsupported attribute: ${name}`;
  }
}

function takeName(draft: Draft, value: string, absent: NameStatus | undefined): string | undefined {
  if (absent === undefined && !isValidHostname(value)) return bad('hostname', value);
  draft.name = absent === undefined ? value : 'unknown';
  draft.nameStatus = absent ?? 'ok';
  draft.reverseName = draft.name;
  draft.reverseNameStatus = draft.nameStatus;
  return undefined;
}

function takeAddress(draft: Draft, value: string, absent: NameStatus | undefined): string | undefined {
  const address = absent === undefined ? addressOf(value) : 'unknown';
  if (address === undefined) return bad('address', value);
  draft.address = address;
  return undefined;
}

/** An IPv6 address has its prefix (RFC 5321 section 4.1.3). */
function addressOf(value: string): string | undefined {
  if (/^ipv6:/i.test(value)) return isIP(value.slice(5)) === 6 ? value.slice(5).toLowerCase() : undefined;
  return isIPv4(value) ? value : undefined;
}

function isPort(value: string): boolean {
  return /^\d{1,5}$/.test(value) && Number(value) <= 65_535;
}

function bad(what: string, value: string): string {
  return `501 5.5.4 Bad ${what} syntax: ${value}`;
}

const MAX_HELO = 255;

async function begin(machine: SmtpdMachine, draft: Draft): Promise<boolean> {
  const {helo, protocol, login, ...client} = draft;
  await machine.becomeClient(client);
  machine.state.heloName = helo;
  machine.state.protocol = protocol ?? 'SMTP';
  machine.state.login = login === undefined ? undefined : {method: 'XCLIENT', username: login};
  return machine.denied === undefined;
}
