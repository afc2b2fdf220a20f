/** LAST (RFC 1460): the highest message that was retrieved; with pop3_enable_last. */
import type {MailCommand} from './mail-command.ts';

export const last: MailCommand = phase => phase.reply(`+OK ${phase.messages.lastSeen}`);
