/**
 * ENVELOPE (RFC 3501 section 7.4.2) as Dovecot answers it, and the fields it is made of. Of a field that is there twice the
 * last counts; addresses add up.
 */
import {parseAddresses, type MailAddress} from './addresses.ts';
import {imapNstring, imapStringForHumans} from './imap-text.ts';

type AddressField = 'from' | 'sender' | 'replyTo' | 'to' | 'cc' | 'bcc';

export class Envelope {
  date: string | undefined;
  subject: string | undefined;
  inReplyTo: string | undefined;
  messageId: string | undefined;
  readonly #addresses = new Map<AddressField, MailAddress[]>();

  /** `name` in lower case, `value` unfolded and without the blanks in front. Other fields are passed over. */
  take(name: string, value: string): void {
    const field = ADDRESS_FIELDS.get(name);
    if (field !== undefined) this.#takeAddresses(field, value);
    else if (name === 'date') this.date = value;
    else if (name === 'subject') this.subject = value;
    else if (name === 'message-id') this.messageId = value;
    else if (name === 'in-reply-to') this.inReplyTo = value;
  }

  /** Sender and Reply-To are From where the message has none (RFC 3501 section 7.4.2). */
  addresses(field: AddressField): readonly MailAddress[] {
    const own = this.#addresses.get(field);
    if (own === undefined && (field === 'sender' || field === 'replyTo')) return this.addresses('from');
    return own ?? [];
  }

  #takeAddresses(field: AddressField, value: string): void {
    const all = this.#addresses.get(field);
    const found = parseAddresses(value, MAX_ADDRESSES - (all?.length ?? 0));
    if (found.length === 0) return;
    if (all === undefined) this.#addresses.set(field, found);
    else for (const address of found) all.push(address);
  }
}

export function writeEnvelope(envelope: Envelope): string {
  const addresses = ADDRESS_ORDER.map(field => writeAddresses(envelope.addresses(field))).join(' ');
  const strings = `${imapNstring(envelope.inReplyTo)} ${imapNstring(envelope.messageId)}`;
  return `(${imapNstring(envelope.date)} ${imapStringForHumans(envelope.subject)} ${addresses} ${strings})`;
}

function writeAddresses(addresses: readonly MailAddress[]): string {
  if (addresses.length === 0) return 'NIL';
  let out = '(';
  for (const {name, route, mailbox, domain} of addresses)
    out += `(${imapStringForHumans(name)} ${imapNstring(route)} ${imapNstring(mailbox)} ${imapNstring(domain)})`;
  return `${out})`;
}

/** Whether a field (its name in lower case) has a part in the envelope. */
export function isEnvelopeField(name: string): boolean {
  return ENVELOPE_FIELDS.has(name);
}

const ADDRESS_FIELDS: ReadonlyMap<string, AddressField> = new Map([
  ['from', 'from'],
  ['sender', 'sender'],
  ['reply-to', 'replyTo'],
  ['to', 'to'],
  ['cc', 'cc'],
  ['bcc', 'bcc'],
]);
const ADDRESS_ORDER: readonly AddressField[] = ['from', 'sender', 'replyTo', 'to', 'cc', 'bcc'];
const ENVELOPE_FIELDS: ReadonlySet<string> = new Set([
  ...ADDRESS_FIELDS.keys(),
  'date',
  'subject',
  'message-id',
  'in-reply-to',
]);
/** A bound for hostile fields. */
const MAX_ADDRESSES = 100_000;
