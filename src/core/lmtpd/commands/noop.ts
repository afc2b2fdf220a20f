/** NOOP (RFC 5321 section 4.1.1.9). */
import type {LmtpCommand} from './lmtp-command.ts';

export const noop: LmtpCommand = session => session.reply('250 2.0.0 OK');
