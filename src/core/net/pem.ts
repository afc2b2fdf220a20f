/** PEM files (RFC 7468): their blocks, with text between them passed over, in time linear in the input; and writing. */

export interface PemBlock {
  /** `CERTIFICATE`, `EC PRIVATE KEY`. */
  readonly label: string;
  /** From the BEGIN line to the END line. */
  readonly text: string;
}

const BEGIN = '-----BEGIN ';
const DASHES = '-----';

export function pemBlocks(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let at = 0;
  for (;;) {
    const begin = text.indexOf(BEGIN, at);
    if (begin < 0) return blocks;
    const labelEnd = text.indexOf(DASHES, begin + BEGIN.length);
    if (labelEnd < 0) return blocks;
    const label = text.slice(begin + BEGIN.length, labelEnd);
    const end = text.indexOf(`-----END ${label}-----`, labelEnd);
    if (end < 0) return blocks;
    at = end + `-----END ${label}-----`.length;
    if (isLineStart(text, begin)) blocks.push({label, text: `${text.slice(begin, at)}\n`});
  }
}

function isLineStart(text: string, at: number): boolean {
  return at === 0 || text.charAt(at - 1) === '\n';
}

export function isCertificate({label}: PemBlock): boolean {
  return label === 'CERTIFICATE' || label === 'X509 CERTIFICATE' || label === 'TRUSTED CERTIFICATE';
}

/** Keys that need no passphrase. */
export function isPrivateKey({label}: PemBlock): boolean {
  return PRIVATE_KEYS.has(label);
}

const PRIVATE_KEYS = new Set(['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY', 'DSA PRIVATE KEY']);

export function toPem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
