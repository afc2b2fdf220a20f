/** What ID answers (imap_id_send), and what of a client's own is logged (imap_id_log). */
import os from 'node:os';
import type {Log} from '../log/log.ts';
import type {Arguments} from './argument.ts';
import {isNil} from './argument.ts';
import {quoted} from './imap-string.ts';
import type {ImapSettings} from './imap-settings.ts';

/** `*` as a value stands for ours. The version is that of the Dovecot whose behaviour this is. */
const OWN_VALUES: ReadonlyMap<string, () => string> = new Map([
  ['name', () => 'Dovecot'],
  ['version', () => '2.3.19.1'],
  ['support-url', () => 'https://www.dovecot.org/'],
  ['support-email', () => 'dovecot@dovecot.org'],
  ['revision', () => '9b53102964'],
  ['os', () => os.type()],
  ['os-version', () => os.release()],
]);

export function idReply(settings: ImapSettings): string {
  const words = settings.idSend.split(' ').filter(word => word !== '');
  if (words.length === 0) return '* ID NIL';
  const fields: string[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const name = words[at] ?? '';
    const value = words[at + 1] ?? '';
    const own = value === '*' ? OWN_VALUES.get(name)?.() : value;
    fields.push(`${quoted(name)} ${own === undefined ? 'NIL' : quoted(own)}`);
  }
  return `* ID (${fields.join(' ')})`;
}

/** `ID sent: name=Thunderbird, version=1`. */
export function logId(settings: ImapSettings, log: Log, args: Arguments): void {
  if (settings.idLog === '') return;
  const wanted = new Set(settings.idLog.toLowerCase().split(/[ ,]+/));
  const list = args.takeList();
  if (list === undefined) return;
  const shown: string[] = [];
  while (!list.isAtEnd) {
    const name = list.takeString() ?? '';
    const value = list.next();
    if (!wanted.has('*') && !wanted.has(name.toLowerCase())) continue;
    const text = value === undefined || value.kind === 'list' || isNil(value) ? 'NIL' : printable(value.text);
    shown.push(`${printable(name)}=${text}`);
  }
  if (shown.length > 0) log.info(`ID sent: ${shown.join(', ')}`);
}

const MAX_LOGGED = 256;

function printable(text: string): string {
  return text.slice(0, MAX_LOGGED).replace(/[^ -~]/g, '?');
}
