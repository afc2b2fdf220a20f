/** AUTH (RFC 4954): the SASL dialogue in base64 lines. */
import type {Later} from '../../address/address-rewriter.ts';
import type {SaslExchange, SaslStep} from '../../account/sasl/sasl.ts';
import type {SmtpdMachine} from '../machine.ts';
import type {SmtpdCommand} from './registry.ts';

export const auth: SmtpdCommand = {
  name: 'AUTH',
  counter: 'auth',
  run(machine, argument) {
    const complaint = prevents(machine);
    if (complaint !== undefined) return no(machine, complaint);
    const [mechanism = '', initial, ...more] = argument.split(/[ \t]+/);
    if (mechanism === '' || more.length > 0) return no(machine, '501 5.5.4 Syntax: AUTH mechanism');
    return begin(machine, mechanism, initial);
  },
};

function no(machine: SmtpdMachine, reply: string): false {
  machine.say(reply);
  return false;
}

function prevents(machine: SmtpdMachine): string | undefined {
  const {service, state, transaction} = machine;
  if (service.settings.requiresHelo && state.heloName === undefined) return '503 5.5.1 Error: send HELO/EHLO first';
  const isHidden = service.tls?.isAuthOnly === true && state.tls === undefined;
  if (service.sasl === undefined || machine.discarded.has('AUTH') || isHidden)
    return '503 5.5.1 Error: authentication not enabled';
  if (transaction.isOpen) return '503 5.5.1 Error: MAIL transaction in progress';
  if (state.login !== undefined) return '503 5.5.1 Error: already authenticated';
  return undefined;
}

async function begin(machine: SmtpdMachine, mechanism: string, initial: string | undefined): Promise<boolean> {
  const {service, state} = machine;
  if (await machine.exceeds('auth', service.settings.limits.authRate, 'AUTH command'))
    return no(machine, `450 4.7.1 Error: too many AUTH commands from ${state.client.address}`);
  const name = mechanism.toUpperCase();
  const exchange = service.sasl?.begin(name, {
    service: 'smtp',
    clientAddress: state.client.address,
    serverAddress: state.client.serverAddress,
    clientPort: Number(state.client.port) || undefined,
    serverPort: Number(state.client.serverPort) || undefined,
    isEncrypted: state.tls !== undefined,
    certificateName: state.tls?.peerIsTrusted === true ? state.tls.peerSubject : undefined,
  });
  if (exchange === undefined) return failed(machine, name, 'Invalid authentication mechanism');
  const response = initial === undefined ? undefined : decode(initial);
  if (response === null) {
    exchange.cancel();
    return failed(machine, name, 'Invalid base64 data in initial response');
  }
  return await take(machine, name, exchange, await exchange.step(response));
}

async function take(
  machine: SmtpdMachine,
  mechanism: string,
  exchange: SaslExchange,
  step: SaslStep,
): Promise<boolean> {
  switch (step.kind) {
    case 'done':
      machine.state.login = {method: mechanism, username: step.username};
      machine.say('235 2.7.0 Authentication successful');
      return true;
    case 'failed':
      if (step.username !== undefined) machine.lastLogin = step.username;
      return step.isTemporary
        ? failedForNow(machine, mechanism, step.reason)
        : failed(machine, mechanism, step.reason === '' ? '(reason unavailable)' : step.reason);
    case 'continue':
      machine.say(`334 ${step.challenge.toString('base64')}`);
      machine.askFor('auth', line => answer(machine, mechanism, exchange, line));
      return true;
  }
}

function answer(machine: SmtpdMachine, mechanism: string, exchange: SaslExchange, line: string): Later<boolean> {
  if (line === '*') {
    exchange.cancel();
    machine.service.log.warning(`${machine.clientText}: SASL ${mechanism} authentication aborted`);
    return no(machine, '501 5.7.0 Authentication aborted');
  }
  if (line.length > machine.service.settings.saslResponseLimit) {
    exchange.cancel();
    return no(machine, '500 5.5.6 SASL response limit exceeded');
  }
  const response = decode(line);
  if (response === null) {
    exchange.cancel();
    return failed(machine, mechanism, 'Invalid base64 data in continued response');
  }
  return exchange.step(response).then(step => take(machine, mechanism, exchange, step));
}

function failed(machine: SmtpdMachine, mechanism: string, reason: string): false {
  logFailure(machine, mechanism, reason);
  return no(machine, `535 5.7.8 Error: authentication failed: ${reason}`);
}

function failedForNow(machine: SmtpdMachine, mechanism: string, reason: string): false {
  logFailure(machine, mechanism, reason);
  return no(machine, `454 4.7.0 Temporary authentication failure: ${reason}`);
}

function logFailure(machine: SmtpdMachine, mechanism: string, reason: string): void {
  machine.service.log.warning(
    `${machine.clientText}: SASL ${mechanism} authentication failed: ${reason}, sasl_username=${machine.lastLogin ?? '(unavailable)'}`,
  );
}

/** null: no base64. `=` stands for an empty response (RFC 4954 section 4). */
function decode(text: string): Buffer | null {
  if (text === '=') return Buffer.alloc(0);
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null;
  return Buffer.from(text, 'base64');
}
