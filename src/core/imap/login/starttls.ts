/** STARTTLS (RFC 3501 section 6.2.1). */
import {reply} from '../login-phase.ts';
import type {LoginCommand} from './login-command.ts';

export const starttls: LoginCommand = {
  name: 'STARTTLS',
  hasArguments: false,
  async run(phase, tag) {
    const {upgrade} = phase.options;
    if (phase.isEncrypted) return reply('BAD TLS is already active.');
    if (upgrade === undefined) return reply("BAD TLS support isn't enabled.");
    await phase.startTls(upgrade, tag);
    return reply('');
  },
};
