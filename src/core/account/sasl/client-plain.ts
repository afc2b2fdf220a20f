/** The mechanisms that say all in one or two lines: PLAIN, LOGIN, EXTERNAL, ANONYMOUS, XOAUTH2, OAUTHBEARER; our side as a client. */
import {Refusal} from '../../base/errors.ts';
import type {ClientCredentials, ClientMechanism} from './client-mechanism.ts';
import type {SaslClientExchange} from './sasl.ts';

/** RFC 4616. */
export const plainClient = saysOnce('PLAIN', ({authorizationId = '', username, password}) =>
  noNul([authorizationId, username, password]).join('\0'),
);

/** RFC 4422 appendix A: who we are is known from elsewhere (a certificate). */
export const externalClient = saysOnce('EXTERNAL', ({authorizationId = ''}) => authorizationId);

/** RFC 4505: the user name is a trace for the other side's log. */
export const anonymousClient = saysOnce('ANONYMOUS', ({username}) => username);

/** Google's and Microsoft's; after a refusal a challenge in JSON wants an empty answer. */
export const xoauth2Client = saysOnce(
  'XOAUTH2',
  ({username, password}) => `user=${username}\x01auth=Bearer ${password}\x01\x01`,
  () => '',
);

/** RFC 7628; section 3.2.3: a refusal in JSON is answered with one byte. */
export const oauthBearerClient = saysOnce(
  'OAUTHBEARER',
  ({username, password, host, port}) =>
    `n,a=${gs2Name(username)},\x01host=${host}\x01port=${port}\x01auth=Bearer ${password}\x01\x01`,
  () => '\x01',
);

/** The first challenge asks for the name and the second for the password, whatever they say. */
export const loginClient: ClientMechanism = ({username, password}) => {
  const answers = [username, password];
  return {
    mechanism: 'LOGIN',
    initial: undefined,
    respond() {
      const answer = answers.shift();
      if (answer === undefined) throw new Refusal('LOGIN', 'the server asks for more than a name and a password');
      return Buffer.from(answer, 'latin1');
    },
    isComplete: () => true,
  };
};

/** `=` and `,` as GS2 headers have them (RFC 5801 section 4). */
export function gs2Name(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C');
}

function saysOnce(
  mechanism: string,
  say: (credentials: ClientCredentials) => string,
  onError?: () => string,
): ClientMechanism {
  return (credentials): SaslClientExchange => ({
    mechanism,
    initial: Buffer.from(say(credentials), 'latin1'),
    respond() {
      if (onError === undefined) throw new Refusal(mechanism, 'the server asks for more than the mechanism has');
      return Buffer.from(onError(), 'latin1');
    },
    isComplete: () => true,
  });
}

function noNul(parts: readonly string[]): readonly string[] {
  if (parts.some(part => part.includes('\0'))) throw new Refusal('PLAIN', 'a NUL in the name or the password');
  return parts;
}
