/** pcre2pattern(3), without recursion, conditions and atomic groups, in the notation of RegExp. */
import {translateBracket} from './bracket.ts';

export interface PcreOptions {
  readonly extended: boolean;
  readonly dollarEndOnly: boolean;
  readonly ungreedy: boolean;
  readonly lines: boolean;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['A', '(?<![^])'],
  ['z', '(?![^])'],
  ['Z', '(?=\\n?(?![^]))'],
  ['h', '[ \\t\\xa0]'],
  ['H', '[^ \\t\\xa0]'],
  ['R', '(?:\\r\\n|[\\n-\\r\\x85])'],
  ['N', '[^\\n]'],
  ['a', '\\x07'],
  ['e', '\\x1b'],
  ['w', '[A-Za-z0-9_]'],
  ['W', '[^A-Za-z0-9_]'],
  ['s', '[ \\t-\\r]'],
  ['S', '[^ \\t-\\r]'],
]);

export function translatePcre(source: string, options: PcreOptions): string {
  let out = '';
  let at = 0;
  while (at < source.length) {
    const piece = translatePiece(source, at, options);
    out += piece.text;
    at = piece.end;
  }
  return out;
}

function translatePiece(source: string, at: number, options: PcreOptions): {text: string; end: number} {
  const rest = source.slice(at);
  const character = rest.charAt(0);
  if (character === '[') return translateBracket(source, at, true, false);
  if (character === '\\') return translateEscape(rest, at);
  if (rest.startsWith('(?')) return translateGroup(rest, at);
  const skipped = options.extended ? /^(?:\s+|#[^\n]*\n?)/.exec(rest)?.[0] : undefined;
  if (skipped !== undefined) return {text: '', end: at + skipped.length};
  const repeat = /^(?:[*+?]|\{\d+(?:,\d*)?\})([?+]?)/.exec(rest);
  if (repeat !== null) return {text: translateRepeat(repeat, options), end: at + repeat[0].length};
  if (character === '$' && !options.dollarEndOnly && !options.lines) return {text: '(?=\\n?(?![^]))', end: at + 1};
  return {text: '{}]'.includes(character) ? `\\${character}` : character, end: at + 1};
}

function translateRepeat([whole, lazy]: RegExpExecArray, {ungreedy}: PcreOptions): string {
  if (lazy === '+') throw new SyntaxError('possessive quantifiers are not supported');
  const bare = lazy === '?' ? whole.slice(0, -1) : whole;
  return (lazy === '?') === ungreedy ? bare : `${bare}?`;
}

function translateEscape(rest: string, at: number): {text: string; end: number} {
  const quoted = /^\\Q([^]*?)(?:\\E|$)/.exec(rest);
  if (quoted !== null)
    return {text: (quoted[1] ?? '').replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), end: at + quoted[0].length};
  const hex = /^\\x(?:\{([0-9a-f]{1,2})\}|([0-9a-f]{0,2}))/i.exec(rest);
  if (hex !== null) return {text: `\\x${(hex[1] ?? hex[2] ?? '').padStart(2, '0')}`, end: at + hex[0].length};
  const letter = rest.charAt(1);
  if (letter === '') throw new SyntaxError('\\ at end of pattern');
  if (/[pPXCGKg]/.test(letter)) throw new SyntaxError(`\\${letter} is not supported`);
  const known = /[a-z0-9]/i.test(letter) ? `\\${letter}` : `\\${letter}`;
  return {text: letter === 'E' ? '' : (ESCAPES.get(letter) ?? known), end: at + 2};
}

function translateGroup(rest: string, at: number): {text: string; end: number} {
  const comment = /^\(\?#[^)]*\)/.exec(rest)?.[0];
  if (comment !== undefined) return {text: '', end: at + comment.length};
  const named = /^\(\?(?:P?<|')([A-Za-z_]\w*)[>']/.exec(rest);
  if (named !== null) return {text: `(?<${named[1] ?? ''}>`, end: at + named[0].length};
  const plain = /^\(\?(?::|=|!|<=|<!)/.exec(rest)?.[0];
  if (plain === undefined) throw new SyntaxError('this kind of group is not supported');
  return {text: plain, end: at + plain.length};
}
