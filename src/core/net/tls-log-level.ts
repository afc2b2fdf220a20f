/**
 * How much is logged of TLS: a digit, or names of what is wanted (postconf(5) smtpd_tls_loglevel). The steps of the
 * handshake and packet dumps, which the original has from 2 and 3 on, are not told by Node.
 */
export interface TlsLogLevel {
  /** One line for each session. */
  readonly summary: boolean;
  /** Why a certificate was not trusted. */
  readonly untrusted: boolean;
  /** Names and fingerprints of the peer's certificate. */
  readonly peerCertificate: boolean;
  /** How a certificate was found to match. */
  readonly match: boolean;
  readonly verbose: boolean;
  readonly cache: boolean;
}

/** undefined: a word that is none of them. */
export function parseTlsLogLevel(text: string): TlsLogLevel | undefined {
  const words = text
    .toLowerCase()
    .split(/[\s,|]+/)
    .filter(word => word !== '');
  if (words.some(word => !KNOWN.has(word))) return undefined;
  const has = (...names: readonly string[]): boolean => names.some(name => words.includes(name));
  const all = has('2', '3', '4', 'debug', 'ssl-expert', 'ssl-developer');
  return {
    summary: all || has('1', 'routine', 'summary'),
    untrusted: has('untrusted'),
    peerCertificate: all || has('peercert'),
    match: all || has('certmatch'),
    verbose: all || has('verbose'),
    cache: all || has('cache'),
  };
}

const KNOWN = new Set([
  ...['0', '1', '2', '3', '4', 'none', 'routine', 'debug', 'ssl-expert', 'ssl-developer', 'summary', 'untrusted'],
  ...['peercert', 'certmatch', 'verbose', 'cache', 'ssl-debug', 'ssl-handshake-packet-dump', 'ssl-session-packet-dump'],
]);
