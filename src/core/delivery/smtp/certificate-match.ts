/**
 * Whether a server's certificate names a host (RFC 6125 section 6.4): by its DNS names, or by its common name when it has
 * none. A pattern that begins with a dot stands for what is below it; `*` in a certificate for the first label, or for
 * several of them (postconf(5) tls_wildcard_matches_multiple_labels).
 */
import type {X509Certificate} from 'node:crypto';
import {isIP} from 'node:net';
import {dnsNames, subjectName} from '../../net/tls-names.ts';

/** The pattern that matches, of several. */
export function matchCertificate(
  certificate: X509Certificate,
  patterns: readonly string[],
  matchesManyLabels: boolean,
): string | undefined {
  const names = dnsNames(certificate) ?? [subjectName(certificate)];
  return patterns.find(pattern => {
    if (isIP(pattern) !== 0) return certificate.checkIP(pattern) !== undefined;
    return names.some(name => matchesName(name.toLowerCase(), pattern.toLowerCase(), matchesManyLabels));
  });
}

export function matchesName(name: string, pattern: string, matchesManyLabels: boolean): boolean {
  if (name === '' || pattern === '') return false;
  if (name === pattern) return true;
  if (pattern.startsWith('.')) return name.length > pattern.length && name.endsWith(pattern);
  if (!name.startsWith('*.') || !name.slice(2).includes('.')) return false; // `*.com` stands for nothing
  const parent = name.slice(1);
  const labels = pattern.slice(0, pattern.length - parent.length);
  return pattern.endsWith(parent) && labels !== '' && (matchesManyLabels || !labels.includes('.'));
}
