/** Runs one mechanism to its end, and says why it failed as far as a client may know. */
import type {AcceptedLogin, SaslStep} from '../../account/sasl/sasl.ts';
import {localTime} from '../../log/local-time.ts';
import type {LoginPhase} from '../login-phase.ts';
import {decodeResponse} from './auth.ts';

export async function exchange(
  phase: LoginPhase,
  mechanism: string,
  initial: Buffer | undefined,
): Promise<AcceptedLogin | undefined> {
  phase.method = mechanism;
  const running = phase.options.sasl.begin(mechanism, phase.connection);
  if (running === undefined) return phase.reply('-ERR [AUTH] Unsupported authentication mechanism.');
  phase.tally.isAuthenticating = true;
  let step = await running.step(initial);
  while (step.kind === 'continue' || (step.kind === 'done' && step.final !== undefined)) {
    const challenge = step.kind === 'continue' ? step.challenge : (step.final ?? Buffer.alloc(0));
    phase.reply(`+ ${challenge.toString('base64')}`);
    const response = await takeResponse(phase);
    if (step.kind === 'done') break; // its proof is taken, whatever they say to it
    if (response === undefined) {
      running.cancel();
      phase.tally.isAuthenticating = false;
      phase.tally.attempt(phase.clock.now());
      return undefined;
    }
    step = await running.step(response);
  }
  phase.tally.isAuthenticating = false;
  return step.kind === 'failed' ? refuse(phase, step) : accept(phase, step);
}

async function takeResponse(phase: LoginPhase): Promise<Buffer | undefined> {
  const line = await phase.readResponse();
  if (line === '*') return phase.reply('-ERR Authentication aborted by client.');
  const response = decodeResponse(line);
  return response ?? phase.reply('-ERR [AUTH] Invalid base64 in response');
}

function refuse(phase: LoginPhase, step: Extract<SaslStep, {kind: 'failed'}>): undefined {
  phase.user = step.username ?? phase.user;
  const failure = step.isTemporary ? 'temporary' : step.code === 'authz_fail' ? 'authorization' : undefined;
  phase.tally.attempt(phase.clock.now(), failure);
  if (step.isTemporary) {
    const when = localTime(phase.clock.now());
    const where = `[${phase.options.hostName}:${when}]`;
    return phase.reply(`-ERR [SYS/TEMP] Temporary authentication failure. ${where}`);
  }
  const usual = step.code === 'authz_fail' ? 'Authorization failed' : 'Authentication failed.';
  return phase.reply(`-ERR [AUTH] ${step.fields?.get('reason') || usual}`);
}

/** A right password lets in only where the account does (`nologin`, and proxies, which there are not here). */
function accept(phase: LoginPhase, step: Exclude<SaslStep, {kind: 'failed'}>): AcceptedLogin | undefined {
  if (step.kind !== 'done') return undefined;
  const login = step.login ?? plainLogin(step.username);
  phase.user = login.username;
  phase.tally.attempt(phase.clock.now());
  const {fields} = login;
  const isProxied = fields.has('proxy') || fields.has('proxy_maybe');
  if (!fields.has('nologin') && !isProxied) return login;
  phase.tally.successes++;
  if (isProxied) {
    phase.options.loginLog.error(`proxy(${login.username}): proxying is not supported`);
    return phase.reply('-ERR [SYS/TEMP] Account is temporarily unavailable.');
  }
  return phase.reply(`-ERR [AUTH] ${fields.get('reason') || 'Login disabled for this user'}`);
}

/** Of a server whose accounts are not our own. */
function plainLogin(username: string): AcceptedLogin {
  const user = (): Promise<{readonly kind: 'unknown'}> => Promise.resolve({kind: 'unknown'});
  return {username, originalUser: username, masterUser: undefined, fields: new Map(), user};
}
