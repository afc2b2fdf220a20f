/**
 * Encoded words (RFC 2047) of a header's text as UTF-8, for comparing and sorting. What can't be decoded stays as it is.
 * Byte strings; linear.
 */
const WORD_END = '?=';

export function decodeWords(text: string): string {
  let out = '';
  let at = 0;
  for (let start = text.indexOf('=?'); start >= 0; start = text.indexOf('=?', start)) {
    const word = wordAt(text, start);
    if (word === undefined) {
      start += 2;
      continue;
    }
    const between = text.slice(at, start);
    // Blanks between two encoded words are not text (RFC 2047 section 6.2).
    out += at > 0 && between.trim() === '' ? '' : between;
    out += word.text;
    at = start = word.end;
  }
  return out + text.slice(at);
}

function wordAt(text: string, start: number): {text: string; end: number} | undefined {
  const charsetEnd = text.indexOf('?', start + 2);
  const encodingEnd = charsetEnd < 0 ? -1 : text.indexOf('?', charsetEnd + 1);
  if (encodingEnd !== charsetEnd + 2) return undefined;
  const end = text.indexOf(WORD_END, encodingEnd + 1);
  if (end < 0 || charsetEnd - start > MAX_CHARSET) return undefined;
  const encoding = text[charsetEnd + 1]?.toUpperCase();
  const encoded = text.slice(encodingEnd + 1, end);
  const bytes = encoding === 'B' ? Buffer.from(encoded, 'base64') : encoding === 'Q' ? fromQ(encoded) : undefined;
  const charset = text.slice(start + 2, charsetEnd).split('*', 1)[0] ?? '';
  const decoded = bytes === undefined ? undefined : toUtf8(bytes, charset);
  return decoded === undefined ? undefined : {text: decoded, end: end + WORD_END.length};
}

const MAX_CHARSET = 60;

function fromQ(encoded: string): Buffer {
  const text = encoded
    .replaceAll('_', ' ')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(text, 'latin1');
}

function toUtf8(bytes: Buffer, charset: string): string | undefined {
  try {
    return Buffer.from(new TextDecoder(charset).decode(bytes), 'utf8').toString('latin1');
  } catch {
    return undefined; // a charset that nobody knows
  }
}
