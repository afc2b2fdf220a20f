/** NOOP before the login. */
import {reply} from '../login-phase.ts';
import type {LoginCommand} from './login-command.ts';

export const noop: LoginCommand = {
  name: 'NOOP',
  hasArguments: true,
  run: () => reply('OK NOOP completed.'),
};
