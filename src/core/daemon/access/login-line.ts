/**
 * What is logged of a client before and at its login (doveconf(1) login_log_format, login_log_format_elements): elements
 * with nothing in them are left out.
 */
import {randomBytes} from 'node:crypto';
import type {DovecotSettings} from '../../config/dovecot/dovecot-settings.ts';
import {expandVariables, userVariables} from '../../config/dovecot/variables.ts';
import type {ClientSocket} from './client-socket.ts';

export interface LoginFacts {
  readonly username: string;
  /** '' before it is known. */
  readonly mechanism: string;
  readonly session: string;
  readonly client: ClientSocket;
}

/** `Login: user=<u>, method=PLAIN, rip=192.0.2.1, ...`. */
export function loginLine(text: string, facts: LoginFacts, settings: DovecotSettings): string {
  const values = variables(facts);
  const elements = settings
    .get('login_log_format_elements')
    .split(' ')
    .map(element => expandVariables(element, {values, onFault: () => undefined}))
    .filter(element => element !== '' && !element.endsWith('='));
  const whole = new Map([...values, ['$', text], ['s', elements.join(', ')]]);
  return settings.get('login_log_format').replace(/%([$s])/g, (_all, name: string) => whole.get(name) ?? '');
}

function variables({username, mechanism, session, client}: LoginFacts): Map<string, string> {
  const security = client.tls !== undefined ? 'TLS' : client.isSecured ? 'secured' : '';
  const pid = username === '' || mechanism === '' ? '' : String(process.pid);
  return new Map([
    ...userVariables(username),
    ['m', mechanism],
    ['mech', mechanism],
    ['rip', client.remoteAddress],
    ['lip', client.localAddress],
    ['b', String(client.remotePort)],
    ['rport', String(client.remotePort)],
    ['a', String(client.localPort)],
    ['lport', String(client.localPort)],
    ['c', security],
    ['secured', security],
    ['k', client.tls?.getProtocol() ?? ''],
    ['ssl_security', client.tls?.getProtocol() ?? ''],
    ['e', pid],
    ['mail_pid', pid],
    ['pid', String(process.pid)],
    ['session', session],
  ]);
}

/** Names a session in the log. */
export function sessionName(): string {
  return randomBytes(12).toString('base64');
}
