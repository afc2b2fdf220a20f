/** `%{if;left;operator;right;then[;else]}`: numbers, words, wildcards and patterns compared. Seen: Dovecot 2.3.19. */
import {ParseError} from '../../base/errors.ts';

export type PatternTest = (pattern: string, text: string) => boolean;

/** `text` is what follows `if`, with its first `;`. Its parts may have variables; `\;` is a semicolon in one. */
export function conditionResult(text: string, expand: (text: string) => string, patternTest?: PatternTest): string {
  if (text === '') throw new ParseError('if: missing parameter(s)');
  const parts = splitParts(text.slice(1));
  const [left = '', operator = '', right = '', yes = '', no = ''] = parts;
  if (parts.length < 4 || parts.length > 5)
    throw new ParseError(`if: requires four or five parameters, got ${parts.length}`);
  const holds = compare(expand(left), operator, expand(right), patternTest);
  return expand(holds ? yes : no);
}

/** At each `;` outside of braces. */
function splitParts(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if (letter === '\\' && at + 1 < text.length) part += unescaped(text.charAt(++at), depth);
    else if (letter === ';' && depth === 0) {
      parts.push(part);
      part = '';
    } else {
      if (letter === '{') depth++;
      if (letter === '}') depth--;
      part += letter;
    }
  }
  return [...parts, part];
}

/** Within braces the escape is for the inner condition. */
function unescaped(letter: string, depth: number): string {
  return depth === 0 ? letter : `\\${letter}`;
}

function compare(left: string, operator: string, right: string, patternTest?: PatternTest): boolean {
  switch (operator) {
    case '==':
      return number(left, 'lhs') === number(right, 'rhs');
    case '!=':
      return number(left, 'lhs') !== number(right, 'rhs');
    case '<':
      return number(left, 'lhs') < number(right, 'rhs');
    case '<=':
      return number(left, 'lhs') <= number(right, 'rhs');
    case '>':
      return number(left, 'lhs') > number(right, 'rhs');
    case '>=':
      return number(left, 'lhs') >= number(right, 'rhs');
    case 'eq':
      return left === right;
    case 'ne':
      return left !== right;
    case 'lt':
      return left < right;
    case 'le':
      return left <= right;
    case 'gt':
      return left > right;
    case 'ge':
      return left >= right;
    case '*':
      return wildcardMatches(right, left);
    case '!*':
      return !wildcardMatches(right, left);
    case '~':
      return patternMatches(right, left, patternTest);
    case '!~':
      return !patternMatches(right, left, patternTest);
    default:
      throw new ParseError(`if: Unsupported comparator '${operator}'`);
  }
}

function number(text: string, side: string): bigint {
  if (!/^-?\d{1,19}$/.test(text)) throw new ParseError(`if: ${text} (${side}) is not a number`);
  return BigInt(text);
}

function patternMatches(pattern: string, text: string, patternTest: PatternTest | undefined): boolean {
  if (patternTest === undefined) throw new ParseError('if: no patterns here');
  return patternTest(pattern, text);
}

/** `*` and `?`, in linear space and without going back further than to the last star. */
function wildcardMatches(pattern: string, text: string): boolean {
  let p = 0;
  let star = -1;
  let retry = 0;
  for (let t = 0; t < text.length;) {
    if (pattern.charAt(p) === '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.length && (pattern.charAt(p) === '?' || pattern.charAt(p) === text.charAt(t))) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++retry;
    } else return false;
  }
  while (pattern.charAt(p) === '*') p++;
  return p === pattern.length;
}
