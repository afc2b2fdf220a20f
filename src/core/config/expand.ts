/**
 * `$name` expansion of configuration values: `$name`, `${name}`, `$(name)`, `${name?text}`, `${name:text}`,
 * `${name?{x}:{y}}`, comparisons `${{a} == {b} ? {x} : {y}}` on numbers or text, `<level` on compatibility levels; `$$` is
 * a dollar sign (postconf(5)). Throws `ExpansionFault` with the original's text.
 */
import {ExpansionFault} from '../base/errors.ts';
import {closingBracket, parseReference, type Comparison} from './macro-syntax.ts';

/**
 * Answers a name's own text, unexpanded; undefined when there is no such name. `isTested`: the question is only whether
 * it has a value (`${name?x}`).
 */
export type Lookup = (name: string, isTested?: boolean) => string | undefined;

const MAX_DEPTH = 100; // seen: the original gives up on loops at this depth

export function expand(text: string, lookup: Lookup): string {
  return expandText(text, lookup, 0);
}

/** The names a text refers to, in order, in all of its branches; `onFault` gets what ended the search early. */
export function referencedNames(text: string, onFault: (fault: ExpansionFault) => void = () => {}): string[] {
  const names: string[] = [];
  try {
    collectNames(text, names, 0);
  } catch (fault) {
    if (!(fault instanceof ExpansionFault)) throw fault;
    onFault(fault);
  }
  return names;
}

function expandText(text: string, lookup: Lookup, depth: number): string {
  if (!text.includes('$')) return text;
  return walk(text, inner => expandReference(inner, text, lookup, depth));
}

/** Copies a text with `replace`d references. */
function walk(text: string, replace: (inner: string) => string): string {
  let out = '';
  let at = 0;
  for (let dollar = text.indexOf('$'); dollar >= 0; dollar = text.indexOf('$', at)) {
    out += text.slice(at, dollar);
    const next = text.charAt(dollar + 1);
    if (next === '$') {
      out += '$';
      at = dollar + 2;
    } else if (next === '{' || next === '(') {
      const end = closingBracket(text, dollar + 1);
      if (end < 0) throw new ExpansionFault(`truncated macro reference: "${text}"`);
      out += replace(text.slice(dollar + 2, end));
      at = end + 1;
    } else {
      const end = nameEnd(text, dollar + 1);
      if (end === dollar + 1) throw new ExpansionFault(`empty macro name: "${text}"`);
      out += replace(text.slice(dollar + 1, end));
      at = end;
    }
  }
  return out + text.slice(at);
}

function nameEnd(text: string, at: number): number {
  while (at < text.length && isNameLetter(text.charCodeAt(at))) at++;
  return at;
}

function isNameLetter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39) || code === 0x5f
  );
}

function expandReference(inner: string, text: string, lookup: Lookup, depth: number): string {
  const {subject, whenTrue, whenFalse, fault} = parseReference(inner, text);
  if (fault !== undefined) throw fault;
  if (!('name' in subject)) {
    const branch = compares(subject, lookup, depth) ? whenTrue : whenFalse;
    return expandText(branch ?? '', lookup, depth + 1);
  }
  const {name} = subject;
  if (depth > MAX_DEPTH) throw new ExpansionFault(`unreasonable macro call nesting: "${name}"`);
  const isTested = whenTrue !== undefined;
  const value = expandText(lookup(name, isTested) ?? '', lookup, depth + 1);
  if (!isTested) return value;
  return expandText((value === '' ? whenFalse : whenTrue) ?? '', lookup, depth + 1);
}

function collectNames(text: string, names: string[], depth: number): void {
  if (!text.includes('$')) return;
  walk(text, inner => {
    const {subject, whenTrue = '', whenFalse = '', fault} = parseReference(inner, text);
    if (depth > MAX_DEPTH) throw new ExpansionFault(`unreasonable macro call nesting: "${inner}"`);
    if ('name' in subject) names.push(subject.name);
    else for (const operand of [subject.left, subject.right]) collectNames(operand, names, depth + 1);
    for (const branch of [whenTrue, whenFalse]) collectNames(branch, names, depth + 1);
    if (fault !== undefined) throw fault;
    return '';
  });
}

function compares({left, right, sign, isLevel}: Comparison, lookup: Lookup, depth: number): boolean {
  const [a, b] = [expandText(left, lookup, depth + 1), expandText(right, lookup, depth + 1)];
  return satisfies(sign, isLevel ? compareLevels(a, b) : compareValues(a, b));
}

function satisfies(sign: string, order: number): boolean {
  switch (sign) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

/** Numbers compare as numbers when both are nothing but digits, else as text. */
function compareValues(a: string, b: string): number {
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return Math.sign(Number(a) - Number(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `major.minor.patch`, missing parts count as 0 (postconf(5) compatibility_level). */
function compareLevels(a: string, b: string): number {
  const [left, right] = [readLevel(a), readLevel(b)];
  for (let i = 0; i < 3; i++) {
    const order = Math.sign((left[i] ?? 0) - (right[i] ?? 0));
    if (order !== 0) return order;
  }
  return 0;
}

function readLevel(text: string): readonly number[] {
  if (!/^\d+(\.\d+){0,2}$/.test(text)) throw new ExpansionFault(`malformed compatibility level syntax: "${text}"`);
  return text.split('.').map(Number);
}
