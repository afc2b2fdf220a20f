/**
 * The ciphers of a grade, less those excluded, as OpenSSL reads them (postconf(5) smtpd_tls_ciphers). These are the
 * ciphers up to TLS 1.2; those of 1.3 are the library's own choice.
 */
import type {Config} from '../config/config.ts';

export type CipherList = {readonly ciphers: string} | {readonly fault: string};

/** `fault` is what the original warns of; the session then ends. */
export function cipherList(config: Config, grade: string, exclusions: readonly string[]): CipherList {
  const base = gradeList(config, grade.toLowerCase());
  if (base === undefined) return {fault: `invalid cipher grade: "${grade}"`};
  const words = exclusions.flatMap(list => list.split(/[\s,:]+/)).filter(word => word !== '');
  const wrong = words.find(word => '!+-@'.includes(word.charAt(0)));
  if (wrong !== undefined) return {fault: `invalid unary '!+-@' in cipher exclusion: ${wrong}`};
  return {ciphers: [base, ...words.map(word => `!${word}`)].join(':')};
}

function gradeList(config: Config, grade: string): string | undefined {
  switch (grade) {
    case 'high':
      return config.get('tls_high_cipherlist');
    case 'medium':
      return config.get('tls_medium_cipherlist');
    case 'low':
      return config.get('tls_low_cipherlist');
    case 'export':
      return config.get('tls_export_cipherlist');
    case 'null':
      return config.get('tls_null_cipherlist');
    default:
      return undefined;
  }
}

/** Without limits on key sizes and hashes, as mail servers that never met have to agree on something (RFC 7435). */
export function opensslCiphers(ciphers: string): string {
  return `@SECLEVEL=0:${ciphers}`;
}

/** Bits of the key and of the algorithm by the cipher's OpenSSL name: 256/256, 128/128, 112/168 for triple DES. */
export function cipherBits(name: string): readonly [used: number, algorithm: number] {
  for (const [pattern, used, algorithm] of BITS) if (pattern.test(name)) return [used, algorithm];
  return [128, 128];
}

const BITS: readonly (readonly [pattern: RegExp, used: number, algorithm: number])[] = [
  [/NULL/, 0, 0],
  [/CHACHA20|AES_?256|CAMELLIA256|ARIA256/, 256, 256],
  [/DES-CBC3/, 112, 168],
  [/DES-CBC/, 56, 56],
];
