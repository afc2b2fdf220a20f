/** `doveconf -H host%d`: whether the hosts of a cluster get distinct parts in the ids of their mailboxes. */
import {createHash} from 'node:crypto';

interface Verdict {
  readonly isGood: boolean;
  readonly text: string;
}

const MOST_HOSTS = 100_000;

/**
 * `host%d`, `host%02d.example.com`: a number of that many digits, each host's hash compared with all others'. Without a
 * form it is this host's name with its last number left open.
 */
export function verifyHostHashes(format: string | undefined, ownName: string): Verdict {
  const asked = format ?? formOf(ownName);
  if (asked === undefined) return {isGood: false, text: `Hostname '${ownName}' has no digits, can't verify`};
  const parts = /^([^%]*)%(0?)(\d?)d(.*)$/.exec(asked);
  if (parts === null) return {isGood: false, text: 'Host parameter missing %d'};
  const [, prefix = '', padding = '', digits = '', suffix = ''] = parts;
  const width = digits === '' ? 1 : Number(digits);
  const name = (number: number): string =>
    prefix + (padding === '' ? String(number) : String(number).padStart(width, '0')) + suffix;
  const count = Math.min(10 ** width, MOST_HOSTS);
  const hosts = new Map<string, string>();
  for (let number = 0; number < count; number++) {
    const host = name(number);
    const hash = createHash('sha1').update(host).digest('hex').slice(0, 8);
    const twin = hosts.get(hash);
    if (twin !== undefined) return {isGood: false, text: `Duplicate host hashes: ${twin} and ${host}`};
    hosts.set(hash, host);
  }
  return {isGood: true, text: `No duplicate host hashes in ${name(0)} .. ${name(count - 1)}`};
}

function formOf(name: string): string | undefined {
  const end = name.search(/\d\D*$/) + 1;
  if (end === 0) return undefined;
  const digits = /\d+$/.exec(name.slice(0, end))?.[0] ?? '';
  const padding = digits.startsWith('0') && digits.length > 1 ? '0' : '';
  return `${name.slice(0, end - digits.length)}%${padding}${digits.length}d${name.slice(end)}`;
}
