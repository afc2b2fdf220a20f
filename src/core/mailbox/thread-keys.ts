/**
 * What THREAD and SORT ask of a message (RFC 5256): its ids, its base subject, the date it was sent; and the same as
 * bytes for the index.
 */
import type {Envelope} from '../message/mime/envelope.ts';
import {baseSubject} from './base-subject.ts';
import type {ThreadKeys} from './mailbox.ts';
import {parseMailDate} from './sent-date.ts';

const PART_END = '\0';

export function writeThreadKeys(keys: ThreadKeys): Buffer {
  const parts = [
    keys.messageId,
    keys.references.join(' '),
    keys.baseSubject,
    keys.isReplyOrForward ? '1' : '',
    keys.sent === undefined ? '' : String(keys.sent),
  ];
  return Buffer.from(parts.map(part => part.replaceAll(PART_END, '')).join(PART_END), 'latin1');
}

export function readThreadKeys(bytes: Buffer): ThreadKeys {
  const [messageId = '', references = '', baseSubject = '', isReply = '', sent = ''] = bytes
    .toString('latin1')
    .split(PART_END);
  return {
    messageId,
    references: references === '' ? [] : references.split(' '),
    baseSubject,
    isReplyOrForward: isReply === '1',
    sent: sent === '' ? undefined : Number(sent),
  };
}

export function threadKeysOf(envelope: Envelope | undefined, references: Buffer | undefined): ThreadKeys {
  const {subject, isReplyOrForward} = baseSubject(envelope?.subject ?? '');
  const inReplyTo = messageIds(envelope?.inReplyTo ?? '');
  const listed = messageIds(references?.toString('latin1') ?? '');
  return {
    messageId: messageIds(envelope?.messageId ?? '')[0] ?? '',
    references: listed.length > 0 ? listed : inReplyTo.slice(0, 1),
    baseSubject: subject,
    isReplyOrForward,
    sent: parseMailDate(envelope?.date ?? ''),
  };
}

/** References of one message that are looked at. */
const MOST_IDS = 1000;

/** What stands between `<` and `>`, blanks left out, and has an `@`. */
function messageIds(text: string): string[] {
  const ids: string[] = [];
  for (let start = text.indexOf('<'); start >= 0 && ids.length < MOST_IDS;) {
    const end = text.indexOf('>', start);
    if (end < 0) break;
    const from = text.lastIndexOf('<', end) + 1;
    const id = text.slice(from, end).replace(/\s+/g, '');
    if (id.includes('@')) ids.push(id);
    start = text.indexOf('<', end);
  }
  return ids;
}
