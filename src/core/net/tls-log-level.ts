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
}

/** A word that is none of them is warned of, and means nothing. `title`: the parameter. */
export function parseTlsLogLevel(title: string, text: string, warn: (text: string) => void): TlsLogLevel {
  const words = text.split(/[\s,|]+/).filter(word => word !== '');
  for (const word of words) if (!KNOWN.has(word.toLowerCase())) warn(`unknown ${title} value "${word}" in "${text}"`);
  const folded = words.map(word => word.toLowerCase());
  const has = (...names: readonly string[]): boolean => names.some(name => folded.includes(name));
  const all = has('debug', 'ssl-expert', 'ssl-developer') || words.some(word => /^[2-9]$/.test(word));
  return {
    summary: all || has('1', 'routine', 'summary'),
    untrusted: has('untrusted'),
    peerCertificate: all || has('peercert'),
    match: all || has('certmatch'),
    verbose: all || has('verbose'),
  };
}

const KNOWN = new Set([
  ...['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'none', 'routine', 'debug', 'ssl-expert', 'ssl-developer'],
  ...['summary', 'untrusted', 'peercert', 'certmatch', 'verbose', 'cache', 'ssl-debug'],
  ...['ssl-handshake-packet-dump', 'ssl-session-packet-dump'],
]);
