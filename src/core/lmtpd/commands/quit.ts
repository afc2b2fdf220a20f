/** QUIT (RFC 5321 section 4.1.1.10). */
import {hasArgument, type LmtpCommand} from './lmtp-command.ts';

export const quit: LmtpCommand = (session, argument) => {
  if (!hasArgument(session, argument)) session.quit();
};
