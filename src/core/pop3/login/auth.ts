/** AUTH (RFC 5034). Without a mechanism it lists them, one on each line, as old clients expect. */
import {exchange} from './exchange.ts';
import type {LoginCommand} from './login-command.ts';

export const auth: LoginCommand = (phase, argument) => {
  if (argument === '') {
    const names = phase.mechanisms.map(({name}) => name);
    return phase.reply(['+OK', ...names, '.'].join('\r\n'));
  }
  const space = argument.indexOf(' ');
  const mechanism = (space < 0 ? argument : argument.slice(0, space)).toUpperCase();
  const initial = space < 0 ? undefined : argument.slice(space + 1);
  phase.method = mechanism;
  const known = phase.options.sasl.mechanisms(phase.connection.isEncrypted).find(({name}) => name === mechanism);
  if (known === undefined) {
    phase.tally.attempt(phase.clock.now(), 'unsupported');
    return phase.reply('-ERR [AUTH] Unsupported authentication mechanism.');
  }
  if (known.isPlaintext && phase.isPlaintextDisabled) {
    phase.tally.attempt(phase.clock.now(), 'disallowed');
    return phase.reply('-ERR [AUTH] Plaintext authentication disabled.');
  }
  if (initial === undefined) return exchange(phase, mechanism, undefined);
  const response = decodeResponse(initial);
  if (response !== undefined) return exchange(phase, mechanism, response);
  phase.tally.attempt(phase.clock.now());
  return phase.reply('-ERR [AUTH] Invalid base64 data in initial response');
};

/** `=` is an empty response. */
export function decodeResponse(text: string): Buffer | undefined {
  if (text === '=') return Buffer.alloc(0);
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  return isBase64 ? Buffer.from(text, 'base64') : undefined;
}
