/** STAT (RFC 1939 section 5): deleted messages don't count. */
import type {MailCommand} from './mail-command.ts';

export const stat: MailCommand = phase => {
  const {count, deleted, totalBytes, deletedBytes} = phase.messages;
  return phase.reply(`+OK ${count - deleted.size} ${totalBytes - deletedBytes}`);
};
