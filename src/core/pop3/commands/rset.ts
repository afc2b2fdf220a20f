/** RSET (RFC 1939 section 5). */
import type {MailCommand} from './mail-command.ts';

export const rset: MailCommand = phase => {
  phase.messages.reset();
  return phase.reply('+OK');
};
