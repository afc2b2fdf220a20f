/**
 * The argument vector of a pipe(8) command for one delivery: `${sender}`, `${recipient}` and so on replaced. An argument
 * that names the recipient or a part of it becomes as many arguments as there are recipients.
 */
import {splitExtension, type ExtensionRules} from '../address/extension.ts';
import {quoteAddress} from '../message/address-syntax.ts';
import type {DeliveryRequest, Recipient} from '../queue/agent.ts';
import {foldAscii} from './local-attempt.ts';
import type {PipeService} from './pipe-service.ts';
import {expandTemplate} from './template.ts';

export type PipeArguments = {readonly argv: readonly string[]} | {readonly warnings: readonly string[]};

const RECIPIENT_NAMES: ReadonlySet<string> = new Set([
  'recipient',
  'original_recipient',
  'user',
  'extension',
  'mailbox',
  'domain',
]);

/** Macros that are attributes of the envelope under another name. */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['client_address', 'client_address'],
  ['client_helo', 'helo_name'],
  ['client_hostname', 'client_name'],
  ['client_port', 'client_port'],
  ['client_protocol', 'protocol_name'],
  ['sasl_method', 'sasl_method'],
  ['sasl_sender', 'sasl_sender'],
  ['sasl_username', 'sasl_username'],
]);

const REQUEST_NAMES: ReadonlySet<string> = new Set(['sender', 'nexthop', 'size', 'queue_id', ...ATTRIBUTES.keys()]);

/** `where` is what a warning begins with: `file F: service S`. */
export function pipeArguments(
  service: PipeService,
  request: DeliveryRequest,
  extension: ExtensionRules,
  where: string,
): PipeArguments {
  const argv: string[] = [];
  const warnings: string[] = [];
  for (const argument of service.argv) {
    const {names, problem} = expandTemplate(argument, {value: () => 'x'});
    for (const name of names)
      if (name !== '' && !REQUEST_NAMES.has(name) && !RECIPIENT_NAMES.has(name))
        warnings.push(`${where}: unknown macro name: "${name}"`);
    if (problem !== undefined) warnings.push(problem);
    if (warnings.length > 0) return {warnings};
    argv.push(...expandArgument(argument, names, service, request, extension));
  }
  return {argv};
}

function expandArgument(
  argument: string,
  names: ReadonlySet<string>,
  service: PipeService,
  request: DeliveryRequest,
  extension: ExtensionRules,
): string[] {
  const ofRequest = (name: string): string | undefined => requestValue(name, service, request);
  if (![...names].some(name => RECIPIENT_NAMES.has(name))) return [expandTemplate(argument, {value: ofRequest}).text];
  const out: string[] = [];
  for (const recipient of request.recipients) {
    const values = recipientValues(recipient, service, extension);
    // Without a user part (`+news@x`) the argument goes: shared mailboxes of Cyrus want it so.
    if (names.has('user') && values.get('user') === '') continue;
    out.push(expandTemplate(argument, {value: name => values.get(name) ?? ofRequest(name)}).text);
  }
  return out;
}

function requestValue(name: string, service: PipeService, request: DeliveryRequest): string | undefined {
  const {envelope} = request;
  switch (name) {
    case 'sender':
      return senderOf(envelope.sender, service);
    case 'nexthop':
      return service.flags.has('h') ? foldAscii(request.nexthop) : request.nexthop;
    case 'size':
      return String(envelope.sizeBytes);
    case 'queue_id':
      return envelope.id;
    default:
      return envelope.attributes.get(ATTRIBUTES.get(name) ?? '');
  }
}

function senderOf(sender: string, service: PipeService): string {
  const shown = sender === '' ? service.nullSender : sender;
  return service.flags.has('q') && shown !== '' ? quoteAddress(shown) : shown;
}

function recipientValues(
  recipient: Recipient,
  service: PipeService,
  extension: ExtensionRules,
): ReadonlyMap<string, string> {
  const {flags} = service;
  const folded = fold(recipient.address, flags);
  const at = folded.lastIndexOf('@');
  const mailbox = at < 0 ? folded : folded.slice(0, at);
  const split = extension.delimiters === '' ? undefined : splitPlain(mailbox, extension);
  const quote = (address: string): string => (flags.has('q') ? quoteAddress(address) : address);
  return new Map([
    ['recipient', quote(folded)],
    ['original_recipient', quote(fold(recipient.original, flags))],
    ['user', split?.user ?? mailbox],
    ['extension', split?.extension ?? ''],
    ['mailbox', mailbox],
    ['domain', at < 0 ? '' : folded.slice(at + 1)],
  ]);
}

/** Here an address may begin with the delimiter: it has no user then. */
function splitPlain(mailbox: string, rules: ExtensionRules): {user: string; extension: string} | undefined {
  if (mailbox !== '' && rules.delimiters.includes(mailbox.charAt(0))) return {user: '', extension: mailbox.slice(1)};
  const split = splitExtension(mailbox, rules);
  return split === undefined ? undefined : {user: split.user, extension: split.extension.slice(1)};
}

/** Flags `u` and `h`: local part and domain in lower case. */
function fold(address: string, flags: ReadonlySet<string>): string {
  const at = address.lastIndexOf('@');
  const local = at < 0 ? address : address.slice(0, at);
  const domain = at < 0 ? '' : address.slice(at);
  return (flags.has('u') ? foldAscii(local) : local) + (flags.has('h') ? foldAscii(domain) : domain);
}
