/** Certificates for tests, made on the spot: authorities, what they sign, expired ones, any key. */
import {generateKeyPairSync, type KeyObject, randomBytes, sign} from 'node:crypto';
import {bits, der, objectId, octets, sequence, set, time, unsigned, utf8, yes} from '../../src/core/net/der.ts';
import {toPem} from '../../src/core/net/pem.ts';

export type KeyKind = 'ec' | 'rsa' | 'p384' | 'ed25519';

export interface Made {
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly kind: KeyKind;
}
export interface Wanted {
  readonly kind?: KeyKind;
  readonly isAuthority?: boolean;
  readonly dns?: readonly string[];
  /** Who signs; itself when left out. */
  readonly by?: Made;
  readonly from?: Date;
  readonly to?: Date;
}

export function makeCertificate(name: string, wanted: Wanted = {}): Made {
  const {kind = 'ec', by} = wanted;
  const {publicKey, privateKey} = keyPair(kind);
  const signer = by ?? {name, privateKey, kind};
  const algorithm = ALGORITHMS[signer.kind];
  const {from = new Date(Date.now() - 86_400_000), to = new Date(Date.now() + 86_400_000 * 30)} = wanted;
  const body = sequence(
    der(0xa0, unsigned(Buffer.from([2]))),
    unsigned(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm.id,
    nameOf(signer.name),
    sequence(time(from), time(to)),
    nameOf(name),
    publicKey.export({type: 'spki', format: 'der'}),
    der(0xa3, sequence(...extensions(wanted))),
  );
  const signature = sign(algorithm.hash, body, signer.privateKey);
  const certificate = sequence(body, algorithm.id, bits(signature));
  return {
    key: privateKey.export({type: 'pkcs8', format: 'pem'}).toString(),
    certificate: toPem('CERTIFICATE', certificate),
    name,
    privateKey,
    kind,
  };
}

const NULL = Buffer.from([5, 0]);
const ECDSA = {id: sequence(objectId('1.2.840.10045.4.3.2')), hash: 'sha256'};
const ALGORITHMS: Readonly<Record<KeyKind, {readonly id: Buffer; readonly hash: string | null}>> = {
  ec: ECDSA,
  p384: ECDSA,
  rsa: {id: sequence(objectId('1.2.840.113549.1.1.11'), NULL), hash: 'sha256'},
  ed25519: {id: sequence(objectId('1.3.101.112')), hash: null},
};

function keyPair(kind: KeyKind): {publicKey: KeyObject; privateKey: KeyObject} {
  switch (kind) {
    case 'rsa':
      return generateKeyPairSync('rsa', {modulusLength: 2048});
    case 'ed25519':
      return generateKeyPairSync('ed25519');
    default:
      return generateKeyPairSync('ec', {namedCurve: kind === 'p384' ? 'secp384r1' : 'prime256v1'});
  }
}

function nameOf(name: string): Buffer {
  return sequence(set(sequence(objectId('2.5.4.3'), utf8(name))));
}

function extensions({isAuthority, dns}: Wanted): Buffer[] {
  const list = [sequence(objectId('2.5.29.19'), yes, octets(sequence(...(isAuthority === true ? [yes] : []))))];
  const names = (dns ?? []).map(name => der(0x82, Buffer.from(name, 'latin1')));
  if (names.length > 0) list.push(sequence(objectId('2.5.29.17'), octets(sequence(...names))));
  return list;
}
