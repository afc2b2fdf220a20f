/**
 * Mailbox names on disk and in IMAP: modified UTF-7 (RFC 3501 section 5.1.3) for UTF-8 names; both as byte strings.
 * Answers undefined for what is not valid.
 */
import {isAscii} from '../base/bytes.ts';

export function toMutf7(name: string): string | undefined {
  if (isAscii(name)) return name.replaceAll('&', '&-');
  const bytes = Buffer.from(name, 'latin1');
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) return undefined;
  let out = '';
  for (let at = 0; at < text.length;) {
    const start = at;
    while (at < text.length && !isPrintable(text.charCodeAt(at))) at++;
    if (at > start) out += `&${shifted(text.slice(start, at))}-`;
    else out += text[at] === '&' ? '&-' : text[at];
    if (at === start) at++;
  }
  return out;
}

function isPrintable(code: number): boolean {
  return code < 0x80;
}

function shifted(text: string): string {
  const units = Buffer.from(text, 'utf16le').swap16();
  return units.toString('base64').replaceAll('=', '').replaceAll('/', ',');
}

export function fromMutf7(name: string): string | undefined {
  if (!isAscii(name)) return undefined;
  let out = '';
  for (let at = 0; at < name.length;) {
    const shift = name.indexOf('&', at);
    if (shift < 0) return out + name.slice(at);
    const end = name.indexOf('-', shift);
    if (end < 0) return undefined;
    const text = end === shift + 1 ? '&' : unshifted(name.slice(shift + 1, end));
    if (text === undefined) return undefined;
    out += name.slice(at, shift) + text;
    at = end + 1;
  }
  return out;
}

/** What is encoded must be what `shifted` makes, so that no name has two forms. */
function unshifted(encoded: string): string | undefined {
  const bytes = Buffer.from(encoded.replaceAll(',', '/'), 'base64');
  if (bytes.length === 0 || bytes.length % 2 !== 0) return undefined;
  const text = Buffer.from(bytes).swap16().toString('utf16le');
  if (shifted(text) !== encoded) return undefined;
  for (let at = 0; at < text.length; at++) if (isPrintable(text.charCodeAt(at))) return undefined;
  const name = Buffer.from(text, 'utf8');
  return name.toString('utf8') === text ? name.toString('latin1') : undefined; // lone surrogates
}
