/** QUIT before the login (RFC 1939 section 4). */
import {SessionEnd} from '../session-end.ts';
import type {LoginCommand} from './login-command.ts';

export const quit: LoginCommand = phase => {
  phase.reply('+OK Logging out');
  throw new SessionEnd('Aborted login by logging out');
};
