/**
 * The files that `!include PATTERN` names: as glob(3) with braces, sorted by name. Only real folders are looked into,
 * and no more than a fixed number of names is followed.
 */
import {readdirSync, statSync} from 'node:fs';
import {toPath} from '../../base/bytes.ts';

const MOST_PATTERNS = 256;
const MOST_FILES = 4096;

/** Paths as byte strings; those of each alternative of a brace in turn. */
export function includedFiles(pattern: string): string[] {
  return expandBraces(pattern)
    .flatMap(each => matchPath(each))
    .slice(0, MOST_FILES);
}

/** `{a,b}` stands for each of its parts. */
function expandBraces(pattern: string): string[] {
  let todo = [pattern];
  for (;;) {
    const next = todo.flatMap(expandOne);
    if (next.length === todo.length || next.length > MOST_PATTERNS) return next;
    todo = next;
  }
}

function expandOne(pattern: string): string[] {
  const close = pattern.indexOf('}');
  const open = close < 0 ? -1 : pattern.lastIndexOf('{', close);
  if (open < 0) return [pattern];
  const parts = pattern.slice(open + 1, close).split(',');
  return parts.map(part => pattern.slice(0, open) + part + pattern.slice(close + 1));
}

function matchPath(pattern: string): string[] {
  const isAbsolute = pattern.startsWith('/');
  let found = [isAbsolute ? '/' : ''];
  for (const part of pattern.split('/').filter(part => part !== ''))
    found = found.flatMap(folder => matchPart(folder, part)).slice(0, MOST_FILES);
  return pattern === '' ? [] : found;
}

function matchPart(folder: string, part: string): string[] {
  const join = (name: string): string => (folder === '' || folder === '/' ? folder + name : `${folder}/${name}`);
  if (!/[*?[\\]/.test(part)) return exists(join(part)) ? [join(part)] : [];
  return namesIn(folder === '' ? '.' : folder)
    .filter(name => (name.startsWith('.') ? part.startsWith('.') : true) && matchName(part, name))
    .map(join);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(toPath(folder), 'latin1').sort(compareBytes);
  } catch {
    return []; // glob(3) passes over what it can't read
  }
}

function compareBytes(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function exists(path: string): boolean {
  return statSync(toPath(path), {throwIfNoEntry: false}) !== undefined;
}

/** `*` and `?` and `[...]` against a name, in linear time: a star is tried again from the last place only. */
function matchName(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let retry = 0;
  while (n < name.length) {
    const width = p < pattern.length && pattern.charAt(p) !== '*' ? oneMatches(pattern, p, name.charAt(n)) : 0;
    if (width > 0) {
      p += width;
      n++;
    } else if (pattern.charAt(p) === '*') {
      star = p++;
      retry = n;
    } else if (star >= 0) {
      p = star + 1;
      n = ++retry;
    } else return false;
  }
  while (pattern.charAt(p) === '*') p++;
  return p === pattern.length;
}

/** How much of the pattern stands for this character; 0 when it does not match. */
function oneMatches(pattern: string, at: number, letter: string): number {
  const first = pattern.charAt(at);
  if (first === '?') return 1;
  if (first === '\\' && at + 1 < pattern.length) return pattern.charAt(at + 1) === letter ? 2 : 0;
  const close = first === '[' ? pattern.indexOf(']', at + 2) : -1;
  if (close < 0) return first === letter ? 1 : 0;
  return inClass(pattern.slice(at + 1, close), letter) ? close + 1 - at : 0;
}

function inClass(text: string, letter: string): boolean {
  const isNegated = text.startsWith('!') || text.startsWith('^');
  const members = isNegated ? text.slice(1) : text;
  let isMember = false;
  for (let i = 0; i < members.length; i++) {
    const isRange = members.charAt(i + 1) === '-' && i + 2 < members.length;
    const last = isRange ? members.charAt(i + 2) : members.charAt(i);
    if (letter >= members.charAt(i) && letter <= last) isMember = true;
    if (isRange) i += 2;
  }
  return isMember !== isNegated;
}
