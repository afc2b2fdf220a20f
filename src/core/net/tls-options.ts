/**
 * What is set in OpenSSL besides versions and ciphers: curves, Diffie-Hellman parameters, and options by name
 * (postconf(5) tls_eecdh_auto_curves, tls_ssl_options, tls_disable_workarounds). A name that is unknown is warned of and
 * passed over.
 */
import {constants, getCurves} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {toPath} from '../base/bytes.ts';
import {describe} from '../base/errors.ts';
import type {Config} from '../config/config.ts';

type Warn = (text: string) => void;

/**
 * Curves in OpenSSL's form, the most wanted first; `auto`: the library's own. Seen: smtpd_tls_eecdh_grade changes nothing
 * with OpenSSL 3, each grade takes the curves of tls_eecdh_auto_curves.
 */
export function curvesOf(config: Config, warn: Warn): string {
  const wanted = config.list('tls_eecdh_auto_curves').flatMap(word => word.split(':'));
  const known = new Set([...getCurves(), 'X25519', 'X448', 'P-256', 'P-384', 'P-521']);
  for (const curve of wanted) if (!known.has(curve)) warn(`ignoring unknown ECDHE curve "${curve}"`);
  return wanted.filter(curve => known.has(curve)).join(':') || 'auto';
}

/** PEM, or `auto`. */
export function dhParameters(file: string, warn: Warn): string {
  if (file === '' || file === 'auto') return 'auto';
  try {
    const text = readFileSync(toPath(file), 'latin1');
    if (text.includes('-----BEGIN DH PARAMETERS-----')) return text;
    warn(`cannot load DH parameters from file "${file}" -- using compiled-in defaults`);
  } catch (fault) {
    warn(`error opening DH parameter file "${file}": ${describe(fault)} -- using compiled-in defaults`);
  }
  return 'auto';
}

/** Bits for `secureOptions`. */
export function opensslOptions(config: Config, warn: Warn): number {
  const off = optionBits('tls_disable_workarounds', config.get('tls_disable_workarounds'), WORKAROUNDS, warn);
  const on = optionBits('tls_ssl_options', config.get('tls_ssl_options'), OPTIONS, warn);
  return Number((BigInt(constants.SSL_OP_ALL >>> 0) & ~off) | on);
}

function optionBits(title: string, list: string, names: ReadonlyMap<string, number>, warn: Warn): bigint {
  let bits = 0n;
  for (const word of list.split(/[\s,]+/)) {
    if (word === '') continue;
    const bit = /^0x[0-9a-f]{1,8}$/i.test(word) ? Number.parseInt(word, 16) : names.get(word.toUpperCase());
    if (bit === undefined) warn(`unknown ${title} value "${word}" in "${list}"`);
    else bits |= BigInt(bit);
  }
  return bits;
}

/** OpenSSL 3's; those of older versions have no meaning any more. */
const WORKAROUNDS: ReadonlyMap<string, number> = new Map([
  ['CRYPTOPRO_TLSEXT_BUG', 0x80000000],
  ['DONT_INSERT_EMPTY_FRAGMENTS', 0x800],
  ['LEGACY_SERVER_CONNECT', 0x4],
  ['SAFARI_ECDHE_ECDSA_BUG', 0x40],
  ['TLSEXT_PADDING', 0x10],
  ...['MICROSOFT_SESS_ID_BUG', 'MICROSOFT_BIG_SSLV3_BUFFER', 'MSIE_SSLV2_RSA_PADDING', 'NETSCAPE_CHALLENGE_BUG'].map(
    (name): [string, number] => [name, 0],
  ),
  ...['NETSCAPE_REUSE_CIPHER_CHANGE_BUG', 'SSLEAY_080_CLIENT_DH_BUG', 'SSLREF2_REUSE_CERT_TYPE_BUG'].map(
    (name): [string, number] => [name, 0],
  ),
  ...['TLS_BLOCK_PADDING_BUG', 'TLS_D5_BUG', 'TLS_ROLLBACK_BUG'].map((name): [string, number] => [name, 0]),
]);

const OPTIONS: ReadonlyMap<string, number> = new Map([
  ['ENABLE_MIDDLEBOX_COMPAT', 0x100000],
  ['LEGACY_SERVER_CONNECT', 0x4],
  ['NO_TICKET', 0x4000],
  ['NO_COMPRESSION', 0x20000],
  ['NO_RENEGOTIATION', 0x40000000],
  ['NO_SESSION_RESUMPTION_ON_RENEGOTIATION', 0x10000],
  ['PRIORITIZE_CHACHA', 0x200000],
]);
