/** What a backslash begins in Perl's notation (pcre2pattern(3) BACKSLASH), over bytes and in the C locale. */
import {ByteSet, DIGITS, SPACE, WORD} from './byte-set.ts';
import {PatternFault, type Position} from './syntax.ts';

export type Escape =
  | {readonly kind: 'byte'; readonly code: number}
  | {readonly kind: 'set'; readonly set: ByteSet}
  | {readonly kind: 'position'; readonly position: Position}
  | {readonly kind: 'reference'; readonly group: number | string; readonly offset: number}
  /** `\R`, `\X`, `\K`, `\E`, `\G`: by their letter. */
  | {readonly kind: 'letter'; readonly letter: string};

export interface EscapeRead {
  readonly escape: Escape;
  readonly end: number;
}

const NEWLINE = 0x0a;
const HORIZONTAL = ByteSet.of(0x09, 0x20, 0xa0);
const VERTICAL = ByteSet.range(0x0a, 0x0d).add(0x85);

const SETS: ReadonlyMap<string, ByteSet> = new Map([
  ['d', DIGITS],
  ['D', DIGITS.inverted()],
  ['w', WORD],
  ['W', WORD.inverted()],
  ['s', SPACE],
  ['S', SPACE.inverted()],
  ['h', HORIZONTAL],
  ['H', HORIZONTAL.inverted()],
  ['v', VERTICAL],
  ['V', VERTICAL.inverted()],
]);

const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['e', 0x1b],
  ['f', 0x0c],
  ['n', NEWLINE],
  ['r', 0x0d],
  ['t', 0x09],
]);

const POSITIONS: ReadonlyMap<string, Position> = new Map([
  ['A', 'start'],
  ['Z', 'end or last newline'],
  ['z', 'end'],
  ['b', 'word edge'],
  ['B', 'no word edge'],
]);

/** `at` is that of the backslash; `groupCount`: how many groups have begun. Throws `PatternFault`. */
export function readPcreEscape(source: string, at: number, groupCount: number): EscapeRead {
  const letter = source.charAt(at + 1);
  const end = at + 2;
  const position = POSITIONS.get(letter);
  if (position !== undefined) return {escape: {kind: 'position', position}, end};
  if (letter === 'N' && source.startsWith('{U+', end))
    throw new PatternFault('\\N{U+dddd} is supported only in Unicode (UTF) mode', end);
  if (letter === 'N') return {escape: {kind: 'set', set: ByteSet.except(NEWLINE)}, end};
  if (letter === 'C') return {escape: {kind: 'set', set: ByteSet.all()}, end};
  if (letter !== '' && 'RXKEG'.includes(letter)) return {escape: {kind: 'letter', letter}, end};
  if (letter === 'g' || letter === 'k') return readReference(source, at, groupCount);
  if (letter >= '1' && letter <= '9') return readNumber(source, at, groupCount);
  return readMemberEscape(source, at);
}

/** Those that a class may have in it, too. */
export function readMemberEscape(source: string, at: number): EscapeRead {
  const letter = source.charAt(at + 1);
  const end = at + 2;
  if (letter === '') throw new PatternFault('\\ at end of pattern', source.length);
  const set = SETS.get(letter);
  if (set !== undefined) return {escape: {kind: 'set', set}, end};
  const control = CONTROLS.get(letter);
  if (control !== undefined) return byte(control, end);
  if (letter >= '0' && letter <= '7') return readOctal(source, at + 1);
  if (letter === 'x') return readHex(source, at);
  if (letter === 'o') return readBracedOctal(source, at);
  if (letter === 'c') return readControl(source, at);
  if (letter === 'p' || letter === 'P') return readProperty(source, at);
  if ('FLlUu'.includes(letter))
    throw new PatternFault('PCRE2 does not support \\F, \\L, \\l, \\N{name}, \\U, or \\u', end);
  if (/[A-Za-z]/.test(letter)) throw new PatternFault('unrecognized character follows \\', at + 1);
  return byte(letter.charCodeAt(0), end);
}

function byte(code: number, end: number): EscapeRead {
  return {escape: {kind: 'byte', code}, end};
}

/** A group's number, or up to three octal digits when there are not as many groups. */
function readNumber(source: string, at: number, groupCount: number): EscapeRead {
  const [digits = ''] = /^\d+/.exec(source.slice(at + 1, at + 8)) ?? [];
  const number = Number(digits);
  if (number >= 10 && digits < '8' && number > groupCount) return readOctal(source, at + 1);
  const end = at + 1 + digits.length;
  return {escape: {kind: 'reference', group: number, offset: end - 1}, end};
}

function readOctal(source: string, start: number): EscapeRead {
  const [digits = ''] = /^[0-7]{1,3}/.exec(source.slice(start, start + 3)) ?? [];
  const end = start + digits.length;
  const code = parseInt(digits, 8);
  if (code > 255) throw new PatternFault('octal value is greater than \\377 in 8-bit non-UTF-8 mode', end);
  return byte(code, end);
}

function readHex(source: string, at: number): EscapeRead {
  if (source.charAt(at + 2) === '{')
    return readBraced(source, at + 3, {digit: /[0-9a-f]/i, base: 16, name: 'hex', letter: 'x'});
  const [digits = ''] = /^[0-9a-f]{0,2}/i.exec(source.slice(at + 2, at + 4)) ?? [];
  return byte(digits === '' ? 0 : parseInt(digits, 16), at + 2 + digits.length);
}

function readBracedOctal(source: string, at: number): EscapeRead {
  if (source.charAt(at + 2) !== '{') throw new PatternFault('missing opening brace after \\o', at + 1);
  return readBraced(source, at + 3, {digit: /[0-7]/, base: 8, name: 'octal', letter: 'o'});
}

