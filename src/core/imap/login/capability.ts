/** CAPABILITY before the login (RFC 3501 section 6.1.1). */
import {reply} from '../login-phase.ts';
import type {LoginCommand} from './login-command.ts';

export const capability: LoginCommand = {
  name: 'CAPABILITY',
  hasArguments: false,
  run(phase) {
    phase.asksCapability = true;
    phase.line.out.line(`* CAPABILITY ${phase.capability}`);
    return reply('OK Pre-login capabilities listed, post-login capabilities have more.');
  },
};
