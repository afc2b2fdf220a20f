/** Replies of a ManageSieve server (RFC 5804 section 1.2): strings are quoted where they can be, else literals. */

/** A string as it goes over the wire. */
export function quoted(text: string): string {
  if (text.length <= MAX_QUOTED_BYTES && !/[\0\r\n]/.test(text)) return `"${text.replace(/["\\]/g, '\\$&')}"`;
  return `{${text.length}}\r\n${text}`;
}

/** RFC 5804 section 4: quoted strings have 1024 octets at the most. */
const MAX_QUOTED_BYTES = 1024;

/** `code` without its parentheses. */
export function reply(word: 'OK' | 'NO' | 'BYE', text: string, code?: string): string {
  return `${word}${code === undefined ? '' : ` (${code})`} ${quoted(text)}\r\n`;
}
