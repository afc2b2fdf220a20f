/** Comparators (RFC 4790): how two texts are equal or ordered. Texts are byte strings. */
export interface Comparator {
  readonly name: string;
  /** Below, at or above zero. */
  compare(a: string, b: string): number;
  /** The form in which parts of texts are compared; undefined when the comparator knows no parts. */
  readonly fold: ((text: string) => string) | undefined;
}

export const octet: Comparator = {
  name: 'i;octet',
  compare: compareBytes,
  fold: text => text,
};

export const asciiCasemap: Comparator = {
  name: 'i;ascii-casemap',
  compare: (a, b) => (a === b ? 0 : compareBytes(foldAscii(a), foldAscii(b))),
  fold: foldAscii,
};

/** RFC 4790 section 9.1: what does not begin with a digit is infinitely large. */
const asciiNumeric: Comparator = {
  name: 'i;ascii-numeric',
  compare: compareNumbers,
  fold: undefined,
};

/** RFC 5051: letters of all scripts in one case, decomposed. */
const unicodeCasemap: Comparator = {
  name: 'i;unicode-casemap',
  compare: (a, b) => compareBytes(foldUnicode(a), foldUnicode(b)),
  fold: foldUnicode,
};

export const comparators: ReadonlyMap<string, Comparator> = new Map(
  [octet, asciiCasemap, asciiNumeric, unicodeCasemap].map(comparator => [comparator.name, comparator]),
);

function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareNumbers(a: string, b: string): number {
  const first = leadingNumber(a);
  const second = leadingNumber(b);
  if (first === undefined || second === undefined) return first === second ? 0 : first === undefined ? 1 : -1;
  if (first.length !== second.length) return first.length - second.length;
  return compareBytes(first, second);
}

/** Digits without leading zeros. */
function leadingNumber(text: string): string | undefined {
  let end = 0;
  while (isDigit(text.charCodeAt(end))) end++;
  if (end === 0) return undefined;
  let start = 0;
  while (start < end && text.charCodeAt(start) === 0x30) start++;
  return text.slice(start, end);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** The same few header values are folded for rule after rule. */
const folded = new Map<string, string>();
const MAX_FOLDED = 256;
const MAX_FOLDED_LENGTH = 1000;

/** Letters of ASCII in lower case, other bytes as they are. */
function foldAscii(text: string): string {
  const known = folded.get(text);
  if (known !== undefined) return known;
  const lower = lowerAscii(text);
  if (text.length > MAX_FOLDED_LENGTH) return lower;
  if (folded.size >= MAX_FOLDED) folded.clear();
  folded.set(text, lower);
  return lower;
}

function lowerAscii(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x41 && code <= 0x5a) return text.replace(/[A-Z]+/g, letters => letters.toLowerCase());
  }
  return text;
}

function foldUnicode(text: string): string {
  const decoded = Buffer.from(text, 'latin1').toString('utf8');
  return Buffer.from(decoded.toUpperCase().normalize('NFKD'), 'utf8').toString('latin1');
}
