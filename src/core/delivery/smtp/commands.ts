/** MAIL, RCPT and XFORWARD as this client writes them, with the parameters that the server knows. Pure. */
import {isAscii, toText} from '../../base/bytes.ts';
import {quoteAddress} from '../../message/address-syntax.ts';
import {
  NOTIFY_DELAY,
  NOTIFY_FAILURE,
  NOTIFY_NEVER,
  NOTIFY_SUCCESS,
  type Envelope,
  type Recipient,
} from '../../queue/agent.ts';
import {UTF8_REQUESTED} from '../../queue/send-options.ts';
import type {ServerFeatures} from './server-features.ts';

export interface CommandRules {
  readonly quotesEnvelope: boolean;
  readonly sendsDummyAuth: boolean;
}

/** `requiresTls`: REQUIRETLS is said (RFC 8689). */
export function mailCommand(
  sender: string,
  envelope: Envelope,
  features: ServerFeatures,
  rules: CommandRules,
  requiresTls: boolean,
): string {
  let line = `MAIL FROM:<${rules.quotesEnvelope ? quoteAddress(sender) : sender}>`;
  if (features.sizeLimit > 0) line += ` SIZE=${envelope.sizeBytes}`;
  if (features.has8BitMime) {
    const encoding = envelope.attributes.get('encoding');
    if (encoding === '8bit') line += ' BODY=8BITMIME';
    else if (encoding === '7bit') line += ' BODY=7BIT';
  }
  if (features.hasDsn) line += dsnParameters(envelope.attributes);
  if (features.hasSmtpUtf8 && ((envelope.sendOptions ?? 0) & UTF8_REQUESTED) !== 0) line += ' SMTPUTF8';
  if (requiresTls) line += ' REQUIRETLS';
  if (rules.sendsDummyAuth && features.isAuthenticated) line += ' AUTH=<>';
  return `${line}\r\n`;
}

function dsnParameters(attributes: ReadonlyMap<string, string>): string {
  const envelopeId = attributes.get('envelope_id') ?? '';
  const content = Number(attributes.get('ret_flags') ?? 0);
  const id = envelopeId === '' ? '' : ` ENVID=${xtext(envelopeId)}`;
  return id + (content === 1 ? ' RET=FULL' : content === 2 ? ' RET=HDRS' : '');
}

/** `address`: as it goes out, which generic(5) may have changed. */
export function rcptCommand(
  address: string,
  recipient: Recipient,
  envelope: Envelope,
  features: ServerFeatures,
  rules: CommandRules,
): string {
  let line = `RCPT TO:<${rules.quotesEnvelope ? quoteAddress(address) : address}>`;
  if (features.hasDsn) {
    const isUtf8 = ((envelope.sendOptions ?? 0) & UTF8_REQUESTED) !== 0;
    const original = recipient.dsnOriginal === '' ? typedOriginal(recipient, isUtf8) : recipient.dsnOriginal;
    if (original !== '') line += ` ORCPT=${original.startsWith('utf-8;') ? unicodeXtext(original) : xtext(original)}`;
    if (recipient.notify !== 0) line += ` NOTIFY=${notifyNames(recipient.notify)}`;
  }
  return `${line}\r\n`;
}

function typedOriginal({original}: Recipient, isUtf8: boolean): string {
  if (original === '') return '';
  const address = quoteAddress(original);
  return `${isUtf8 && !isAscii(address) ? 'utf-8' : 'rfc822'};${address}`;
}

const NOTIFY_NAMES: readonly (readonly [number, string])[] = [
  [NOTIFY_NEVER, 'NEVER'],
  [NOTIFY_SUCCESS, 'SUCCESS'],
  [NOTIFY_FAILURE, 'FAILURE'],
  [NOTIFY_DELAY, 'DELAY'],
];

function notifyNames(bits: number): string {
  return NOTIFY_NAMES.filter(([bit]) => (bits & bit) !== 0)
    .map(([, name]) => name)
    .join(',');
}

/** RFC 3461 section 4: what is not printable ASCII, and `+` and `=`, as hexadecimal digits behind a `+`. */
function xtext(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isPlain = code > 32 && code < 127 && code !== PLUS && code !== EQUALS;
    out += isPlain ? text.charAt(i) : `+${code.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** RFC 6533 section 3, utf-8-addr-xtext: characters by their number. */
function unicodeXtext(text: string): string {
  let out = '';
  for (const character of toText(text)) {
    const code = character.codePointAt(0) ?? 0;
    const isPlain = code > 32 && code < 127 && code !== PLUS && code !== EQUALS && code !== BACKSLASH;
    out += isPlain ? character : `\\x{${code.toString(16).toUpperCase().padStart(2, '0')}}`;
  }
  return out;
}

/** XFORWARD_README: what is known of the first client and the server offers to hear, in two commands at most. */
export function xforwardCommands({attributes}: Envelope, features: ServerFeatures): string[] {
  const source = attributes.get('rewrite_context') === 'local' ? 'LOCAL' : 'REMOTE';
  const first = forwarded(features, [
    ['NAME', attributes.get('client_name')],
    ['ADDR', attributes.get('client_address')],
    ['PORT', attributes.get('client_port')],
  ]);
  const second = forwarded(features, [
    ['PROTO', attributes.get('protocol_name')],
    ['HELO', attributes.get('helo_name')],
    ['IDENT', attributes.get('log_ident')],
    ['SOURCE', source],
  ]);
  return [first, second].filter(text => text !== '').map(text => `XFORWARD${text}\r\n`);
}

function forwarded({xforward}: ServerFeatures, values: readonly (readonly [string, string | undefined])[]): string {
  let out = '';
  for (const [name, value = ''] of values) if (value !== '' && xforward.has(name)) out += ` ${name}=${xtext(value)}`;
  return out;
}

const PLUS = 0x2b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
