/** DIGEST-MD5 (RFC 2831), the server's side. */
import {digestMd5Secret} from '../password/digest-schemes.ts';
import {sameBytes} from '../password/scheme.ts';
import {type DigestParts, digestProof, parseDirectives} from './digest-md5.ts';
import type {LoginRequest} from './login-request.ts';
import type {ServerDialog} from './server-mechanism.ts';

interface Answer {
  readonly user: string;
  readonly realm: string;
  readonly proof: string;
  readonly parts: Omit<DigestParts, 'secret'>;
}

/** The challenge goes first; the last line proves to the client that we know its password too. */
export async function* digestMd5Server(request: LoginRequest): ServerDialog {
  const nonce = request.backend.random(16).toString('base64');
  const answer = readAnswer((yield makeChallenge(request, nonce)).toString('latin1'), nonce, request);
  if (typeof answer === 'string') return request.refuse(answer);
  const {user, realm, proof, parts} = answer;
  const name = realm === '' ? user : `${user}@${realm}`;
  const found = await request.credentials(name, parts.authorizationId ?? '', 'DIGEST-MD5', 'PLAIN');
  if (found.kind !== 'found') return found;
  const secret = found.scheme === 'PLAIN' ? digestMd5Secret(user, realm, found.bytes) : found.bytes;
  if (!sameBytes(Buffer.from(digestProof({...parts, secret}, 'AUTHENTICATE')), Buffer.from(proof)))
    return request.refuse('Password mismatch');
  const end = request.accept();
  if (end.kind === 'done') yield Buffer.from(`rspauth=${digestProof({...parts, secret}, '')}`);
  return end;
}

function makeChallenge({backend}: LoginRequest, nonce: string): Buffer {
  const {realms} = backend.settings;
  const realmList = (realms.length === 0 ? [''] : realms).map(realm => `realm="${realm}",`).join('');
  return Buffer.from(`${realmList}nonce="${nonce}",qop="auth",charset="utf-8",algorithm="md5-sess"`, 'latin1');
}

/** What is wrong with it, else its parts. */
function readAnswer(text: string, nonce: string, {backend}: LoginRequest): Answer | string {
  const directives = parseDirectives(text);
  if (directives === undefined) return 'invalid input';
  const get = (name: string): string => directives.get(name) ?? '';
  const {realms} = backend.settings;
  const realm = get('realm');
  if (get('nonce') !== nonce) return 'Invalid nonce';
  if (realm !== '' && realms.length > 0 && !realms.includes(realm)) return 'Invalid realm';
  if (get('nc') !== '00000001') return 'Invalid nonce-count';
  if (get('qop') !== '' && get('qop') !== 'auth') return 'Unsupported qop';
  if (get('cnonce') === '' || get('digest-uri') === '' || get('response').length !== 32) return 'Missing directives';
  const parts = {
    nonce,
    cnonce: get('cnonce'),
    count: get('nc'),
    uri: get('digest-uri'),
    authorizationId: directives.get('authzid'),
  };
  return {user: get('username'), realm, proof: get('response'), parts};
}
