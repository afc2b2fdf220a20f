/**
 * `%{sha1:user}`, `%{sha256;rounds=2,truncate=80,format=base64,salt=x:user}`: the hash of another variable. The salt
 * goes before what is hashed in each round; what follows it is not looked at (seen: Dovecot 2.3.19).
 */
import {createHash} from 'node:crypto';
import {ParseError} from '../../base/errors.ts';

const METHODS: ReadonlySet<string> = new Set(['md5', 'sha1', 'sha256', 'sha384', 'sha512', 'sha3-256', 'sha3-512']);
const MOST_ROUNDS = 100_000;

interface HashOptions {
  rounds: number;
  truncateBits: number;
  isBase64: boolean;
  salt: string;
}

/** Undefined when the word names no hash. */
export function hashedVariable(word: string, value: () => string): string | undefined {
  const semicolon = word.indexOf(';');
  const method = semicolon < 0 ? word : word.slice(0, semicolon);
  if (!METHODS.has(method)) return undefined;
  const options = readOptions(semicolon < 0 ? '' : word.slice(semicolon + 1));
  const digest = truncated(hash(method, value(), options), options.truncateBits);
  return digest.toString(options.isBase64 ? 'base64' : 'hex');
}

function readOptions(text: string): HashOptions {
  const options: HashOptions = {rounds: 1, truncateBits: 0, isBase64: false, salt: ''};
  for (const each of text.split(',')) {
    const equals = each.indexOf('=');
    const [name, value] = [each.slice(0, equals), each.slice(equals + 1)];
    if (name === 'salt') return {...options, salt: value};
    if (name === 'rounds') options.rounds = Math.min(count(name, value), MOST_ROUNDS);
    else if (name === 'truncate') options.truncateBits = count(name, value);
    else if (name === 'format') options.isBase64 = isBase64Format(value);
  }
  return options;
}

function count(name: string, value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new ParseError(`Cannot parse hash arguments:'${value}' is not number for ${name}`);
}

function isBase64Format(value: string): boolean {
  if (!['hex', 'hexuc', 'base64'].includes(value))
    throw new ParseError(`Cannot parse hash arguments:'${value}' is not supported format`);
  return value === 'base64';
}

function hash(method: string, value: string, {rounds, salt}: HashOptions): Buffer {
  let digest = Buffer.from(value, 'latin1');
  for (let round = 0; round < Math.max(rounds, 1); round++)
    digest = createHash(method).update(salt, 'latin1').update(digest).digest();
  return digest;
}

/** The first bits, moved to the right end. */
function truncated(digest: Buffer, bits: number): Buffer {
  if (bits === 0 || bits >= digest.length * 8) return digest;
  const length = Math.ceil(bits / 8);
  const number = BigInt(`0x${digest.subarray(0, length).toString('hex')}`) >> BigInt(length * 8 - bits);
  return Buffer.from(number.toString(16).padStart(length * 2, '0'), 'hex');
}
