/** The line that a delivery leaves in the log (deliver_log_format). */
import {expandVariables} from '../config/dovecot/variables.ts';
import type {LmtpDelivery} from './delivery.ts';

const MAX_FIELD = 200;

export function deliveryLine(delivery: LmtpDelivery, happened: string, sizeBytes: number): string {
  const {head, sender, sizes, envelopeTo, settings} = delivery;
  const messageId = headerField(head, 'message-id');
  const pairs: readonly (readonly [letter: string, name: string, value: string])[] = [
    ['$', '', happened],
    ['m', 'msgid', /^<[^\s<>]+>$/.test(messageId) ? messageId : 'unspecified'],
    ['s', 'subject', headerField(head, 'subject')],
    ['f', 'from', addressOf(headerField(head, 'from'))],
    ['e', 'from_envelope', sender],
    ['p', 'size', String(sizeBytes)],
    ['w', 'vsize', String(sizes.virtual)],
    ['', 'to_envelope', envelopeTo],
  ];
  const values = new Map<string, string>();
  for (const [letter, name, value] of pairs) {
    if (letter !== '') values.set(letter, value);
    if (name !== '') values.set(name, value);
  }
  return expandVariables(settings.deliverLogFormat, {values, onFault: () => undefined});
}

/** The first field of a name, unfolded, without what disturbs a log. */
function headerField(head: string, name: string): string {
  const header = head.split(/\r?\n\r?\n/, 1)[0] ?? '';
  const lines = header.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const line = lines.find(each => each.slice(0, name.length + 1).toLowerCase() === `${name}:`);
  const value = line?.slice(name.length + 1).trim() ?? '';
  return value.replace(/[^ -~\x80-\xff]/g, '?').slice(0, MAX_FIELD);
}

/** `Name <a@b>` -> a@b. */
function addressOf(text: string): string {
  const open = text.lastIndexOf('<');
  const close = text.indexOf('>', open);
  return open >= 0 && close > open ? text.slice(open + 1, close) : text;
}
