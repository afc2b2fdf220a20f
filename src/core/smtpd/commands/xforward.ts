/**
 * XFORWARD (XFORWARD_README): where a message came from before a content filter, for the log only. For hosts of
 * smtpd_authorized_xforward_hosts.
 */
import type {SmtpdMachine} from '../machine.ts';
import {
  badAttribute,
  clientAddress,
  type Families,
  isPlainHostname,
  isPort,
  readAttribute,
} from './client-attributes.ts';
import type {SmtpdCommand} from './registry.ts';

/** What was told, until the end of the transaction: of the client all or nothing. */
export interface Forwarded {
  name?: string | undefined;
  address?: string | undefined;
  port?: string | undefined;
  helo?: string | undefined;
  protocol?: string | undefined;
  ident?: string | undefined;
  /** Its own addresses are to be completed (SOURCE). */
  isLocal?: boolean | undefined;
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
      const complaint = take(draft, word, machine.service.families);
      if (complaint !== undefined) return no(machine, complaint);
    }
    machine.forwarded = completed(draft);
    machine.say('250 2.0.0 Ok');
    return true;
  },
};

function no(machine: SmtpdMachine, reply: string): false {
  machine.say(reply);
  return false;
}

function take(draft: Forwarded, word: string, families: Families): string | undefined {
  const attribute = readAttribute(word);
  if (typeof attribute === 'string') return attribute;
  const {name} = attribute;
  const value = attribute.value.toUpperCase() === '[UNAVAILABLE]' ? undefined : attribute.value.replace(/[^!-~]/g, '?');
  const bad = badAttribute(name, value ?? '');
  switch (name) {
    case 'IDENT':
      draft.ident = value;
      return undefined;
    case 'SOURCE':
      if (value !== undefined && !/^(?:LOCAL|REMOTE)$/i.test(value)) return bad;
      draft.isLocal = value === undefined ? undefined : value.toUpperCase() === 'LOCAL';
      return undefined;
    default:
      return takeOfClient(draft, name, value, families) ? undefined : CLIENT.has(name) ? bad : unknown(name);
  }
}

function unknown(name: string): string {
  return `501 5.5.4 Bad XFORWARD attribute name: ${name}`;
}

/** Attributes of the client: with one of them, nothing is our own client's any more. */
const CLIENT: ReadonlySet<string> = new Set(['NAME', 'ADDR', 'PORT', 'HELO', 'PROTO']);

/** `value` undefined: the proxy does not know it. */
function takeOfClient(draft: Forwarded, name: string, value: string | undefined, families: Families): boolean {
  switch (name) {
    case 'NAME':
      draft.name = value ?? UNKNOWN;
      return value === undefined || isPlainHostname(value);
    case 'ADDR':
      draft.address = value === undefined ? UNKNOWN : clientAddress(value, families);
      return draft.address !== undefined;
    case 'PORT':
      draft.port = value ?? UNKNOWN;
      return value === undefined || isPort(value);
    case 'HELO':
      draft.helo = value ?? '';
      return true;
    case 'PROTO':
      draft.protocol = value ?? UNKNOWN;
      return value === undefined || value.length <= MAX_PROTOCOL;
    default:
      return false;
  }
}

function completed(draft: Forwarded): Forwarded {
  const {name, address, port, helo, protocol} = draft;
  if ([name, address, port, helo, protocol].every(value => value === undefined)) return draft;
  return {
    ...draft,
    name: name ?? UNKNOWN,
    address: address ?? UNKNOWN,
    port: port ?? UNKNOWN,
    helo: helo ?? '',
    protocol: protocol ?? UNKNOWN,
  };
}

const UNKNOWN = 'unknown';
const MAX_PROTOCOL = 64;
