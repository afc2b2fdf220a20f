/**
 * What is known of an encrypted connection once its handshake is through: for log lines, Received: headers, policy
 * servers and the restrictions on client certificates.
 */
export interface TlsSession {
  /** `TLSv1.3`. */
  readonly protocol: string;
  /** `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string;
  readonly cipherBits: number;
  readonly algorithmBits: number;
  /** The peer sent a certificate, and it verified against the trusted ones. */
  readonly peerHasCertificate: boolean;
  readonly peerIsTrusted: boolean;
  /** The certificate also names the host that was meant (client side). */
  readonly peerIsMatched: boolean;
  readonly peerSubject: string;
  readonly peerIssuer: string;
  /** Colon-separated, of smtpd_tls_fingerprint_digest or smtp_tls_fingerprint_digest: certificate and public key. */
  readonly peerFingerprint: string;
  readonly peerKeyFingerprint: string;
  /** It was taken up again, without a new key exchange by certificates: such sessions are not counted against limits. */
  readonly isReused?: boolean | undefined;
  /** `key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256`, as far as it is known; else ''. */
  readonly details: string;
}

/** `TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) ...`, as logs have it. */
export function describeTls(session: TlsSession): string {
  const {protocol, cipher, cipherBits, algorithmBits, details} = session;
  const bits = `(${cipherBits}/${algorithmBits} bits)`;
  return `${protocol} with cipher ${cipher} ${bits}${details === '' ? '' : ` ${details}`}`;
}
