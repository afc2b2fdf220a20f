/**
 * The lines that a login leaves in the log: `Login: user=<joe>, method=PLAIN, rip=..., session=<...>` (login_log_format and
 * login_log_format_elements), and why a client left without one. POP3 and IMAP write them alike.
 */
import {expandVariables} from '../config/dovecot/variables.ts';
import {authVariables} from './auth/username.ts';
import type {SaslConnection} from './sasl/sasl.ts';

export interface LoginLogSettings {
  /** login_log_format: `%$` is what happened, `%s` the elements. */
  readonly format: string;
  /** login_log_format_elements. */
  readonly elements: string;
}

export const loginLogDefaults: LoginLogSettings = {
  format: '%$: %s',
  elements: 'user=<%u> method=%m rip=%r lip=%l mpid=%e %c session=<%{session}>',
};

export interface LoginFacts {
  readonly connection: SaslConnection;
  /** As far as it is known; '' before. */
  readonly user: string;
  readonly originalUser?: string | undefined;
  readonly masterUser?: string | undefined;
  /** '' before the first attempt. */
  readonly method: string;
  /** Of the process that serves the mail; undefined before the login. */
  readonly processId?: number | undefined;
  /** From this machine, or a network that is trusted. */
  readonly isSecured: boolean;
  /** `TLSv1.3 with cipher ...`. */
  readonly tls?: string | undefined;
}

/** `happened`: `Login`, `Disconnected: Inactivity (no auth attempts in 180 secs)`. */
export function loginLine(happened: string, facts: LoginFacts, settings = loginLogDefaults): string {
  const values = loginVariables(facts);
  const elements = settings.elements
    .split(' ')
    .filter(element => hasUser(element) || hasValue(element, values))
    .map(element => expandElement(element, values))
    .filter(element => element !== '');
  return expandElement(settings.format, new Map([...values, ['$', happened], ['s', elements.join(', ')]]));
}

/** `user=<>` is told as well. */
function hasUser(element: string): boolean {
  return /%[-\d.]*[A-Z]*(?:[un]|\{user(?:name)?\})/.test(element);
}

/** An element is told when one of its variables has something to say. */
function hasValue(element: string, values: ReadonlyMap<string, string>): boolean {
  const nothing = new Map([...values.keys()].map(name => [name, ''] as const));
  return expandElement(element, values) !== expandElement(element, nothing);
}

function expandElement(text: string, values: ReadonlyMap<string, string>): string {
  return expandVariables(text, {values, onFault: () => undefined});
}

function loginVariables(facts: LoginFacts): ReadonlyMap<string, string> {
  const {connection, user, originalUser = user, masterUser = user, method, processId, isSecured, tls = ''} = facts;
  const secured = connection.isEncrypted ? 'TLS' : isSecured ? 'secured' : '';
  const pairs: (readonly [string, string, string])[] = [
    ['s', 'service', connection.service],
    ['l', 'lip', connection.serverAddress],
    ['r', 'rip', connection.clientAddress],
    ['a', 'lport', String(connection.serverPort ?? '')],
    ['b', 'rport', String(connection.clientPort ?? '')],
    ['m', 'mechanism', method],
    ['c', 'secured', secured],
    ['k', 'ssl_security', tls],
    ['e', 'mail_pid', processId === undefined ? '' : String(processId)],
    ['p', 'pid', String(process.pid)],
    ['', 'session', connection.session ?? ''],
    ['', 'local_name', connection.localName ?? ''],
    ['', 'orig_user', originalUser],
    ['', 'auth_user', masterUser],
    ['', 'real_lip', connection.serverAddress],
    ['', 'real_rip', connection.clientAddress],
    ['', 'real_lport', String(connection.serverPort ?? '')],
    ['', 'real_rport', String(connection.clientPort ?? '')],
  ];
  const values = authVariables(user);
  for (const [letter, name, value] of pairs) {
    values.set(name, value);
    if (letter !== '') values.set(letter, value);
  }
  return values;
}

export type LoginFailure = 'temporary' | 'unsupported' | 'disallowed' | 'authorization';

/** What there was of logins in a session, for the words of its end. */
export class LoginTally {
  /** Attempts that ended, right or wrong. */
  attempts = 0;
  successes = 0;
  /** What the last one failed of, where that says more than that it failed. */
  lastFailure: LoginFailure | undefined;
  isAuthenticating = false;
  readonly #began: number;
  #firstAttempt: number | undefined;

  constructor(now: number) {
    this.#began = now;
  }

  attempt(now: number, failure?: LoginFailure): void {
    this.attempts++;
    this.#firstAttempt ??= now;
    this.lastFailure = failure;
  }

  /** `(auth failed, 2 attempts in 4 secs)`. */
  reason(now: number): string {
    const since = (begin: number): number => Math.max(0, Math.floor(now / 1000) - Math.floor(begin / 1000));
    if (this.successes > 0) return `(internal failure, ${this.successes} successful auths)`;
    if (this.lastFailure === 'temporary') return '(auth service reported temporary failure)';
    if (this.lastFailure === 'unsupported') return '(tried to use unsupported auth mechanism)';
    if (this.lastFailure === 'disallowed') return '(tried to use disallowed plaintext auth)';
    if (this.isAuthenticating && this.attempts === 0)
      return `(client didn't finish SASL auth, waited ${since(this.#began)} secs)`;
    if (this.attempts === 0) return `(no auth attempts in ${since(this.#began)} secs)`;
    const what = this.lastFailure === 'authorization' ? 'authorization' : 'auth';
    return `(${what} failed, ${this.attempts} attempts in ${since(this.#firstAttempt ?? this.#began)} secs)`;
  }
}

/** As Dovecot makes it: 48 bits of the time in microseconds, the client's port, its address; in base64 without padding. */
export function makeSessionId(nowMilliseconds: number, port: number, address: Uint8Array): string {
  const bytes = Buffer.alloc(8);
  bytes.writeUIntLE(Math.floor(nowMilliseconds * 1000) % 2 ** 48, 0, 6);
  bytes.writeUInt16LE(port, 6);
  return Buffer.concat([bytes, address]).toString('base64').replace(/=+$/, '');
}
