/** VRFY (RFC 5321 section 3.5.3): tells nothing. */
import type {LmtpCommand} from './lmtp-command.ts';

export const vrfy: LmtpCommand = (session, argument) => {
  if (argument === '') session.fail('501 5.5.4 Invalid parameters');
  else session.reply('252 2.3.3 Try RCPT instead');
};
