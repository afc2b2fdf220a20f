/** Which addresses need no care at all: the test that spares the common case every parser. */

const PLAIN = new Uint8Array(256);
for (const character of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~")
  PLAIN[character.charCodeAt(0)] = 1;

/** True for words of RFC 5322 atext joined by single dots, with at most one `@` between two of them. */
export function isPlainAddress(address: string): boolean {
  let needsWord = true;
  let hasAt = false;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (PLAIN[code] === 1) {
      needsWord = false;
      continue;
    }
    if (needsWord || (code === AT && hasAt) || (code !== DOT && code !== AT)) return false;
    hasAt ||= code === AT;
    needsWord = true;
  }
  return !needsWord;
}

const DOT = 0x2e;
const AT = 0x40;
