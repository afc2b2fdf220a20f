/** ID before the login (RFC 2971). */
import {idReply, logId} from '../id-reply.ts';
import {reply} from '../login-phase.ts';
import type {LoginCommand} from './login-command.ts';

export const id: LoginCommand = {
  name: 'ID',
  hasArguments: true,
  run(phase, _tag, args) {
    if (args !== undefined) logId(phase.settings, phase.log, args);
    phase.line.out.line(idReply(phase.settings));
    return reply('OK ID completed.');
  },
};
