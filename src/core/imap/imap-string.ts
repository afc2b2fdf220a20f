/**
 * Strings as the server writes them (RFC 3501 section 9): an atom where one will do, quoted where that will do, else a
 * literal. Bytes in, bytes out (latin1).
 */
/** A mailbox name: an atom as far as it goes (seen: `Trash`, `"x%y"`, `""`). */
export function astring(text: string): string {
  return isAtom(text) ? text : quoted(text);
}

export function quoted(text: string): string {
  if (text.length > MAX_QUOTED) return literal(text);
  let needsEscape = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x80 || code === 0x0d || code === 0x0a || code === 0) return literal(text);
    if (code === 0x22 || code === 0x5c) needsEscape = true;
  }
  return needsEscape ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
}

export function literal(text: string): string {
  return `{${text.length}}\r\n${text}`;
}

const MAX_QUOTED = 4096;

function isAtom(text: string): boolean {
  if (text === '' || text.toUpperCase() === 'NIL') return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 0x20 || code >= 0x7f || '(){%*"\\'.includes(text.charAt(at))) return false;
  }
  return true;
}
