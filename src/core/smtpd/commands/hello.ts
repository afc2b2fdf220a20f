/** HELO and EHLO (RFC 5321 section 4.1.1.1), and what EHLO announces (section 4.1.1.1 and each extension's RFC). */
import type {Later} from '../../address/address-rewriter.ts';
import type {SmtpdMachine} from '../machine.ts';
import type {SmtpdCommand} from './registry.ts';

export const helo: SmtpdCommand = hello('HELO');
export const ehlo: SmtpdCommand = hello('EHLO');

function hello(name: 'HELO' | 'EHLO'): SmtpdCommand {
  return {
    name,
    counter: name.toLowerCase(),
    worksBeforeTls: true,
    isJunk: true,
    isLast: true,
    run(machine, argument) {
      if (argument === '') {
        machine.say(`501 Syntax: ${name} hostname`);
        return false;
      }
      machine.transaction.reset();
      const {access, settings} = machine.service;
      access.forgetHelo(machine.state);
      const heloName = printable(argument.replace(/\s+/g, ' '));
      if (settings.delaysReject) return accept(machine, name, heloName, undefined);
      const verdict = access.helo(machine.state, heloName);
      if (verdict instanceof Promise) return verdict.then(refused => accept(machine, name, heloName, refused));
      return accept(machine, name, heloName, verdict);
    },
  };
}

function accept(
  machine: SmtpdMachine,
  name: 'HELO' | 'EHLO',
  heloName: string,
  refused: string | undefined,
): Later<boolean> {
  if (refused !== undefined) return machine.refuse(refused);
  const {state, service} = machine;
  state.heloName = heloName;
  if (name === 'EHLO') state.protocol = 'ESMTP';
  if (name === 'HELO') {
    if (state.protocol !== 'ESMTP') state.protocol = 'SMTP';
    machine.say(`250 ${service.settings.hostName}`);
    return true;
  }
  const discarded = discardedKeywords(machine);
  if (discarded instanceof Promise) return discarded.then(words => announce(machine, words));
  return announce(machine, discarded);
}

/** postconf(5) smtpd_discard_ehlo_keyword_address_maps, smtpd_discard_ehlo_keywords. */
function discardedKeywords({service, state}: SmtpdMachine): Later<ReadonlySet<string>> {
  const {ehloKeywordMaps} = service.lists;
  if (ehloKeywordMaps.length === 0) return service.settings.discardedKeywords;
  return (async () => {
    for (const table of ehloKeywordMaps) {
      const found = await table.lookup(state.client.address);
      if (found !== undefined) return new Set(found.value.toUpperCase().split(/[\s,]+/));
    }
    return service.settings.discardedKeywords;
  })();
}

function announce(machine: SmtpdMachine, discarded: ReadonlySet<string>): boolean {
  const {settings} = machine.service;
  machine.discarded = discarded;
  const words = [settings.hostName, ...keywords(machine).filter(word => !discarded.has(firstWord(word)))];
  const last = words.pop() ?? '';
  machine.say(`${words.map(word => `250-${word}\r\n`).join('')}250 ${last}`);
  return true;
}

function keywords(machine: SmtpdMachine): string[] {
  const {service, state} = machine;
  const {settings, tls} = service;
  const words = ['PIPELINING', settings.messageLimit > 0 ? `SIZE ${settings.messageLimit}` : 'SIZE'];
  if (!settings.disablesVrfy) words.push('VRFY');
  words.push('ETRN');
  if (tls?.isOffered === true && state.tls === undefined) words.push('STARTTLS');
  const mechanisms = machine.announcedMechanisms();
  if (mechanisms !== '') {
    words.push(`AUTH ${mechanisms}`);
    if (settings.hasBrokenSaslClients) words.push(`AUTH=${mechanisms}`);
  }
  if (machine.mayVerp) words.push('XVERP');
  if (machine.mayXclient) words.push(XCLIENT_ATTRIBUTES);
  if (machine.mayXforward) words.push(XFORWARD_ATTRIBUTES);
  words.push('ENHANCEDSTATUSCODES', '8BITMIME', 'DSN');
  if (settings.isUtf8) words.push('SMTPUTF8');
  words.push('CHUNKING');
  if (machine.mayRequireTls) words.push('REQUIRETLS');
  return words;
}

/** `AUTH=PLAIN` and `AUTH PLAIN` alike. */
function firstWord(keyword: string): string {
  return /^[^ =]*/.exec(keyword)?.[0] ?? keyword;
}

/** Seen: what would spoil a log line or a header becomes question marks. */
function printable(name: string): string {
  return name.replace(/[^!-~\x80-\xff]|[<>()\\";@]/g, '?');
}

const XCLIENT_ATTRIBUTES = 'XCLIENT NAME ADDR PROTO HELO REVERSE_NAME PORT LOGIN DESTADDR DESTPORT';
const XFORWARD_ATTRIBUTES = 'XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT';
