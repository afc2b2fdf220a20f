/**
 * The text below 4xx and 5xx replies (postconf(5) smtpd_reject_footer, smtpd_reject_footer_maps): more lines of the same
 * reply, or with `\c` in front the end of its last line. `\n` begins a line.
 */
import type {Log} from '../log/log.ts';
import {splitAddress} from '../message/address-syntax.ts';
import type {Table} from '../table/table.ts';
import {nameAndAddress, type SmtpdState} from './smtpd-state.ts';

export interface FooterSettings {
  readonly text: string;
  readonly maps: readonly Table[];
  readonly hostName: string;
  readonly mailName: string;
}

/** The whole reply with its footer, without final line end. */
export function withFooter(reply: string, state: SmtpdState, settings: FooterSettings, log: Log): string {
  const footer = footerOf(reply, settings, log);
  return footer === '' ? reply : appendFooter(reply, footer, state, settings);
}

/** A table that would have to be waited for can't be asked here: the reply has its place among the others. */
function footerOf(reply: string, {maps, text}: FooterSettings, log: Log): string {
  for (const table of maps) {
    const found = table.lookup(reply);
    if (found instanceof Promise) log.warning(`${table.name}: this type of table can't be used for reject footers`);
    else if (found !== undefined) return found.value;
  }
  return text;
}

function appendFooter(reply: string, footer: string, state: SmtpdState, settings: FooterSettings): string {
  const lines = reply.split('\r\n');
  const last = lines.pop() ?? '';
  const [, code = '', status = ''] = /^(\d{3})[ -]((?:[45]\.\d{1,3}\.\d{1,3} )?)/.exec(last) ?? [];
  const joins = footer.startsWith('\\c');
  const text = expand(joins ? footer.slice(2) : footer, state, settings).replace(/[^\t\x20-\x7e\x80-\xff\n]/g, '?');
  const [first = '', ...rest] = text.replaceAll('\\n', '\n').split('\n');
  const all = joins ? [...lines, last + first] : [...lines, last, `${code} ${status}${first}`];
  all.push(...rest.map(line => `${code} ${status}${line}`));
  return all.map((line, index) => line.slice(0, 3) + (index < all.length - 1 ? '-' : ' ') + line.slice(4)).join('\r\n');
}

function expand(text: string, state: SmtpdState, {hostName, mailName}: FooterSettings): string {
  const {client} = state;
  const values = new Map<string, string>([
    ['client', nameAndAddress(client)],
    ['client_address', client.address],
    ['client_name', client.name],
    ['client_port', client.port],
    ['helo_name', state.heloName ?? ''],
    ['localtime', new Date().toString().slice(4, 24)],
    ['mail_name', mailName],
    ['server_name', hostName],
    ['sender', state.sender ?? ''],
    ['sender_domain', splitAddress(state.sender ?? '').domain ?? ''],
    ['sender_name', splitAddress(state.sender ?? '').localPart],
    ['recipient', state.recipient ?? ''],
    ['recipient_domain', splitAddress(state.recipient ?? '').domain ?? ''],
    ['recipient_name', splitAddress(state.recipient ?? '').localPart],
  ]);
  return text.replace(/\$(?:\{(\w+)\}|\((\w+)\)|(\w+))/g, (_whole, a?: string, b?: string, c?: string) => {
    return values.get(a ?? b ?? c ?? '') ?? '';
  });
}
