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

/** Of a byte string in UTF-8, as a byte string; '' of ''. */
export function normalizeBytes(bytes: string): string {
  if (!/[\x80-\xff]/.test(bytes)) return bytes.toUpperCase();
  return normalizeText(Buffer.from(bytes, 'latin1').toString('utf8')).toString('latin1');
}

/** The same for ASCII, and much faster: four bytes at a time. */
export class AsciiNormalizer {
  #words = new Int32Array(0);
  #bytes: Buffer = Buffer.alloc(0);

  /** Valid until the next call. */
  normalize(bytes: Buffer): Buffer {
    if (this.#bytes.length < bytes.length) {
      this.#words = new Int32Array((bytes.length + 3) >> 2);
      this.#bytes = Buffer.from(this.#words.buffer);
    }
    bytes.copy(this.#bytes);
    const words = this.#words;
    for (let i = (bytes.length + 3) >> 2; i-- > 0;) {
      const word = words[i] ?? 0;
      // The highest bit of each byte tells: it is 'a' or more, and not more than 'z'. Turned to 0x20 it makes it upper case.
      const isLetter = (word + 0x1f1f1f1f) & ~(word + 0x05050505) & 0x80808080;
      words[i] = word ^ (isLetter >>> 2);
    }
    return this.#bytes.subarray(0, bytes.length);
  }
}

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
