/** CRAM-MD5 (RFC 2195), the server's side: a challenge, and an HMAC of it with the password for its key. */
import {cramMd5Answer, cramMd5Key} from '../password/cram-md5.ts';
import {sameBytes} from '../password/scheme.ts';
import type {LoginRequest} from './login-request.ts';
import type {ServerDialog} from './server-mechanism.ts';

const ANSWER = /^[0-9a-f]{32}$/;

/** The challenge goes first: an initial response counts for nothing, as with Dovecot. */
export async function* cramMd5Server(request: LoginRequest): ServerDialog {
  const challenge = makeChallenge(request);
  const response = (yield challenge).toString('latin1');
  const space = response.lastIndexOf(' ');
  const answer = response.slice(space + 1);
  if (space < 0 || !ANSWER.test(answer)) return request.refuse('invalid input');
  const found = await request.credentials(response.slice(0, space), '', 'CRAM-MD5', 'PLAIN');
  if (found.kind !== 'found') return found;
  const key = found.scheme === 'PLAIN' ? cramMd5Key(found.bytes) : found.bytes;
  const expected = Buffer.from(cramMd5Answer(key, challenge).toString('hex'));
  return sameBytes(expected, Buffer.from(answer)) ? request.accept() : request.refuse('Password mismatch');
}

/** `<random.seconds@host>`: never the same again. */
function makeChallenge({backend}: LoginRequest): Buffer {
  const number = backend.random(8).readBigUInt64BE();
  return Buffer.from(`<${number}.${Math.floor(backend.now() / 1000)}@${backend.hostName}>`, 'latin1');
}
