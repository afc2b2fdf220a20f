/** DELE (RFC 1939 section 5): a mark, until QUIT. */
import {type MailCommand, onlyMessageNumber} from './mail-command.ts';

export const dele: MailCommand = (phase, argument) => {
  const number = onlyMessageNumber(phase, argument);
  if (number === undefined) return false;
  phase.messages.delete(number);
  return phase.reply('+OK Marked to be deleted.');
};
