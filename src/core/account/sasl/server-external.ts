/** EXTERNAL (RFC 4422 appendix A) and ANONYMOUS (RFC 4505), the server's side. */
import type {LoginRequest} from './login-request.ts';
import {EMPTY, type ServerDialog} from './server-mechanism.ts';

/** Who a verified certificate names. As with Dovecot, the account must let in without password (`nopassword`). */
export async function* externalServer(request: LoginRequest, initial: Buffer | undefined): ServerDialog {
  const asWhom = (initial ?? (yield EMPTY)).toString('latin1');
  const name = request.connection.certificateName ?? '';
  if (name === '') return request.refuse('Username not known');
  return request.verifyPlain(name, '', asWhom);
}

/** What the client says of itself is for the log alone. */
export async function* anonymousServer(request: LoginRequest, initial: Buffer | undefined): ServerDialog {
  const trace = initial ?? (yield EMPTY);
  return request.acceptAnonymous(trace.toString('latin1'));
}
