/**
 * `${hex: 24 24}` and `${unicode: 40 20AC}` (RFC 5228 section 2.4.2.4). What does not follow the grammar stays as it is;
 * a code point that is none is answered as a number, which makes the script invalid.
 */
const FORM = /^\$\{(hex|unicode):\s*((?:[0-9A-Fa-f]+\s+)*[0-9A-Fa-f]+)\s*\}/i;

export function decodeCharacters(text: string): string | number {
  let out = '';
  let copied = 0;
  let end = -1;
  for (let at = text.indexOf('${'); at >= 0; at = text.indexOf('${', at)) {
    if (end < at) end = text.indexOf('}', at);
    if (end < 0) break;
    const form = FORM.exec(text.slice(at, end + 1));
    const decoded = form === null ? undefined : decode(form[1] ?? '', form[2] ?? '');
    if (typeof decoded === 'number') return decoded;
    if (decoded === undefined) {
      at += 2;
      continue;
    }
    out += text.slice(copied, at) + decoded;
    at = end + 1;
    copied = at;
  }
  return out + text.slice(copied);
}

function decode(kind: string, digits: string): string | number | undefined {
  const codes = digits
    .trim()
    .split(/\s+/)
    .map(word => Number.parseInt(word, 16));
  if (kind.toLowerCase() === 'hex') {
    if (
      digits
        .trim()
        .split(/\s+/)
        .some(word => word.length > 2)
    )
      return undefined;
    return String.fromCharCode(...codes);
  }
  const bad = codes.find(code => code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff));
  if (bad !== undefined) return bad;
  return Buffer.from(String.fromCodePoint(...codes), 'utf8').toString('latin1');
}
