/** Numbers as the C library and procmail read and write them. */

const WORDS: readonly (readonly [RegExp, number])[] = [
  [/^(?:on|[yte])/i, 1],
  [/^(?:off|[nfd])/i, 0],
  [/^a/i, 2],
];

/** strtol(3) in base ten: the number a text begins with, and how many characters it took. */
export function leadingNumber(text: string): {value: number; length: number} | undefined {
  const found = /^[ \t\n\v\f\r]*([+-]?\d+)/.exec(text);
  return found === null ? undefined : {value: Number(found[1]), length: found[0].length};
}

/** A number, or a word that means yes, no or all (procmailrc(5) MISCELLANEOUS); `otherwise` when it is neither. */
export function numberOrWord(text: string, otherwise: number): number {
  const number = leadingNumber(text);
  if (number !== undefined) return number.value;
  const word = text.replace(/^[ \t\n\v\f\r]+/, '');
  for (const [pattern, value] of WORDS) if (pattern.test(word)) return value;
  return otherwise;
}

/** strtod(3), decimal only: weights of conditions. */
export function leadingReal(text: string): {value: number; length: number} | undefined {
  const found = /^[ \t]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/.exec(text);
  return found === null ? undefined : {value: Number(found[0]), length: found[0].length};
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A number in file names: 6 bits a character, lowest first. */
export function compact(value: number): string {
  let out = '';
  let rest = value;
  do {
    out += DIGITS.charAt(rest % 64);
    rest = Math.floor(rest / 64);
  } while (rest > 0);
  return out;
}

/** strtol(3) in base eight; 0 when there is no number. */
export function leadingOctal(text: string): number {
  const digits = /^[ \t\n\v\f\r]*([+-]?[0-7]+)/.exec(text)?.[1];
  return digits === undefined ? 0 : parseInt(digits, 8);
}
