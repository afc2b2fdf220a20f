/**
 * The two forms of a mail address (RFC 5322 section 3.4.1). Internal: as in envelopes, queue files and tables
 * (`odd name@x`). External: as in headers, logs and reports, the local part quoted when it must be (`"odd name"@x`).
 *
 * Never fails. As lenient as Postfix: bytes above 127 need no quotes, and the domain is taken as it is.
 */
import {isPlainAddress} from './address-characters.ts';

/** Internal to external form; '' stays ''. */
export function quoteAddress(internal: string): string {
  if (internal === '' || isPlainAddress(internal)) return internal;
  const start = internal.startsWith('@') ? internal.indexOf(':') + 1 : 0; // a source route (RFC 5322 section 4.4)
  const at = internal.lastIndexOf('@');
  const end = at < start ? internal.length : at;
  const local = internal.slice(start, end);
  return internal.slice(0, start) + (isDotString(local) ? local : quoteString(local)) + internal.slice(end);
}

/** External to internal form: quotes and backslashes of the local part go, up to the first `@` outside quotes. */
export function unquoteAddress(external: string): string {
  if (!external.includes('"') && !external.includes('\\')) return external;
  let out = '';
  let isQuoted = false;
  for (let i = 0; i < external.length; i++) {
    const character = external.charAt(i);
    if (character === '"') isQuoted = !isQuoted;
    else if (character === '@' && !isQuoted) return out + external.slice(i);
    else if (character !== '\\') out += character;
    else if (++i < external.length) out += external.charAt(i);
  }
  return out;
}

export interface AddressParts {
  readonly localPart: string;
  /** Without the `@`; undefined when the address has none. */
  readonly domain: string | undefined;
}

/** Splits an address in internal form at its last `@`. */
export function splitAddress(internal: string): AddressParts {
  const at = internal.lastIndexOf('@');
  if (at < 0) return {localPart: internal, domain: undefined};
  return {localPart: internal.slice(0, at), domain: internal.slice(at + 1)};
}

/** RFC 5321 section 4.1.2 Dot-string, with bytes above 127. */
function isDotString(local: string): boolean {
  if (local === '' || local.startsWith('.') || local.endsWith('.') || local.includes('..')) return false;
  for (let i = 0; i < local.length; i++) {
    const code = local.charCodeAt(i);
    if (code <= 0x20 || code === 0x7f || SPECIALS.includes(local.charAt(i))) return false;
  }
  return true;
}

/** RFC 5322 section 3.2.3 specials, without the dot. */
const SPECIALS = '()<>@,;:\\"[]';

function quoteString(local: string): string {
  return `"${local.replace(/["\\\r]/g, '\\$&')}"`;
}
