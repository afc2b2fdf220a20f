/** RETR (RFC 1939 section 5). */
import {type MailCommand, onlyMessageNumber} from './mail-command.ts';
import {sendMessage} from './send-message.ts';

export const retr: MailCommand = async (phase, argument) => {
  const number = onlyMessageNumber(phase, argument);
  if (number === undefined) return false;
  const status = `+OK ${phase.messages.size(number)} octets`;
  const sent = await sendMessage(phase, number, status, undefined);
  if (sent === undefined) return false;
  phase.counts.retrieved++;
  phase.counts.retrievedBytes += sent;
  phase.messages.markSeen(number);
  return true;
};
