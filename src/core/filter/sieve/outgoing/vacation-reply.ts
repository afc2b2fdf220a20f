/**
 * Whether a vacation reply is sent, and its text (RFC 5230 section 4.5 to 5.8). Who gets none: lists, bounces, robots,
 * mail that was not addressed to the user, the user, and senders who had one lately, which the caller asks about first.
 */
import {createHash} from 'node:crypto';
import {toByteString} from '../../../base/bytes.ts';
import {headerAddresses} from '../message/header-address.ts';
import {parseSingleAddress} from '../message/single-address.ts';
import type {VacationAction} from '../run/action.ts';
import {isYes} from '../setting-values.ts';
import {
  AGENT,
  composeMail,
  type Correspondence,
  dateField,
  encodeHeader,
  messageId,
  type OutgoingMail,
  ownAddress,
} from './correspondence.ts';

/** Under which a sender who had this reply is remembered. */
export function vacationId({handle}: VacationAction, sender: string): string {
  return `vacation ${createHash('sha256')
    .update(JSON.stringify([sender.toLowerCase(), handle]))
    .digest('hex')}`;
}

/** Before the memory is asked: why there is no reply to this sender at all, in the original's words. */
export function refusesSender({addresses}: VacationAction, mail: Correspondence): string | undefined {
  const {from: sender} = mail.envelope;
  if (sender === '') return 'discarded vacation reply to <>';
  if (ownAddresses(mail).some(own => isSame(own, sender))) return `discarded vacation reply to own address <${sender}>`;
  if (additional(addresses).some(own => isSame(own, sender)))
    return `discarded vacation reply to own address <${sender}> (as specified using :addresses argument)`;
  return undefined;
}

const LIST_FIELDS = [
  'list-id',
  'list-owner',
  'list-subscribe',
  'list-post',
  'list-unsubscribe',
  'list-help',
  'list-archive',
];
const MASS: ReadonlySet<string> = new Set(['bulk', 'junk', 'list']);
const SUPPRESSES: ReadonlySet<string> = new Set(['all', 'oof']);

/** After it: why there is none to this message. */
export function refusesMessage(action: VacationAction, mail: Correspondence): string | undefined {
  const {message, envelope} = mail;
  const {from: sender} = envelope;
  if (LIST_FIELDS.some(name => message.rawValues(name).length > 0))
    return `discarding vacation response to mailinglist recipient <${sender}>`;
  if (message.rawValues('auto-submitted').some(value => value.trim().toLowerCase() !== 'no'))
    return `discarding vacation response to auto-submitted message from <${sender}>`;
  const precedence = message.rawValues('precedence').find(value => MASS.has(value.trim().toLowerCase()));
  if (precedence !== undefined)
    return `discarding vacation response to precedence=${precedence} message from <${sender}>`;
  const flags = message
    .rawValues('x-auto-response-suppress')
    .flatMap(value => value.split(','))
    .map(flag => flag.trim());
  const flag = flags.find(text => SUPPRESSES.has(text.toLowerCase()));
  if (flag !== undefined)
    return `discarding vacation response to message from <${sender}> (\`${flag}' flag found in x-auto-response-suppress header)`;
  if (isSystemAddress(sender)) return `not sending vacation response to system address <${sender}>`;
  return isAddressed(action, mail) ? undefined : notAddressed(action, mail);
}

function isSystemAddress(address: string): boolean {
  const localPart = address.slice(0, Math.max(address.lastIndexOf('@'), 0)).toLowerCase();
  if (['mailer-daemon', 'listserv', 'majordomo'].includes(localPart)) return true;
  return localPart.startsWith('owner-') || localPart.endsWith('-request');
}

const RECIPIENT_FIELDS = ['to', 'cc', 'bcc', 'resent-to', 'resent-cc', 'resent-bcc'];

function isAddressed({addresses}: VacationAction, mail: Correspondence): boolean {
  if (isYes(mail.setting('sieve_vacation_dont_check_recipient'))) return true;
  const known = [...ownAddresses(mail), ...additional(addresses)].map(address => address.toLowerCase());
  for (const name of RECIPIENT_FIELDS)
    for (const value of mail.message.rawValues(name))
      if (headerAddresses(value).some(({text}) => known.includes(text.toLowerCase()))) return true;
  return false;
}

