/** APOP (RFC 1939 section 7): its MD5 of a plain password is no longer thought safe, and Dovecot's default has it off; so is ours, always. */
import type {LoginCommand} from './login-command.ts';

export const apop: LoginCommand = phase => phase.reply('-ERR APOP not enabled.');
