/** SCRAM-SHA-1 and SCRAM-SHA-256 (RFC 5802, RFC 7677), our side as a client, without channel binding. */
import {randomBytes} from 'node:crypto';
import {Refusal} from '../../base/errors.ts';
import {sameBytes} from '../password/scheme.ts';
import {type ScramDigest, saltPassword, scramHmac} from '../password/scram-schemes.ts';
import type {ClientCredentials, ClientMechanism} from './client-mechanism.ts';
import {gs2Name} from './client-plain.ts';
import type {SaslClientExchange} from './sasl.ts';
import {applySignature, scramAttributes, storedKeyOf} from './scram.ts';

/** More iterations than a server can mean well by: each costs us time. */
const MAX_ITERATIONS = 1_000_000;

export function scramClient(mechanism: string, digest: ScramDigest): ClientMechanism {
  return credentials => new ScramClient(mechanism, digest, credentials);
}

class ScramClient implements SaslClientExchange {
  readonly mechanism: string;
  readonly initial: Buffer;
  readonly #digest: ScramDigest;
  readonly #password: Buffer;
  readonly #header: string;
  readonly #bare: string;
  readonly #nonce: string;
  /** What the server has to say at last. */
  #signature: Buffer | undefined;
  #isComplete = false;

  constructor(mechanism: string, digest: ScramDigest, credentials: ClientCredentials) {
    const {username, password, authorizationId = '', random = randomBytes} = credentials;
    this.mechanism = mechanism;
    this.#digest = digest;
    this.#password = Buffer.from(password, 'latin1');
    this.#nonce = random(18).toString('base64');
    this.#header = `n,${authorizationId === '' ? '' : `a=${gs2Name(authorizationId)}`},`;
    this.#bare = `n=${gs2Name(username)},r=${this.#nonce}`;
    this.initial = Buffer.from(this.#header + this.#bare, 'latin1');
  }

  respond(challenge: Buffer): Buffer | Promise<Buffer> {
    const text = challenge.toString('latin1');
    return this.#signature === undefined ? this.#prove(text) : this.#checkServer(text, this.#signature);
  }

  isComplete(): boolean {
    return this.#isComplete;
  }

  async #prove(serverFirst: string): Promise<Buffer> {
    const {nonce, salt, iterations} = this.#readFirst(serverFirst);
    const digest = this.#digest;
    const saltedPassword = await saltPassword(this.#password, digest, salt, iterations);
    const clientKey = scramHmac(digest, saltedPassword, 'Client Key');
    const unproved = `c=${Buffer.from(this.#header, 'latin1').toString('base64')},r=${nonce}`;
    const authMessage = `${this.#bare},${serverFirst},${unproved}`;
    const proof = applySignature(digest, clientKey, storedKeyOf(digest, clientKey), authMessage);
    this.#signature = scramHmac(digest, scramHmac(digest, saltedPassword, 'Server Key'), authMessage);
    return Buffer.from(`${unproved},p=${proof.toString('base64')}`, 'latin1');
  }

  #readFirst(message: string): {nonce: string; salt: Buffer; iterations: number} {
    const [nonce, salt, count] = scramAttributes(message) ?? [];
    const isOurs = nonce?.[0] === 'r' && nonce[1].startsWith(this.#nonce) && nonce[1].length > this.#nonce.length;
    if (!isOurs || salt?.[0] !== 's' || count?.[0] !== 'i' || !/^[1-9]\d{0,6}$/.test(count[1]))
      throw new Refusal(this.mechanism, 'the challenge is not in order');
    if (Number(count[1]) > MAX_ITERATIONS) throw new Refusal(this.mechanism, `${count[1]} iterations are too many`);
    return {nonce: nonce[1], salt: Buffer.from(salt[1], 'base64'), iterations: Number(count[1])};
  }

  #checkServer(message: string, signature: Buffer): Buffer {
    const [verifier] = scramAttributes(message) ?? [];
    if (verifier?.[0] === 'e') throw new Refusal(this.mechanism, `the server says: ${verifier[1]}`);
    if (verifier?.[0] !== 'v' || !sameBytes(Buffer.from(verifier[1], 'base64'), signature))
      throw new Refusal(this.mechanism, 'the server does not know the password');
    this.#isComplete = true;
    return Buffer.alloc(0);
  }
}
