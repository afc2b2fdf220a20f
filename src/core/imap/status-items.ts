/** Items of STATUS (RFC 3501 section 6.3.10, RFC 7162, RFC 8438), for STATUS, LIST and NOTIFY. */
import type {MailboxStatus} from '../mailbox/mail-store.ts';
import {type Arguments, fail} from './argument.ts';
import type {MailSession} from './mail-session.ts';

/** In the order in which Dovecot answers them, whatever was asked first. */
const ITEMS = {
  MESSAGES: (status: MailboxStatus) => status.messages,
  RECENT: (status: MailboxStatus) => status.recent,
  UIDNEXT: (status: MailboxStatus) => status.uidNext,
  UIDVALIDITY: (status: MailboxStatus) => status.uidValidity,
  UNSEEN: (status: MailboxStatus) => status.unseen,
  HIGHESTMODSEQ: (status: MailboxStatus) => status.highestModSeq,
  SIZE: (status: MailboxStatus) => status.sizeBytes ?? 0,
  'X-SIZE': (status: MailboxStatus) => status.sizeBytes ?? 0,
  'X-GUID': (status: MailboxStatus) => status.guid,
} as const;

export type StatusItem = keyof typeof ITEMS;

const NAMES = Object.keys(ITEMS) as StatusItem[];

export function expectStatusItems(args: Arguments): readonly StatusItem[] {
  if (args.isAtEnd) fail('Empty status list');
  const asked = new Set<string>();
  while (!args.isAtEnd) {
    const name = args.expectAtom('Status list contains non-atoms.').toUpperCase();
    if (!NAMES.some(item => item === name)) fail(`Invalid status item ${name}`);
    asked.add(name);
  }
  return NAMES.filter(name => asked.has(name));
}

/** `* STATUS INBOX (MESSAGES 3)`; `wire` is the name as the client is to read it. */
export async function sendStatus(
  session: MailSession,
  name: string,
  wire: string,
  items: readonly StatusItem[],
): Promise<void> {
  const withSize = items.includes('SIZE') || items.includes('X-SIZE');
  if (items.includes('HIGHESTMODSEQ')) session.hasCondstore = true;
  const status = await session.store.status(name, withSize);
  session.line.out.line(`* STATUS ${wire} (${printStatus(status, items)})`);
}

export function printStatus(status: MailboxStatus, items: readonly StatusItem[]): string {
  return items.map(item => `${item} ${ITEMS[item](status)}`).join(' ');
}
