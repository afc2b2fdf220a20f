/** LOGOUT before the login. */
import {SessionEnd} from '../session-end.ts';
import type {LoginCommand} from './login-command.ts';

export const logout: LoginCommand = {
  name: 'LOGOUT',
  hasArguments: false,
  run(phase, tag) {
    phase.line.out.line('* BYE Logging out');
    phase.line.out.line(`${tag} OK Logout completed.`);
    throw new SessionEnd('Aborted login by logging out');
  },
};
