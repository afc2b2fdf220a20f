/** AUTHENTICATE (RFC 3501 section 6.2.2) with an initial response (RFC 4959). */
import {decodeBase64, reply} from '../login-phase.ts';
import type {LoginCommand} from './login-command.ts';

export const authenticate: LoginCommand = {
  name: 'AUTHENTICATE',
  hasArguments: true,
  async run(phase, tag, args) {
    if (args === undefined || args.isAtEnd) return undefined;
    const name = args.takeAtom()?.toUpperCase();
    const mechanism = phase.options.sasl.mechanisms(phase.isEncrypted).find(one => one.name === name);
    if (mechanism === undefined) return reply('NO [ALERT] Unsupported authentication mechanism.');
    if (mechanism.isPlaintext && phase.isPlaintextDisabled)
      return reply('NO [PRIVACYREQUIRED] Plaintext authentication disabled.');
    const word = args.takeString();
    const initial = word === undefined ? undefined : word === '=' ? Buffer.alloc(0) : decodeBase64(word);
    if (!args.isAtEnd || (word !== undefined && initial === undefined))
      return reply('BAD Invalid base64 data in initial response');
    return await phase.exchange(tag, mechanism.name, initial);
  },
};
