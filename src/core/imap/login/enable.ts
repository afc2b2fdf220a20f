/** ENABLE before the login: nothing can be enabled yet (seen). */
import {reply} from '../login-phase.ts';
import type {LoginCommand} from './login-command.ts';

export const enable: LoginCommand = {
  name: 'ENABLE',
  hasArguments: false,
  run(phase) {
    phase.line.out.line('* ENABLED');
    return reply('OK ENABLE ignored in non-authenticated state.');
  },
};
