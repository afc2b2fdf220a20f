/** PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login, as everyone speaks it), the server's side. */
import type {LoginRequest} from './login-request.ts';
import {EMPTY, type ServerDialog} from './server-mechanism.ts';

/** `authorization NUL name NUL password`. */
export async function* plainServer(request: LoginRequest, initial: Buffer | undefined): ServerDialog {
  const response = initial ?? (yield EMPTY);
  const [asWhom = '', name, password, ...more] = response.toString('latin1').split('\0');
  if (name === undefined || password === undefined || more.length > 0) return request.refuse('invalid input');
  return request.verifyPlain(name, password, asWhom);
}

const USERNAME = Buffer.from('Username:');
const PASSWORD = Buffer.from('Password:');

/** An initial response, which the draft does not know, is the name (Dovecot takes it so). */
export async function* loginServer(request: LoginRequest, initial: Buffer | undefined): ServerDialog {
  const name = initial === undefined || initial.length === 0 ? yield USERNAME : initial;
  const username = request.takeUsername(name.toString('latin1'));
  if (typeof username !== 'string') return username;
  const password = yield PASSWORD;
  return request.verifyPlain(name.toString('latin1'), password.toString('latin1'));
}
