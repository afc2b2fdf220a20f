/** USER and PASS (RFC 1939 section 7): a login with PLAIN in two lines. */
import type {LoginPhase} from '../login-phase.ts';
import {exchange} from './exchange.ts';
import type {LoginCommand} from './login-command.ts';

export const user: LoginCommand = (phase, argument) => {
  if (!isAllowed(phase)) return undefined;
  phase.givenUser = argument === '' ? undefined : argument;
  return phase.reply('+OK');
};

export const pass: LoginCommand = (phase, argument) => {
  const {givenUser} = phase;
  if (givenUser === undefined) return phase.reply('-ERR No username given.');
  if (!isAllowed(phase)) return undefined;
  phase.givenUser = undefined;
  return exchange(phase, 'PLAIN', Buffer.from(`\0${givenUser}\0${argument}`, 'latin1'));
};

function isAllowed(phase: LoginPhase): boolean {
  if (!phase.isPlaintextDisabled) return true;
  phase.tally.attempt(phase.clock.now(), 'disallowed');
  phase.reply('-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.');
  return false;
}
