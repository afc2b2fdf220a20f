/** RSET (RFC 5321 section 4.1.1.5). */
import {hasArgument, type LmtpCommand} from './lmtp-command.ts';

export const rset: LmtpCommand = async (session, argument) => {
  if (hasArgument(session, argument)) return;
  await session.endTransaction();
  session.reply('250 2.0.0 OK');
};
