/** NOOP (RFC 1939 section 5). */
import type {MailCommand} from './mail-command.ts';

export const noop: MailCommand = phase => phase.reply('+OK');
