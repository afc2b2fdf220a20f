/** One attempt of one client at our own server: runs the mechanism's dialog, and lets failures wait. */
import type {Penalty} from '../auth/penalty.ts';
import type {AuthSettings} from '../auth/settings.ts';
import type {LoginRequest} from './login-request.ts';
import type {SaslExchange, SaslStep} from './sasl.ts';
import type {ServerDialog, ServerMechanism} from './server-mechanism.ts';

export class OwnExchange implements SaslExchange {
  readonly #serve: ServerMechanism;
  readonly #request: LoginRequest;
  readonly #settings: AuthSettings;
  readonly #penalty: Penalty | undefined;
  #dialog: ServerDialog | undefined;
  #wake: (() => void) | undefined;
  #isCancelled = false;
  #said = '';

  constructor(serve: ServerMechanism, request: LoginRequest, settings: AuthSettings, penalty: Penalty | undefined) {
    this.#serve = serve;
    this.#request = request;
    this.#settings = settings;
    this.#penalty = request.connection.isExemptFromPenalty === true ? undefined : penalty;
  }

  async step(response: Buffer | undefined): Promise<SaslStep> {
    const {clientAddress} = this.#request.connection;
    this.#said = `${this.#said.slice(0, 1000)}\n${response?.toString('latin1') ?? ''}`;
    if (this.#dialog === undefined) await this.#pause(this.#penalty?.delayMilliseconds(clientAddress) ?? 0);
    if (this.#settings.requiresClientCertificate && this.#request.connection.certificateName === undefined)
      return this.#request.refuse("Client didn't present valid SSL certificate");
    const next = await this.#advance(response);
    if (next.done !== true) return {kind: 'continue', challenge: next.value};
    if (next.value.kind !== 'failed') this.#penalty?.clear(clientAddress);
    else await this.#fail(clientAddress, next.value.isTemporary);
    return next.value;
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#wake?.();
    void this.#dialog?.return({kind: 'failed', reason: '', isTemporary: false});
  }

  /** What is broken here is no guess of theirs. */
  async #fail(clientAddress: string, isTemporary: boolean): Promise<void> {
    if (!isTemporary) this.#penalty?.addFailure(clientAddress, this.#said);
    if (!this.#request.hasNoDelay) await this.#pause(this.#settings.failureDelaySeconds * 1000);
  }

  #advance(response: Buffer | undefined): ReturnType<ServerDialog['next']> {
    if (this.#dialog !== undefined) return this.#dialog.next(response ?? Buffer.alloc(0));
    this.#dialog = this.#serve(this.#request, response);
    return this.#dialog.next();
  }

  #pause(milliseconds: number): Promise<void> {
    if (milliseconds === 0 || this.#isCancelled) return Promise.resolve();
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
