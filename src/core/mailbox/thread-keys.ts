/**
 * What THREAD and SORT ask of a message (RFC 5256): its ids, its base subject, the date it was sent; and the same as
 * bytes for the index.
 */
import type {Envelope} from '../message/mime/envelope.ts';
import {baseSubject} from '../message/mime/base-subject.ts';
import {parseSentDate} from '../message/mime/sent-date.ts';
import {threadKeys} from '../message/mime/thread-keys.ts';
import type {ThreadKeys} from './mailbox.ts';

const PART_END = '\0';

export function writeThreadKeys(keys: ThreadKeys): string {
  const parts = [
    keys.messageId,
    keys.references.join(' '),
    keys.baseSubject,
    keys.isReplyOrForward ? '1' : '',
    keys.sent === undefined ? '' : String(keys.sent),
  ];
  return parts.map(part => part.replaceAll(PART_END, '')).join(PART_END);
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

/** `references`: the field's value, or undefined. */
export function threadKeysOf(envelope: Envelope | undefined, references: string | undefined): ThreadKeys {
  const {text, isReplyOrForward} = baseSubject(envelope?.subject ?? '');
  const ids = threadKeys(envelope?.messageId, references, envelope?.inReplyTo);
  const sent = envelope?.date === undefined ? undefined : parseSentDate(envelope.date);
  return {
    messageId: ids.messageId ?? '',
    references: ids.references.slice(-MOST_REFERENCES),
    baseSubject: text,
    isReplyOrForward,
    sent: sent === undefined ? undefined : sent.seconds * 1000,
  };
}

/** Of one message: the nearest ones. */
const MOST_REFERENCES = 1000;