function notAddressed({addresses}: VacationAction, {envelope, userEmail, setting}: Correspondence): string {
  const original = isYes(setting('sieve_vacation_use_original_recipient'))
    ? `original-recipient=<${envelope.originalTo}>, `
    : '';
  const own = userEmail === undefined ? '' : `user-email=<${userEmail}>, `;
  const more = addresses.length === 0 ? ' no' : '';
  return `discarding vacation response for implicitly delivered message; no known (envelope) recipient address found in message headers (recipient=<${envelope.to}>, ${original}${own}and${more} additional \`:addresses' are specified)`;
}

function ownAddresses({envelope, userEmail, setting}: Correspondence): string[] {
  const original = isYes(setting('sieve_vacation_use_original_recipient')) ? [envelope.originalTo] : [];
  return [envelope.to, ...original, ...(userEmail === undefined ? [] : [userEmail])];
}

function additional(addresses: readonly string[]): string[] {
  return addresses.flatMap(text => parseSingleAddress(text).address ?? []);
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

export function vacationReply(action: VacationAction, mail: Correspondence): OutgoingMail {
  const {message, envelope} = mail;
  const id = message.rawValues('message-id')[0];
  const references = [...message.rawValues('references').slice(0, 1), ...(id === undefined ? [] : [id])].join(' ');
  const fields = [
    ['X-Sieve', AGENT],
    ['Message-ID', messageId(mail)],
    ['Date', dateField(mail.now())],
    ['From', action.from === undefined ? `<${ownAddress(mail)}>` : encodeHeader(action.from)],
    ['To', replyTo(mail)],
    ['Subject', subject(action, mail)],
    ['In-Reply-To', id],
    ['References', references === '' ? undefined : references],
    ['Auto-Submitted', 'auto-replied (vacation)'],
    ['Precedence', 'bulk'],
    ['X-Auto-Response-Suppress', 'All'],
    ['MIME-Version', '1.0'],
  ] as const;
  const plain = `Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n${action.message}\n`;
  const sendsAsUser = isYes(mail.setting('sieve_vacation_send_from_recipient'));
  return {
    sender: sendsAsUser ? envelope.to : '',
    recipients: [envelope.from],
    text: composeMail(fields, action.isMime ? `${action.message}\n` : plain),
    isFollowed: false,
  };
}

/** The sender as the message names it, when it is the envelope's (seen), or sieve_vacation_to_header_ignore_envelope. */
function replyTo({message, envelope, setting}: Correspondence): string {
  const ignoresEnvelope = isYes(setting('sieve_vacation_to_header_ignore_envelope'));
  for (const name of ['sender', 'resent-from', 'from', 'reply-to'])
    for (const value of message.rawValues(name)) {
      const addresses = headerAddresses(value);
      if (addresses.length !== 1) continue;
      if (ignoresEnvelope || isSame(addresses[0]?.text ?? '', envelope.from)) return value;
    }
  return `<${envelope.from}>`;
}

/** sieve_vacation_default_subject, _default_subject_template (`%$` is the message's), _max_subject_codepoints. */
function subject(action: VacationAction, {message, setting}: Correspondence): string {
  const most = Number(/^\d{1,9}$/.exec(setting('sieve_vacation_max_subject_codepoints') ?? '')?.[0] ?? 256);
  if (action.subject !== undefined) return encodeHeader(cut(action.subject, most));
  const [original] = message.rawValues('subject');
  if (original === undefined || original === '')
    return encodeHeader(cut(setting('sieve_vacation_default_subject') ?? 'Automated reply', most));
  const template = setting('sieve_vacation_default_subject_template') || 'Auto: %$';
  const fill = (text: string): string => template.replaceAll('%$', () => text);
  const decoded = fill(message.values('subject')[0] ?? '');
  const shown = cut(decoded, most);
  return shown === decoded ? fill(original) : encodeHeader(shown);
}

/** UTF-8 bytes; what is cut off leaves an ellipsis. */
function cut(bytes: string, most: number): string {
  const letters = Array.from(Buffer.from(bytes, 'latin1').toString('utf8'));
  return letters.length <= most ? bytes : toByteString(`${letters.slice(0, Math.max(most - 1, 0)).join('')}…`);
}
