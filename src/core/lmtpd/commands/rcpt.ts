/** RCPT (RFC 5321 section 4.1.1.3): only who is a user is accepted. ORCPT (RFC 3461) is kept for the headers. */
import type {UserRecord} from '../../account/sasl/sasl.ts';
import {describe, ParseError} from '../../base/errors.ts';
import {MailError} from '../../mailbox/mail-error.ts';
import type {LmtpSession} from '../lmtp-session.ts';
import {decodeXtext, type LmtpPath, parseParameters, parsePath, printPath} from '../path-syntax.ts';
import {type LmtpRecipient, splitDetail} from '../recipient.ts';
import type {LmtpTransaction} from '../transaction.ts';
import type {LmtpCommand} from './lmtp-command.ts';

export const rcpt: LmtpCommand = async (session, argument) => {
  const {transaction} = session;
  if (transaction === undefined) return session.fail('503 5.5.0 MAIL needed first');
  const [, text] = /^TO:(.*)$/is.exec(argument) ?? [];
  if (text === undefined) return session.fail('501 5.5.4 Invalid parameters');
  let path: LmtpPath;
  let original: string | undefined;
  try {
    path = parsePath(text, {mayBeNull: false, isStrict: true, workarounds: session.options.settings.workarounds});
    for (const {name, value} of parseParameters(path.rest, 'RCPT')) {
      if (name !== 'ORCPT') return session.fail('555 5.5.4 Unsupported parameters');
      original = originalOf(value ?? '');
    }
  } catch (fault) {
    if (!(fault instanceof ParseError)) throw fault;
    return session.fail(`501 5.5.4 ${fault.message.startsWith('Invalid RCPT') ? '' : 'Invalid TO: '}${fault.message}`);
  }
  await accept(session, transaction, path, original);
};

async function accept(
  session: LmtpSession,
  transaction: LmtpTransaction,
  path: LmtpPath,
  original: string | undefined,
): Promise<void> {
  const address = printPath(path);
  const sessionId = transaction.nextRecipientId();
  const {username, detail} = splitDetail(path.localPart, path.domain, session.options.settings.recipientDelimiter);
  const found = await session.options.lookupUser(username, session.connection);
  if (found.kind === 'unknown') return session.reply(`550 5.1.1 <${address}> User doesn't exist: ${username}`);
  if (found.kind === 'broken') return session.reply(`451 4.3.0 <${address}> Temporary internal error`);
  const known = transaction.recipients.find(each => each.address === address);
  const recipient = known ?? {address, username, detail, original, user: found.user, sessionId};
  const refusal = known === undefined ? await refuse(session, transaction, recipient) : undefined;
  if (refusal !== undefined) return session.reply(refusal);
  transaction.recipients.push(recipient);
  session.state = 'RCPT TO';
  session.reply('250 2.1.5 OK');
}

/** What speaks against it before there is a message. */
async function refuse(
  session: LmtpSession,
  transaction: LmtpTransaction,
  recipient: LmtpRecipient,
): Promise<string | undefined> {
  const {settings, concurrency} = session.options;
  const {address, user} = recipient;
  if (settings.checksQuotaEarly) {
    const refusal = await refuseFull(session, transaction, address, user);
    if (refusal !== undefined) return refusal;
  }
  if (settings.userConcurrencyLimit === 0) return undefined;
  return concurrency.enter(user.username, settings.userConcurrencyLimit)
    ? undefined
    : `451 4.3.0 <${address}> Too many concurrent deliveries for user`;
}

async function refuseFull(
  session: LmtpSession,
  transaction: LmtpTransaction,
  address: string,
  user: UserRecord,
): Promise<string | undefined> {
  try {
    const store = await session.options.openStore(user);
    try {
      const isFull = (await store.quota('INBOX')).some(({storage, messages}) => isOver(storage) || isOver(messages));
      const fault = new MailError('quota', 'Quota exceeded (mailbox for user is full)');
      return isFull ? transaction.refusal(address, fault) : undefined;
    } finally {
      await store.close();
    }
  } catch (fault) {
    session.options.log.error(`rcpt ${address}: ${describe(fault)}`);
    return undefined; // the delivery will say what is wrong
  }
}

function isOver(root: {readonly used: number; readonly limit: number | undefined} | undefined): boolean {
  return root?.limit !== undefined && root.used >= root.limit;
}

/** `rfc822;orig+40x`. */
function originalOf(value: string): string | undefined {
  const [, text = ''] = /^rfc822;(.*)$/is.exec(value) ?? [];
  const address = decodeXtext(text);
  return address === undefined || address === '' || /[^!-~\x80-\xff]/.test(address) ? undefined : address;
}
