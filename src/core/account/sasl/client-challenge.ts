/** CRAM-MD5 (RFC 2195) and DIGEST-MD5 (RFC 2831), our side as a client. */
import {randomBytes} from 'node:crypto';
import {Refusal} from '../../base/errors.ts';
import {cramMd5Answer, cramMd5Key} from '../password/cram-md5.ts';
import {digestMd5Secret} from '../password/digest-schemes.ts';
import {sameBytes} from '../password/scheme.ts';
import type {ClientCredentials, ClientMechanism} from './client-mechanism.ts';
import {type DigestParts, digestProof, parseDirectives, quoteDirective} from './digest-md5.ts';
import type {SaslClientExchange} from './sasl.ts';

export const cramMd5Client: ClientMechanism = ({username, password}) => ({
  mechanism: 'CRAM-MD5',
  initial: undefined,
  respond(challenge) {
    const answer = cramMd5Answer(cramMd5Key(Buffer.from(password, 'latin1')), challenge);
    return Buffer.from(`${username} ${answer.toString('hex')}`, 'latin1');
  },
  isComplete: () => true,
});

export const digestMd5Client: ClientMechanism = credentials => new DigestMd5Client(credentials);

class DigestMd5Client implements SaslClientExchange {
  readonly mechanism = 'DIGEST-MD5';
  readonly initial = undefined;
  readonly #credentials: ClientCredentials;
  #parts: DigestParts | undefined;
  #isComplete = false;

  constructor(credentials: ClientCredentials) {
    this.#credentials = credentials;
  }

  respond(challenge: Buffer): Buffer {
    const directives = parseDirectives(challenge.toString('latin1'));
    if (directives === undefined) throw new Refusal('DIGEST-MD5', 'the challenge is no list of directives');
    if (this.#parts === undefined) return this.#answer(directives);
    const proof = Buffer.from(directives.get('rspauth') ?? '', 'latin1');
    if (!sameBytes(proof, Buffer.from(digestProof(this.#parts, ''))))
      throw new Refusal('DIGEST-MD5', 'the server does not know the password');
    this.#isComplete = true;
    return Buffer.alloc(0);
  }

  isComplete(): boolean {
    return this.#isComplete;
  }

  #answer(directives: ReadonlyMap<string, string>): Buffer {
    const {username, password, authorizationId = '', service, host, random = randomBytes} = this.#credentials;
    const nonce = directives.get('nonce');
    const qops = (directives.get('qop') ?? 'auth').split(/[ \t,]+/);
    if (nonce === undefined || !qops.includes('auth') || directives.get('algorithm') !== 'md5-sess')
      throw new Refusal('DIGEST-MD5', 'the challenge asks for what we do not have');
    const realm = directives.get('realm') ?? '';
    const parts: DigestParts = {
      secret: digestMd5Secret(username, realm, Buffer.from(password, 'latin1')),
      nonce,
      cnonce: random(16).toString('base64'),
      count: '00000001',
      uri: `${service}/${host}`,
      authorizationId: authorizationId === '' ? undefined : authorizationId,
    };
    this.#parts = parts;
    return Buffer.from(printAnswer(username, realm, directives.get('charset'), parts), 'latin1');
  }
}

function printAnswer(username: string, realm: string, charset: string | undefined, parts: DigestParts): string {
  const {nonce, cnonce, count, uri, authorizationId} = parts;
  return [
    ...(charset === undefined ? [] : [`charset=${charset}`]),
    `username=${quoteDirective(username)}`,
    `realm=${quoteDirective(realm)}`,
    `nonce=${quoteDirective(nonce)}`,
    `nc=${count}`,
    `cnonce=${quoteDirective(cnonce)}`,
    `digest-uri=${quoteDirective(uri)}`,
    `response=${digestProof(parts, 'AUTHENTICATE')}`,
    'qop=auth',
    ...(authorizationId === undefined ? [] : [`authzid=${quoteDirective(authorizationId)}`]),
  ].join(',');
}
