/** MAIL (RFC 5321 section 4.1.1.2), with BODY (RFC 6152). */
import {ParseError} from '../../base/errors.ts';
import {parseParameters, parsePath, printPath} from '../path-syntax.ts';
import {LmtpTransaction} from '../transaction.ts';
import type {LmtpCommand} from './lmtp-command.ts';

export const mail: LmtpCommand = (session, argument) => {
  if (session.transaction !== undefined) return session.fail('503 5.5.0 MAIL already given');
  const [, text] = /^FROM:(.*)$/is.exec(argument) ?? [];
  if (text === undefined) return session.fail('501 5.5.4 Invalid parameters');
  let sender: string;
  try {
    const {workarounds} = session.options.settings;
    const path = parsePath(text, {mayBeNull: true, isStrict: false, workarounds});
    const refusal = refuseParameters(path.rest);
    if (refusal !== undefined) return session.fail(refusal);
    sender = printPath(path);
  } catch (fault) {
    if (!(fault instanceof ParseError)) throw fault;
    return session.fail(
      `501 5.5.4 ${fault.message.startsWith('Invalid MAIL') ? '' : 'Invalid FROM: '}${fault.message}`,
    );
  }
  session.transactions++;
  session.transaction = new LmtpTransaction(session, sender);
  session.state = 'MAIL FROM';
  session.reply('250 2.1.0 OK');
};

function refuseParameters(text: string): string | undefined {
  for (const {name, value} of parseParameters(text, 'MAIL')) {
    if (name !== 'BODY') return '555 5.5.4 Unsupported parameters';
    if (value === undefined) return '501 5.5.4 Missing BODY= parameter value';
    if (!['7BIT', '8BITMIME'].includes(value.toUpperCase())) return '555 5.5.4 Unsupported mail BODY type';
  }
  return undefined;
}
