/**
 * A list of TLS versions as parameters have it: bounds (`>=TLSv1.2, <=TLSv1.3`, also by number: `>=0303`), the older
 * form of names and exclusions (`TLSv1.2`, `!SSLv2, !TLSv1.1`), or both (postconf(5) smtpd_tls_protocols).
 *
 * Answers undefined when a word is none of these: the service or session then goes without TLS. SSLv2 and SSLv3 are
 * known words without meaning, as neither exists any more.
 */
import {constants} from 'node:crypto';
import type {SecureVersion} from 'node:tls';

export interface TlsProtocols {
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
  /** SSL_OP_NO_...: versions left out between the bounds. */
  readonly secureOptions: number;
}

interface Version {
  readonly name: SecureVersion;
  readonly code: number;
  readonly option: number;
}

const VERSIONS: readonly Version[] = [
  {name: 'TLSv1', code: 0x301, option: constants.SSL_OP_NO_TLSv1},
  {name: 'TLSv1.1', code: 0x302, option: constants.SSL_OP_NO_TLSv1_1},
  {name: 'TLSv1.2', code: 0x303, option: constants.SSL_OP_NO_TLSv1_2},
  {name: 'TLSv1.3', code: 0x304, option: constants.SSL_OP_NO_TLSv1_3},
];
const SSLV3 = 0x300;

export function parseTlsProtocols(list: string): TlsProtocols | undefined {
  let floor = 0;
  let ceiling = 0;
  const included = new Set<number>();
  const excluded = new Set<number>();
  for (const word of list.split(/[\s,:]+/)) {
    if (word === '') continue;
    const isBound = word.startsWith('>=') || word.startsWith('<=');
    const code = isBound ? boundCode(word.slice(2)) : nameCode(word.replace(/^!/, ''));
    if (code === undefined) return undefined;
    if (word.startsWith('>=')) floor = code;
    else if (word.startsWith('<=')) ceiling = code;
    else if (word.startsWith('!')) excluded.add(code);
    else if (code !== 0) included.add(code);
  }
  if (included.size > 0) for (const {code} of VERSIONS) if (!included.has(code)) excluded.add(code);
  return between(floor, ceiling, excluded);
}

/** A bound the library has no version for is none (seen: a warning, and the handshake goes on). */
function between(floor: number, ceiling: number, excluded: ReadonlySet<number>): TlsProtocols {
  return {
    minVersion: VERSIONS.find(({code}) => code === floor)?.name ?? 'TLSv1',
    maxVersion: VERSIONS.find(({code}) => code === ceiling)?.name ?? 'TLSv1.3',
    secureOptions: VERSIONS.reduce((sum, {code, option}) => (excluded.has(code) ? sum | option : sum), 0),
  };
}

/** 0 for SSLv2, which stands for nothing. */
function nameCode(name: string): number | undefined {
  const folded = name.toLowerCase();
  if (folded === 'sslv2') return 0;
  if (folded === 'sslv3') return SSLV3;
  return VERSIONS.find(version => version.name.toLowerCase() === folded)?.code;
}

function boundCode(text: string): number | undefined {
  if (text === '') return 0; // seen: no bound
  if (/^(0x)?[0-9a-f]{1,4}$/i.test(text)) return Number.parseInt(text, 16);
  const code = nameCode(text);
  return code === 0 ? undefined : code;
}
