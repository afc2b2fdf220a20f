/**
 * XCLIENT (XCLIENT_README): a proxy says who its client is, and the session begins anew as if that client had come.
 * For hosts of smtpd_authorized_xclient_hosts only.
 */
import type {SmtpdMachine} from '../machine.ts';
import type {NameStatus, SmtpdClient} from '../smtpd-state.ts';
import {
  badAttribute,
  clientAddress,
  type Families,
  isPlainHostname,
  isPort,
  readAttribute,
} from './client-attributes.ts';
import type {SmtpdCommand} from './registry.ts';

type Draft = {-readonly [Key in keyof SmtpdClient]: SmtpdClient[Key]} & {
  helo?: string | undefined;
  protocol?: 'SMTP' | 'ESMTP' | undefined;
  login?: string | undefined;
};

export const xclient: SmtpdCommand = {
  name: 'XCLIENT',
  counter: 'xclient',
  worksBeforeTls: true, // a proxy's hosts are known by their addresses
  keepsStage: true, // unless the client is judged anew
  run(machine, argument) {
    if (machine.transaction.isOpen) return no(machine, '503 5.5.1 Error: MAIL transaction in progress');
    if (argument === '') return no(machine, '501 5.5.4 Syntax: XCLIENT attribute=value...');
    if (!machine.mayXclient) {
      return no(machine, '550 5.7.0 Error: insufficient authorization');
    }
    const draft: Draft = {...machine.state.client};
    for (const word of argument.split(/[ \t]+/)) {
      const complaint = take(draft, word, machine.service.families);
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

function take(draft: Draft, word: string, families: Families): string | undefined {
  const attribute = readAttribute(word);
  if (typeof attribute === 'string') return attribute;
  const {name, value} = attribute;
  const bad = badAttribute(name, value);
  const absent = ABSENT.get(value.toUpperCase());
  switch (name) {
    case 'NAME':
      return takeName(draft, value, absent) ? undefined : bad;
    case 'REVERSE_NAME':
      if (absent === undefined && !isPlainHostname(value)) return bad;
      draft.reverseName = absent === undefined ? value : 'unknown';
      draft.reverseNameStatus = absent ?? 'ok';
      return undefined;
    case 'ADDR':
      draft.address = absent === undefined ? (clientAddress(value, families) ?? '') : 'unknown';
      return draft.address === '' ? bad : undefined;
    case 'PORT':
      if (absent === undefined && !isPort(value)) return bad;
      draft.port = absent === undefined ? value : 'unknown';
      return undefined;
    case 'HELO':
      draft.helo = absent === undefined ? value : undefined;
      return undefined;
    case 'PROTO':
      if (!/^E?SMTP$/i.test(value)) return bad;
      draft.protocol = value.toUpperCase() === 'SMTP' ? 'SMTP' : 'ESMTP';
      return undefined;
    case 'LOGIN':
      draft.login = absent === undefined ? value : undefined;
      return undefined;
    case 'DESTADDR':
      draft.serverAddress = absent === undefined ? (clientAddress(value, families) ?? '') : 'unknown';
      return draft.serverAddress === '' ? bad : undefined;
    case 'DESTPORT':
      if (absent === undefined && !isPort(value)) return bad;
      draft.serverPort = absent === undefined ? value : 'unknown';
      return undefined;
    default:
      return `501 5.5.4 Bad XCLIENT attribute name: ${name}`;
  }
}

function takeName(draft: Draft, value: string, absent: NameStatus | undefined): boolean {
  if (absent === undefined && !isPlainHostname(value)) return false;
  draft.name = absent === undefined ? value : 'unknown';
  draft.nameStatus = absent ?? 'ok';
  draft.reverseName = draft.name;
  draft.reverseNameStatus = draft.nameStatus;
  return true;
}

/** It never counts as a command that went well: what follows is another session. */
async function begin(machine: SmtpdMachine, draft: Draft): Promise<boolean> {
  const {helo, protocol, login, ...client} = draft;
  machine.state.stage = 'XCLIENT';
  machine.state.heloName = helo;
  machine.state.protocol = protocol ?? 'SMTP';
  machine.state.login = login === undefined ? undefined : {method: 'XCLIENT', username: login};
  await machine.becomeClient(client);
  return false;
}
