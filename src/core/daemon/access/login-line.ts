/**
 * What is logged of a client before and at its login (doveconf(1) login_log_format, login_log_format_elements): elements
 * with nothing in them are left out.
 */
import {randomBytes} from 'node:crypto';
import {expandPercent} from '../../account/auth/percent.ts';
import type {DovecotSettings} from '../../config/dovecot/dovecot-config.ts';
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
    .map(element => expandPercent(element, values))
    .filter(element => element !== '' && !element.endsWith('='));
  const whole = new Map([...values, ['$', text], ['s', elements.join(', ')]]);
  return settings.get('login_log_format').replace(/%([$s])/g, (_all, name: string) => whole.get(name) ?? '');
}

function variables({username, mechanism, session, client}: LoginFacts): Map<string, string> {
  const at = username.indexOf('@');
  const security = client.tls !== undefined ? 'TLS' : client.isSecured ? 'secured' : '';
  const pid = username === '' || mechanism === '' ? '' : String(process.pid);
  const pairs: readonly (readonly [string, string, string])[] = [
    ['u', 'user', username],
    ['n', 'username', at < 0 ? username : username.slice(0, at)],
    ['d', 'domain', at < 0 ? '' : username.slice(at + 1)],
    ['m', 'mech', mechanism],
    ['r', 'rip', client.remoteAddress],
    ['l', 'lip', client.localAddress],
    ['b', 'rport', String(client.remotePort)],
    ['a', 'lport', String(client.localPort)],
    ['c', 'secured', security],
    ['k', 'ssl_security', client.tls?.getProtocol() ?? ''],
    ['e', 'mail_pid', pid],
    ['p', 'pid', String(process.pid)],
  ];
  return new Map([
    ...pairs.flatMap(([short, long, value]) => [[short, value] as const, [long, value] as const]),
    ['session', session],
  ]);
}

/** Names a session in the log. */
export function sessionName(): string {
  return randomBytes(12).toString('base64');
}
