/**
 * Where our answers differ from the original's in many cases alike, and why: each is a line of COMPATIBILITY.md. A case
 * named here has to differ; `isChance`: both may happen.
 */
export interface KnownDifference {
  readonly why: string;
  readonly titles: readonly (string | RegExp)[];
  readonly isChance?: boolean;
}

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    why: 'smtpd_relay_restrictions without a refusal: the service does not listen; the original listens and never answers',
    titles: ['smtpd_relay_restrictions = permit', 'smtpd_relay_restrictions = permit, smtpd_delay_reject = no'],
  },
  {
    why: 'SASL without its server: mail is taken and AUTH not announced; the original closes every connection',
    titles: ['AUTH with no backend there', 'AUTH excepted'],
  },
  {
    why: 'smtpd_tls_req_ccert: a client without a certificate is told so; the original breaks off the handshake',
    titles: ['smtpd_tls_req_ccert without a certificate'],
  },
  {
    why: 'the copy of an access table BCC action has notify_flags=1 (NEVER) and no original recipient in its queue file',
    titles: [/^check_sender_access.*: bcc$/],
  },
  {
    why: "a service's own -o append_dot_mydomain counts for its addresses; in the original trivial-rewrite has main.cf's",
    titles: ['recipient domains: append_at_myorigin=yes append_dot_mydomain=yes'],
  },
  {
    why: 'a timeout in a BDAT chunk is logged with the bytes received; the original counts its own reply',
    titles: ['smtpd_timeout in a chunk'],
  },
  {
    why: 'commands that come while an earlier one is answered count as early input, or do not: who is faster',
    titles: ['BDAT where encryption is required'],
    isChance: true,
  },
  {
    why: 'mail for a site that ETRN asks for may be on the move while its file is read',
    titles: ['recipient <dave@relay.example> in the queue'],
    isChance: true,
  },
];

export function knownDifference(title: string): KnownDifference | undefined {
  return KNOWN_DIFFERENCES.find(({titles}) =>
    titles.some(one => (typeof one === 'string' ? one === title : one.test(title))),
  );
}
