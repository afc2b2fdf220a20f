/**
 * Names in certificates as Node prints them: common names of subject and issuer, DNS names, and the slashed form of logs
 * (`/CN=mail.example.com/O=Example`). Names are whatever their maker wrote; those with control characters are none.
 */
import type {X509Certificate} from 'node:crypto';
import {toByteString} from '../base/bytes.ts';

const MAX_NAME = 256; // seen: longer names are cut in logs

/** The subject's first common name; '' when there is none that can be printed. */
export function subjectName(certificate: X509Certificate): string {
  return attribute(certificate.subject, 'CN');
}

/** The issuer's common name, else its organisation. */
export function issuerName(certificate: X509Certificate): string {
  return attribute(certificate.issuer, 'CN') || attribute(certificate.issuer, 'O');
}

/** The DNS names of subjectAltName; undefined when there are none, so that the common name counts (RFC 6125 6.4.4). */
export function dnsNames(certificate: X509Certificate): readonly string[] | undefined {
  const text = certificate.subjectAltName;
  if (text === undefined) return undefined;
  const names = splitAltNames(text).filter(entry => entry.startsWith('DNS:'));
  return names.length === 0 ? undefined : names.map(entry => unquote(entry.slice(4))).filter(isPrintable);
}

/** `/CN=a/O=b`. */
export function slashedName(name: string): string {
  return name
    .split('\n')
    .filter(line => line !== '')
    .map(line => `/${printable(unescape(line))}`)
    .join('');
}

function attribute(name: string, type: string): string {
  for (const line of name.split('\n'))
    for (const part of line.split(' + '))
      if (part.startsWith(`${type}=`)) {
        const value = toByteString(unescape(part.slice(type.length + 1)));
        return isPrintable(value) ? value.slice(0, MAX_NAME) : '';
      }
  return '';
}

/** RFC 2253 section 2.4 escapes, which Node leaves in. */
function unescape(text: string): string {
  return text.replace(/\\([0-9A-F]{2}|.)/g, (_whole, code: string) =>
    code.length === 2 ? String.fromCharCode(Number.parseInt(code, 16)) : code,
  );
}

/** Entries are parted by `, `; those that hold odd characters are JSON strings. */
function splitAltNames(text: string): string[] {
  const entries: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quoted && char === '\\') at++;
    else if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted) {
      entries.push(text.slice(start, at));
      start = at + 2;
    }
  }
  entries.push(text.slice(start));
  return entries;
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return '\0';
  }
}

function isPrintable(text: string): boolean {
  return !/[\x00-\x1f\x7f]/.test(text);
}

function printable(text: string): string {
  return toByteString(text).replace(/[^\x20-\x7e]/g, '?');
}
