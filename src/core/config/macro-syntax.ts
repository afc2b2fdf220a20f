/**
 * What may stand between `${` and `}`: a name, a name and what its value decides (`name?text`, `name:text`,
 * `name?{x}:{y}`), or a comparison (`{a} == {b} ? {x} : {y}`); postconf(5). Nothing is looked up here. Throws
 * `ExpansionFault` with the original's text.
 */
import {ExpansionFault} from '../base/errors.ts';

export interface Reference {
  readonly subject: {readonly name: string} | Comparison;
  /** What it becomes when the subject holds (has a value), and when not; both undefined for a bare name. */
  readonly whenTrue: string | undefined;
  readonly whenFalse: string | undefined;
  /** What is wrong behind the subject: the names before it are known, but there is nothing to expand. */
  readonly fault?: ExpansionFault | undefined;
}

type Choice = Pick<Reference, 'whenTrue' | 'whenFalse' | 'fault'>;

export interface Comparison {
  readonly left: string;
  readonly right: string;
  readonly sign: string;
  /** The operands are compatibility levels (`<level`). */
  readonly isLevel: boolean;
}

const SIGNS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>=', '>']);
const SIGN_NAMES = '"==" or "!="" or "<"" or "<="" or ">="" or ">"'; // seen: with these quotes

export function parseReference(inner: string, whole: string): Reference {
  const text = inner.trim();
  if (text === '') throw new ExpansionFault(`empty macro name: "${whole}"`);
  return text.startsWith('{') ? parseComparison(text) : parseName(text);
}

function parseName(text: string): Reference {
  const name = /^\w*/.exec(text)?.[0] ?? '';
  const rest = text.slice(name.length);
  const operator = rest.trimStart();
  if (operator === '') return {subject: {name}, whenTrue: undefined, whenFalse: undefined};
  if (!operator.startsWith('?') && !operator.startsWith(':'))
    throw fault('attribute name syntax error', name, rest.trimEnd());
  return {subject: {name}, ...parseChoice(operator)};
}

function parseComparison(text: string): Reference {
  const left = takePayload(text);
  const before = left.rest.trimStart();
  const sign = /^[<>!=?+\-*/~&|%]*/.exec(before)?.[0] ?? '';
  if (!SIGNS.has(sign)) throw fault(`${SIGN_NAMES} expected`, `${left.payload}}`, before);
  const suffix = /^[A-Za-z0-9]*/.exec(before.slice(sign.length))?.[0] ?? '';
  if (suffix !== '' && suffix !== 'level') throw fault('bad operator suffix', sign, suffix);
  const after = before.slice(sign.length + suffix.length);
  const start = after.trimStart();
  if (!start.startsWith('{')) throw fault('"{expression}" expected', `{${left.payload}} ${sign}${suffix}`, after);
  const right = takePayload(start);
  const subject = {left: left.payload, right: right.payload, sign, isLevel: suffix === 'level'};
  const rest = right.rest.trimStart();
  if (rest === '') return {subject, whenTrue: '', whenFalse: ''};
  if (rest.startsWith('?') || rest.startsWith(':')) return {subject, ...parseChoice(rest)};
  return {subject, whenTrue: '', whenFalse: '', fault: fault('"?" or ":" expected', '}', rest)};
}

/** `?text`, `?{x}`, `?{x}:{y}`, `?{x}:text`, `:text`, `:{y}`; unbraced text runs to the end, braced text is as it is. */
function parseChoice(text: string): Choice {
  const body = text.slice(1);
  const start = body.trimStart();
  if (text.startsWith(':')) return {whenTrue: '', ...lastBranch(body)};
  if (!start.startsWith('{')) return {whenTrue: body, whenFalse: ''};
  const {payload, rest} = takePayload(start);
  const other = rest.trimStart();
  if (other === '') return {whenTrue: payload, whenFalse: ''};
  if (other.startsWith(':')) return {whenTrue: payload, ...lastBranch(other.slice(1))};
  return {whenTrue: payload, whenFalse: '', fault: fault('":" expected', `${payload}}`, other)};
}

function lastBranch(body: string): Pick<Choice, 'whenFalse' | 'fault'> {
  const start = body.trimStart();
  if (!start.startsWith('{')) return {whenFalse: body};
  const {payload, rest} = takePayload(start);
  const extra = rest.trimStart();
  if (extra === '') return {whenFalse: payload};
  return {whenFalse: payload, fault: fault('unexpected input', `${payload}}`, extra)};
}

function takePayload(text: string): {readonly payload: string; readonly rest: string} {
  const end = closingBracket(text, 0);
  if (end < 0) throw new ExpansionFault(`truncated macro reference: "${text}"`);
  return {payload: text.slice(1, end), rest: text.slice(end + 1)};
}

const SHOWN = 20;

function fault(what: string, before: string, after: string): ExpansionFault {
  return new ExpansionFault(`${what} at: "...${before}>>>${after.slice(0, SHOWN)}"`);
}

/** Where the bracket that opens at `at` closes, counting its own kind only; -1 when it doesn't. */
export function closingBracket(text: string, at: number): number {
  const open = text.charAt(at);
  const close = open === '{' ? '}' : ')';
  let level = 0;
  for (let i = at; i < text.length; i++) {
    const letter = text.charAt(i);
    if (letter === open) level++;
    else if (letter === close && --level === 0) return i;
  }
  return -1;
}
