/** DATA (RFC 5321 section 4.1.1.4); the replies are LMTP's, one for each recipient. */
import {DotReader} from '../dot-reader.ts';
import type {LmtpSession} from '../lmtp-session.ts';
import type {LmtpTransaction} from '../transaction.ts';
import {hasArgument, type LmtpCommand} from './lmtp-command.ts';
import {missingRecipients} from './needs-recipients.ts';

const PIECE_BYTES = 64 * 1024;

export const data: LmtpCommand = async (session, argument) => {
  if (hasArgument(session, argument)) return;
  const {transaction} = session;
  const missing = missingRecipients(transaction);
  if (transaction === undefined || missing !== undefined) return session.fail(missing ?? '');
  if (session.hasFailedChunk || transaction.hasChunks) return session.fail('503 5.5.0 DATA not allowed after BDAT');
  session.reply('354 OK');
  await session.wire.flush();
  session.state = 'DATA';
  await receive(session, transaction);
  await transaction.deliver();
  await session.endTransaction();
};

async function receive(session: LmtpSession, transaction: LmtpTransaction): Promise<void> {
  const reader = new DotReader();
  for (;;) {
    const piece = await session.wire.readSome(PIECE_BYTES, session.options.settings.inactivityMilliseconds);
    if (piece === undefined) session.lost();
    const {content, used, isEnd} = reader.take(piece);
    await transaction.take(content);
    if (!isEnd) continue;
    session.wire.unread(piece.subarray(used));
    return;
  }
}
