/** LOGIN (RFC 3501 section 6.2.3): PLAIN in other words. */
import {reply, twoStrings} from '../login-phase.ts';
import type {LoginCommand} from './login-command.ts';

const WARNING =
  '* BAD [ALERT] Plaintext authentication not allowed without SSL/TLS, but your client did it anyway. ' +
  'If anyone was listening, the password was exposed.';

export const login: LoginCommand = {
  name: 'LOGIN',
  hasArguments: true,
  async run(phase, tag, args) {
    const words = args === undefined ? undefined : twoStrings(args);
    if (words === undefined) return undefined;
    if (phase.isPlaintextDisabled) {
      phase.attempts++;
      phase.line.out.line(WARNING);
      return reply('NO [PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.');
    }
    const [user, password] = words;
    return await phase.exchange(tag, 'PLAIN', Buffer.from(`\0${user}\0${password}`, 'latin1'));
  },
};
