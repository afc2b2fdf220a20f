/** A SASL server that knows one user, for sessions that begin with a login. */
import type {SaslExchange, SaslMechanism, SaslServer, SaslStep} from '../../src/core/account/sasl/sasl.ts';
import type {LoginOptions} from '../../src/core/imap/login-phase.ts';

export function plainLogin(user: string, password: string, changes: Partial<LoginOptions> = {}): LoginOptions {
  return {
    sasl: new OneUser(user, password),
    connection: {service: 'imap', clientAddress: '127.0.0.1', serverAddress: '127.0.0.1', isEncrypted: false},
    isSecured: true,
    ...changes,
  };
}

class OneUser implements SaslServer {
  readonly #user: string;
  readonly #password: string;

  constructor(user: string, password: string) {
    this.#user = user;
    this.#password = password;
  }

  mechanisms(): readonly SaslMechanism[] {
    return [mechanism('PLAIN', true), mechanism('CRAM-MD5', false)];
  }

  begin(name: string): SaslExchange | undefined {
    if (name !== 'PLAIN') return undefined;
    return {
      step: async (response: Buffer | undefined): Promise<SaslStep> => {
        await Promise.resolve();
        return response === undefined ? {kind: 'continue', challenge: Buffer.alloc(0)} : this.#judge(response);
      },
      cancel: () => undefined,
    };
  }

  close(): void {}

  #judge(response: Buffer): SaslStep {
    const [, user, password] = response.toString('latin1').split('\0');
    if (user === this.#user && password === this.#password) return {kind: 'done', username: user};
    return {kind: 'failed', reason: 'password mismatch', isTemporary: false, username: user};
  }
}

function mechanism(name: string, isPlaintext: boolean): SaslMechanism {
  return {
    name,
    isPlaintext,
    isAnonymous: false,
    isDictionaryProne: false,
    isActiveProne: false,
    hasForwardSecrecy: false,
    isMutual: false,
  };
}
