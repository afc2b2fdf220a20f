/** SCRAM-SHA-1 and SCRAM-SHA-256 (RFC 5802, RFC 7677), the server's side. */
import {describe} from '../../base/errors.ts';
import {sameBytes} from '../password/scheme.ts';
import {parseScramKeys, type ScramDigest, type ScramKeys, scramHmac, scramKeys} from '../password/scram-schemes.ts';
import type {LoginEnd, LoginRequest} from './login-request.ts';
import {applySignature, decodeScramName, scramAttributes, storedKeyOf} from './scram.ts';
import {EMPTY, type ServerDialog, type ServerMechanism} from './server-mechanism.ts';

/** Of keys made from a plain password for one login. */
const ITERATIONS = 4096;

interface First {
  /** `n,,`: comes back in base64 in the last message. */
  readonly header: string;
  readonly bare: string;
  readonly username: string;
  readonly asWhom: string;
  readonly nonce: string;
}

export function scramServer(mechanism: string, digest: ScramDigest): ServerMechanism {
  return async function* (request, initial): ServerDialog {
    const first = readFirst((initial ?? (yield EMPTY)).toString('latin1'));
    if (typeof first === 'string') return request.refuse(first);
    const keys = await findKeys(request, first, mechanism, digest);
    if ('kind' in keys) return keys;
    const nonce = first.nonce + request.backend.random(18).toString('base64');
    const serverFirst = `r=${nonce},s=${keys.salt.toString('base64')},i=${keys.iterations}`;
    const last = (yield Buffer.from(serverFirst, 'latin1')).toString('latin1');
    const [unproved = '', proof] = splitProof(last);
    const header = Buffer.from(first.header, 'latin1').toString('base64');
    if (proof === undefined || unproved !== `c=${header},r=${nonce}`)
      return request.refuse('Invalid final client message');
    const authMessage = `${first.bare},${serverFirst},${unproved}`;
    const clientKey = applySignature(digest, proof, keys.storedKey, authMessage);
    if (!sameBytes(storedKeyOf(digest, clientKey), keys.storedKey)) return request.refuse('Password mismatch');
    const end = request.accept();
    const signature = scramHmac(digest, keys.serverKey, authMessage).toString('base64');
    if (end.kind === 'done') yield Buffer.from(`v=${signature}`);
    return end;
  };
}

/** What is wrong with the client's first message, else its parts. */
function readFirst(message: string): First | string {
  const [binding = '', asWhom = '', ...rest] = message.split(',');
  const bare = rest.join(',');
  if (binding.startsWith('p=')) return 'Channel binding not supported';
  if (!['n', 'y'].includes(binding) || !/^(?:a=|$)/.test(asWhom) || bare === '')
    return 'Invalid initial client message';
  if (bare.startsWith('m=')) return 'Mandatory extension(s) not supported';
  const [name, nonce] = scramAttributes(bare) ?? [];
  const username = name?.[0] === 'n' ? decodeScramName(name[1]) : undefined;
  if (username === undefined || nonce?.[0] !== 'r' || nonce[1] === '') return 'Invalid initial client message';
  const login = asWhom === '' ? '' : decodeScramName(asWhom.slice(2));
  if (login === undefined) return 'Invalid initial client message';
  return {header: `${binding},${asWhom},`, bare, username, asWhom: login, nonce: nonce[1]};
}

async function findKeys(
  request: LoginRequest,
  {username, asWhom}: First,
  mechanism: string,
  digest: ScramDigest,
): Promise<ScramKeys | LoginEnd> {
  const found = await request.credentials(username, asWhom, mechanism, 'PLAIN');
  if (found.kind !== 'found') return found;
  if (found.scheme === 'PLAIN') return scramKeys(found.bytes, digest, request.backend.random(16), ITERATIONS);
  try {
    return parseScramKeys(found.bytes.toString('latin1'), digest, mechanism);
  } catch (fault) {
    return request.broken(describe(fault));
  }
}

/** The message before `,p=`, and the proof. */
function splitProof(message: string): readonly [unproved: string, proof: Buffer | undefined] {
  const at = message.lastIndexOf(',p=');
  if (at < 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(message.slice(at + 3))) return [message, undefined];
  return [message.slice(0, at), Buffer.from(message.slice(at + 3), 'base64')];
}