interface Notation {
  readonly digit: RegExp;
  readonly base: number;
  readonly name: string;
  readonly letter: string;
}

function readBraced(source: string, start: number, {digit, base, name, letter}: Notation): EscapeRead {
  let end = start;
  let code = 0;
  for (; digit.test(source.charAt(end)); end++) code = code * base + parseInt(source.charAt(end), base);
  const next = source.charAt(end);
  if (end === start && (next === '' || next === '}'))
    throw new PatternFault('digits missing in \\x{} or \\o{} or \\N{U+}', end);
  if (code > 255) throw new PatternFault('character code point value in \\x{} or \\o{} is too large', end);
  if (next !== '}') throw new PatternFault(`non-${name} character in \\${letter}{} (closing brace missing?)`, end);
  return byte(code, end + 1);
}

function readControl(source: string, at: number): EscapeRead {
  const letter = source.charAt(at + 2);
  if (letter === '') throw new PatternFault('\\c at end of pattern', at + 2);
  if (letter < ' ' || letter > '~')
    throw new PatternFault('\\c must be followed by a printable ASCII character', at + 2);
  return byte(letter.toUpperCase().charCodeAt(0) ^ 0x40, at + 3);
}

/** What is not among those of Unicode that RegExp has. */
const PROPERTIES: ReadonlyMap<string, string> = new Map([
  ['L&', '[\\p{Lu}\\p{Ll}\\p{Lt}]'],
  ['Xan', '[\\p{L}\\p{N}]'],
  ['Xwd', '[\\p{L}\\p{N}_]'],
  ['Xsp', '[\\s\\x85]'],
  ['Xps', '[\\s\\x85]'],
]);

/** Bytes stand for the first 256 characters of Unicode. */
function readProperty(source: string, at: number): EscapeRead {
  const found = /^\\([pP])(?:\{(\^?)([^}]*)\}|([A-Za-z]))/.exec(source.slice(at));
  if (found === null) throw new PatternFault('malformed \\P or \\p sequence', at + 2);
  const [whole, letter, mark = '', long = '', short = ''] = found;
  const name = long === '' ? short : long.replace(/[\s_-]/g, '');
  const end = at + whole.length;
  const member = propertyTest(PROPERTIES.get(name) ?? `\\p{${name}}`) ?? propertyTest(`\\p{Script=${name}}`);
  if (member === undefined) throw new PatternFault('unknown property after \\P or \\p', end);
  const set = new ByteSet();
  for (let code = 0; code < 256; code++) if (member.test(String.fromCharCode(code))) set.add(code);
  return {escape: {kind: 'set', set: (letter === 'P') === (mark === '') ? set.inverted() : set}, end};
}

function propertyTest(source: string): RegExp | undefined {
  try {
    return new RegExp(source, 'u');
  } catch {
    return undefined; // RegExp knows no such property
  }
}

const NO_SUCH = 'reference to non-existent subpattern';

function readReference(source: string, at: number, groupCount: number): EscapeRead {
  const letter = source.charAt(at + 1);
  const open = source.charAt(at + 2);
  const plain = letter === 'g' ? /^[+-]?\d+/.exec(source.slice(at + 2))?.[0] : undefined;
  if (plain !== undefined) {
    const end = at + 2 + plain.length;
    return {escape: numbered(plain, groupCount, end - 1, end), end};
  }
  const close = {'{': '}', '<': '>', "'": "'"}[open];
  if (close === undefined) {
    const forms = letter === 'g' ? 'name/number or by a plain number' : 'name';
    throw new PatternFault(`\\${letter} is not followed by a braced, angle-bracketed, or quoted ${forms}`, at + 2);
  }
  const number = letter === 'g' ? /^[+-]?\d+/.exec(source.slice(at + 3))?.[0] : undefined;
  if (number !== undefined && source.startsWith(close, at + 3 + number.length)) {
    if (open !== '{') throw new PatternFault(NO_CALLS, at + 4);
    const end = at + 4 + number.length;
    return {escape: numbered(number, groupCount, end - 1, at + 2), end};
  }
  const {name, end} = readName(source, at + 3, close);
  if (letter === 'g' && open !== '{') throw new PatternFault(NO_CALLS, at + 3);
  return {escape: {kind: 'reference', group: name, offset: at + 3}, end};
}

/** Groups as subroutines need a stack that the matcher does not have. */
export const NO_CALLS = 'recursion and subroutine calls are not supported';

function numbered(text: string, groupCount: number, offset: number, relativeOffset: number): Escape {
  const isRelative = /^[+-]/.test(text);
  const group = text.startsWith('-') ? groupCount + 1 + Number(text) : Number(text) + (isRelative ? groupCount : 0);
  if (group < 1) throw new PatternFault(NO_SUCH, isRelative ? relativeOffset : offset);
  return {kind: 'reference', group, offset};
}

const LONGEST_NAME = 32;

/** The name of a group up to what closes it. */
export function readName(source: string, start: number, close: string): {name: string; end: number} {
  const [name = ''] = /^\w*/.exec(source.slice(start)) ?? [];
  const end = start + name.length;
  if (/^\d/.test(name)) throw new PatternFault('subpattern name must start with a non-digit', start);
  if (name === '') throw new PatternFault('subpattern name expected', start);
  if (name.length > LONGEST_NAME)
    throw new PatternFault(`subpattern name is too long (maximum ${LONGEST_NAME} code units)`, end);
  if (!source.startsWith(close, end))
    throw new PatternFault('syntax error in subpattern name (missing terminator?)', end);
  return {name, end: end + close.length};
}
