/**
 * Text as SEARCH, SORT and THREAD compare it: every letter in title case, then taken apart into base and accents (one level of
 * Unicode decomposition, canonical or compatible), in UTF-8. As Dovecot's i;unicode-casemap (RFC 5051) has it: "Ä" and "ä" are
 * one, "ß" and "ss" are not.
 */
export function normalizeText(text: string): Buffer {
  let out = Buffer.allocUnsafe(text.length * 3 + 16);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) {
      out[length++] = code >= 0x61 && code <= 0x7a ? code - 0x20 : code;
      continue;
    }
    const point = text.codePointAt(i) ?? code;
    if (point > 0xffff) i++;
    const bytes = normalized(point);
    if (length + bytes.length + (text.length - i) * 3 > out.length)
      out = Buffer.concat([out, Buffer.alloc(out.length)]);
    for (let k = 0; k < bytes.length; k++) out[length++] = bytes[k] ?? 0;
  }
  return out.subarray(0, length);
}

/** The same for ASCII, much faster; `out` has room for it. */
export function normalizeAscii(bytes: Buffer, out: Buffer): Buffer {
  for (let i = 0; i < bytes.length; i++) out[i] = UPPER[bytes[i] ?? 0] ?? 0;
  return out.subarray(0, bytes.length);
}

const UPPER = Uint8Array.from({length: 256}, (_, byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte));

/** What each character becomes, found out once. Code points are few enough. */
const known = new Map<number, Buffer>();

function normalized(point: number): Buffer {
  let bytes = known.get(point);
  if (bytes === undefined) known.set(point, (bytes = Buffer.from(decompose(titleCase(point)), 'utf8')));
  return bytes;
}

/** The simple mapping of one character to one. */
function titleCase(point: number): string {
  const character = String.fromCodePoint(point);
  const digraph = DIGRAPHS.get(character);
  if (digraph !== undefined) return digraph;
  if (point >= 0x10d0 && point <= 0x10ff) return character; // Georgian: upper case is for whole words
  const upper = character.toUpperCase();
  return String.fromCodePoint(upper.codePointAt(0) ?? point) === upper ? upper : character;
}

function decompose(character: string): string {
  const decomposed = oneLevel(character);
  const isAstral = (character.codePointAt(0) ?? 0) > 0xffff;
  return isAstral && [...decomposed].length > 1 ? character : decomposed; // as the original's tables have it
}

function oneLevel(character: string): string {
  const canonical = character.normalize('NFD');
  if (character >= '\uac00' && character <= '\ud7a3') return canonical; // Hangul is taken apart by rule
  const single = character.normalize('NFC');
  if (single !== character && [...single].length === 1) return single;
  if (canonical === character) return character.normalize('NFKC');
  const points = [...canonical];
  const head = points.slice(0, -1).join('').normalize('NFC');
  return points.length > 2 && [...head].length === 1 ? head + (points.at(-1) ?? '') : canonical;
}

const DIGRAPHS: ReadonlyMap<string, string> = new Map(
  ['ǅǄǆ', 'ǈǇǉ', 'ǋǊǌ', 'ǲǱǳ'].flatMap(([title = '', ...others]) =>
    [title, ...others].map(one => [one, title] as const),
  ),
);
