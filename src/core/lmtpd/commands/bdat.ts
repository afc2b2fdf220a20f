/** BDAT (RFC 3030 section 2): content by chunks of a stated size. A chunk that can't be taken is passed over all the same. */
import type {LmtpSession} from '../lmtp-session.ts';
import type {LmtpCommand} from './lmtp-command.ts';
import {missingRecipients} from './needs-recipients.ts';

const PIECE_BYTES = 64 * 1024;

export const bdat: LmtpCommand = async (session, argument) => {
  const [digits = '', last, ...more] = argument.split(' ');
  if (!/^\d{1,15}$/.test(digits)) return session.fail('501 5.5.4 Invalid chunk size parameter');
  if (more.length > 0 || (last !== undefined && last.toUpperCase() !== 'LAST'))
    return session.fail('501 5.5.4 Invalid parameters');
  const {transaction} = session;
  const missing = session.hasFailedChunk
    ? '503 5.5.0 Previous data chunk failed, issue RSET first'
    : missingRecipients(transaction);
  await receive(session, Number(digits), missing === undefined);
  if (transaction === undefined || missing !== undefined) {
    session.hasFailedChunk = true;
    return session.fail(missing ?? '');
  }
  transaction.hasChunks = true;
  if (last === undefined) return session.reply(`250 2.0.0 Added ${Number(digits)} octets`);
  await transaction.deliver();
  await session.endTransaction();
};

async function receive(session: LmtpSession, sizeBytes: number, isKept: boolean): Promise<void> {
  if (isKept) session.state = 'DATA';
  for (let left = sizeBytes; left > 0;) {
    const wanted = Math.min(left, PIECE_BYTES);
    const piece = await session.wire.readSome(wanted, session.options.settings.inactivityMilliseconds);
    if (piece === undefined) session.lost();
    left -= piece.length;
    if (isKept) await session.transaction?.take(piece);
  }
}
