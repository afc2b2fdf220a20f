/** What letters a script has written are made from: the message, the envelope, who we are, and a way to name messages. */
import {PIGEONHOLE_VERSION} from '../../../config/dovecot/version.ts';
import type {SieveMessage} from '../message/message.ts';
import {headerAddresses} from '../message/header-address.ts';
import type {Envelope} from '../run/environment.ts';

export interface Correspondence {
  readonly message: SieveMessage;
  readonly envelope: Envelope;
  readonly hostName: string;
  /** sieve_user_email, or the recipient. */
  readonly userEmail: string | undefined;
  /** postmaster_address, with or without a name. */
  readonly postmaster: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** `SECONDS-MICROSECONDS-N`, never the same twice. */
  uniqueId(): string;
  setting(name: string): string | undefined;
}

/** A mail to be sent; `sender` '' is the null sender. */
export interface OutgoingMail {
  readonly sender: string;
  readonly recipients: readonly string[];
  /** Byte string. */
  readonly text: string;
  /** The message itself follows the text, its header as editheader left it. */
  readonly isFollowed: boolean;
}

export const AGENT = `Pigeonhole Sieve ${PIGEONHOLE_VERSION}`; // what filters of others look for

export function messageId(mail: Correspondence): string {
  return `<dovecot-sieve-${mail.uniqueId()}@${mail.hostName}>`;
}

/** The user's own address. */
export function ownAddress({userEmail, envelope}: Correspondence): string {
  return userEmail ?? envelope.to;
}

/** The postmaster with a name. */
export function postmasterFrom({postmaster}: Correspondence): string {
  return postmaster.includes('<') ? postmaster : `Postmaster <${postmaster}>`;
}

export function postmasterAddress({postmaster}: Correspondence): string {
  return headerAddresses(postmaster)[0]?.text ?? postmaster;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** RFC 5322 section 3.3, in the zone of the process. */
export function dateField(milliseconds: number): string {
  const date = new Date(milliseconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = -date.getTimezoneOffset();
  const zone = `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}${two(Math.abs(minutes) % 60)}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${DAYS[date.getDay()]}, ${two(date.getDate())} ${MONTHS[date.getMonth()]} ${date.getFullYear()} ${time} ${zone}`;
}

const CRLF = '\r\n';

/** Fields in order, those without a value left out, then a blank line and the body. */
export function composeMail(
  fields: readonly (readonly [name: string, value: string | undefined])[],
  body: string,
): string {
  const lines = fields.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}${CRLF}`]));
  return `${lines.join('')}${body.replace(/\r?\n/g, CRLF)}`;
}

/** Text of a header in encoded words where it needs them (RFC 2047); a line end can't get in. */
export function encodeHeader(text: string): string {
  const line = text.replace(/[\r\n]+/g, ' ').replaceAll('\0', '');
  return line.replace(/[^ ]*[\x80-\xff][^ ]*(?: [^ ]*[\x80-\xff][^ ]*)*/g, encodeWord);
}

/** The shorter of both encodings, pieces of at most 75 characters, no character cut. */
function encodeWord(text: string): string {
  const special = text.replace(/[A-Za-z0-9!*+\-/ ]/g, '').length;
  const isQuoted = special * 3 <= text.length * 2;
  return pieces(text, isQuoted ? 18 : 45)
    .map(piece =>
      isQuoted ? `=?utf-8?q?${quoted(piece)}?=` : `=?utf-8?b?${Buffer.from(piece, 'latin1').toString('base64')}?=`,
    )
    .join(' ');
}

function quoted(text: string): string {
  return text.replace(/[^A-Za-z0-9!*+\-/]/g, character =>
    character === ' ' ? '_' : `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

function pieces(text: string, limit: number): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + limit, text.length);
    while (end > at + 1 && end < text.length && (text.charCodeAt(end) & 0xc0) === 0x80) end--;
    found.push(text.slice(at, end));
    at = end;
  }
  return found;
}

export function isEightBit(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return true;
  return false;
}
