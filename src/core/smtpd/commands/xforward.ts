/**
 * XFORWARD (XFORWARD_README): where a message came from before a content filter, for the log only. For hosts of
 * smtpd_authorized_xforward_hosts.
 */
import {isIP, isIPv4} from 'node:net';
import {isValidHostname} from '../../address/host-syntax.ts';
import {decodeXtext} from '../../smtp/xtext.ts';
import type {SmtpdMachine} from '../machine.ts';
import type {SmtpdCommand} from './registry.ts';

/** What was told, until the next XFORWARD or the end of the message. */
export interface Forwarded {
  name?: string | undefined;
  address?: string | undefined;
  port?: string | undefined;
  helo?: string | undefined;
  protocol?: string | undefined;
  ident?: string | undefined;
  source?: string | undefined;
}

export const xforward: SmtpdCommand = {
  name: 'XFORWARD',
  counter: 'xforward',
  keepsStage: true,
  run(machine, argument) {
    if (machine.transaction.isOpen) return no(machine, '503 5.5.1 Error: MAIL transaction in progress');
    if (argument === '') return no(machine, '501 5.5.4 Syntax: XFORWARD attribute=value...');
    if (!machine.mayXforward) {
      return no(machine, '550 5.7.0 Error: insufficient authorization');
    }
    const draft: Forwarded = {...machine.forwarded};
    for (const word of argument.split(/[ \t]+/)) {
      const complaint = take(draft, word);
      if (complaint !== undefined) return no(machine, complaint);
    }
    machine.forwarded = draft;
    machine.say('250 2.0.0 Ok');
    return true;
  },
};

function no(machine: SmtpdMachine, reply: string): false {
  machine.say(reply);
  return false;
}

function take(draft: Forwarded, word: string): string | undefined {
  const equals = word.indexOf('=');
  if (equals < 0) return '501 5.5.4 Error: attribute=value expected';
  const name = word.slice(0, equals).toUpperCase();
  const raw = word.slice(equals + 1);
  const decoded = raw === '' ? '' : decodeXtext(raw);
  if (decoded === undefined || decoded.length > MAX_VALUE) return `501 5.5.4 Error: Bad attribute value syntax: ${raw}`;
  const value = decoded.toUpperCase() === '[UNAVAILABLE]' ? undefined : decoded.replace(/[^!-~]/g, '?');
  switch (name) {
    case 'NAME':
      if (value !== undefined && !isValidHostname(value)) return `501 5.5.4 Error: Bad hostname syntax: ${value}`;
      draft.name = value;
      return undefined;
    case 'ADDR':
      if (value !== undefined && !isAddress(value)) return `501 5.5.4 Error: Bad address syntax: ${value}`;
      draft.address = value?.replace(/^ipv6:/i, '');
      return undefined;
    case 'PORT':
      if (value !== undefined && !/^\d{1,5}$/.test(value)) return `501 5.5.4 Error: Bad port syntax: ${value}`;
      draft.port = value;
      return undefined;
    case 'HELO':
      draft.helo = value;
      return undefined;
    case 'PROTO':
      if (value !== undefined && value.length > MAX_PROTOCOL) return `501 5.5.4 Error: Bad protocol syntax: ${value}`;
      draft.protocol = value;
      return undefined;
    case 'IDENT':
      draft.ident = value;
      return undefined;
    case 'SOURCE':
      if (value !== undefined && !/^(?:LOCAL|REMOTE)$/i.test(value))
        return `501 5.5.4 Error: Bad source syntax: ${value}`;
      draft.source = value;
      return undefined;
    default:
      return `501 5.5.4 Error: unsupported attribute: ${name}`;
  }
}

function isAddress(value: string): boolean {
  return /^ipv6:/i.test(value) ? isIP(value.slice(5)) === 6 : isIPv4(value);
}

const MAX_VALUE = 255;
const MAX_PROTOCOL = 64;
