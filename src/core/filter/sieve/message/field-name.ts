/** RFC 5322 section 2.2: printable characters without a colon. */
export function isFieldName(name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code <= 0x20 || code >= 0x7f || code === 0x3a) return false;
  }
  return name !== '';
}
