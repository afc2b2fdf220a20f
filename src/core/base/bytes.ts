/**
 * Byte strings: text whose char codes are bytes (latin1), the form in which addresses, header text, table keys,
 * configuration values and log text travel through the engine, so that nothing foreign is lost or changed.
 * Convert here, and only at the edges: the argument vector, JSON, the library's callers, file names.
 */

/** The UTF-8 bytes of ordinary JavaScript text (an argument, an environment value) as a byte string. */
export function toByteString(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** A byte string as ordinary text for people and JSON; bytes that are no UTF-8 become U+FFFD. */
export function toText(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

/** What node:fs wants for a file named by a byte string. */
export function toPath(bytes: string): string | Buffer {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1');
}

export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
