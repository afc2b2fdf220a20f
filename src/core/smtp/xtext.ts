/** xtext, the encoding of DSN, AUTH and XCLIENT parameters (RFC 3461 section 4). */

/**
 * Answers undefined for what is no xtext; the empty text is one. Postfix takes `=`, lower-case digits and bytes beyond ASCII,
 * which RFC 3461 has not.
 */
export function decodeXtext(text: string): string | undefined {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== PLUS) {
      out += text.charAt(i);
      continue;
    }
    const high = hexDigit(text.charCodeAt(i + 1));
    const low = hexDigit(text.charCodeAt(i + 2));
    if (high < 0 || low < 0) return undefined;
    out += String.fromCharCode(high * 16 + low);
    i += 2;
  }
  return out;
}

/** utf-8-addr-xtext (RFC 6533 section 3): `\\x{FC}` is a character, too. undefined: there is no such character. */
export function decodeUtf8Xtext(text: string): string | undefined {
  const decoded = decodeXtext(text);
  if (decoded === undefined || !decoded.includes('\\x{')) return decoded;
  let isValid = true;
  const plain = decoded.replace(/\\x\{([0-9A-Fa-f]{1,8})\}/g, (_, digits: string) => {
    const point = parseInt(digits, 16);
    if (point > 0x10ffff) isValid = false;
    return isValid ? Buffer.from(String.fromCodePoint(point), 'utf8').toString('latin1') : '';
  });
  return isValid ? plain : undefined;
}

/** Every byte that may not stand as it is becomes `+XX`. */
export function encodeXtext(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isPlain = code > 0x20 && code < 0x7f && code !== PLUS && code !== EQUALS;
    out += isPlain ? text.charAt(i) : `+${code.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  return code >= 0x41 && code <= 0x46 ? code - 0x37 : -1;
}

const PLUS = 0x2b;
const EQUALS = 0x3d;
