/** A part of a message in some mailbox, named by a URL, goes into a new message (CATENATE, RFC 4469; URL-PARTIAL, RFC 5550). */
import {Refusal} from '../base/errors.ts';
import {MailError} from '../mailbox/mail-error.ts';
import type {Mailbox} from '../mailbox/mailbox.ts';
import type {MessageSink} from '../mailbox/mail-store.ts';
import {parseSection, type Section} from '../message/mime/section.ts';
import {streamSection} from './fetch/section-bytes.ts';
import {type ImapUrl, parseImapUrl} from './imap-url.ts';
import {storeName} from './mailbox-name.ts';
import type {MailSession} from './mail-session.ts';

export async function catenateUrl(session: MailSession, url: string, sink: MessageSink): Promise<void> {
  const parsed = parseImapUrl(url);
  if (parsed === undefined) throw badUrl(url, 'Invalid URL');
  const section = parseSection(parsed.section);
  if (section === undefined) throw badUrl(url, 'Invalid section');
  const {mailbox, isOwn} = await openMailbox(session, url, parsed);
  try {
    await copyPart(session, mailbox, parsed, section, sink, url);
  } finally {
    if (!isOwn) mailbox.close();
  }
}

async function openMailbox(
  session: MailSession,
  url: string,
  parsed: ImapUrl,
): Promise<{mailbox: Mailbox; isOwn: boolean}> {
  const name = storeName(session, parsed.mailbox);
  const selected = session.selected?.mailbox;
  const isOwn = selected !== undefined && selected.name === name;
  const mailbox = isOwn ? selected : await openOther(session, url, name);
  if (parsed.uidValidity === undefined || parsed.uidValidity === mailbox.uidValidity) return {mailbox, isOwn};
  if (!isOwn) mailbox.close();
  throw badUrl(url, 'Invalid UIDVALIDITY');
}

async function openOther(session: MailSession, url: string, name: string): Promise<Mailbox> {
  try {
    return await session.store.open(name, {isReadOnly: true, keepsRecent: true});
  } catch (fault) {
    if (fault instanceof MailError && fault.code !== 'temporary') throw badUrl(url, fault.message);
    throw fault;
  }
}

async function copyPart(
  session: MailSession,
  mailbox: Mailbox,
  {uid, partial}: ImapUrl,
  section: Section,
  sink: MessageSink,
  url: string,
): Promise<void> {
  const sequence = mailbox.sequenceOf(uid);
  const reader = sequence === 0 ? undefined : await mailbox.open(sequence);
  if (reader === undefined) throw badUrl(url, 'Message not found');
  try {
    session.forgetMessage(); // of another mailbox, perhaps
    await streamSection(session, {uid, reader, size: undefined}, section, partial, bytes => sink.write(bytes));
  } finally {
    session.forgetMessage();
    reader.close();
  }
}

function badUrl(url: string, text: string): Refusal {
  return new Refusal(`BADURL ${url.replace(/[\]\r\n]/g, '')}`, text);
}
