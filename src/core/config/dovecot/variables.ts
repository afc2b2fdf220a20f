/**
 * %variables of Dovecot's settings: `%u`, `%{long_name}`, with modifiers (`%Lu`, `%2.256Nu`, `%5.3u`), hashes
 * (`%{sha1;rounds=2:user}`), `%{env:NAME}`, `%{userdb:field:default}` and `%{if;a;op;b;then;else}`. What can't be
 * expanded throws `ParseError` in the original's words, or, where there is `onFault`, tells it and goes on. Seen:
 * Dovecot 2.3.19.
 */
import {ParseError} from '../../base/errors.ts';
import {conditionResult, type PatternTest} from './variable-condition.ts';
import {hashedVariable} from './variable-hash.ts';
import {applyModifiers, readModifiers} from './variable-modifiers.ts';

export interface VariableContext {
  /** By long name (`user`), or by a letter where it means something else here (`m` for the mechanism). */
  readonly values: ReadonlyMap<string, string>;
  /** `%{NAME:argument}`: undefined when there is no such thing. The argument may be empty. */
  readonly functions?: ReadonlyMap<string, (argument: string) => string | undefined>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Whether a pattern (POSIX, extended) is found in a text, for `%{if;a;~;pattern;...}`. */
  readonly patternTest?: PatternTest;
  /** What is unknown becomes `UNSUPPORTED_VARIABLE_name`, as in log lines, instead of being thrown. */
  readonly onFault?: (text: string) => void;
}

/** Letters that mean the same everywhere they mean something. */
const LETTERS: ReadonlyMap<string, string> = new Map([
  ['u', 'user'],
  ['n', 'username'],
  ['d', 'domain'],
  ['h', 'home'],
  ['s', 'service'],
  ['r', 'rip'],
  ['l', 'lip'],
  ['p', 'pid'],
  ['i', 'uid'],
]);

/** Names nest no deeper in conditions. */
const MOST_DEPTH = 16;

export function expandVariables(template: string, context: VariableContext): string {
  return expandPart(template, context, 0);
}

/** `user`, `username` and `domain` of a login name. */
export function userVariables(user: string): [string, string][] {
  const at = user.indexOf('@');
  return [
    ['user', user],
    ['username', at < 0 ? user : user.slice(0, at)],
    ['domain', at < 0 ? '' : user.slice(at + 1)],
  ];
}

function expandPart(template: string, context: VariableContext, depth: number): string {
  let expanded = '';
  for (let at = 0; at < template.length;) {
    const percent = template.indexOf('%', at);
    if (percent < 0 || percent === template.length - 1) return expanded + template.slice(at);
    expanded += template.slice(at, percent);
    const modifiers = readModifiers(template, percent + 1);
    const found = takeName(template, modifiers.end);
    at = found.end;
    const value = found.name === '%' ? '%' : lookUp(found, context, depth);
    expanded += applyModifiers(value, modifiers);
  }
  return expanded;
}

interface Found {
  readonly name: string;
  readonly isLong: boolean;
  readonly end: number;
}

/** A letter, or what braces hold; `%{` without end is the variable `{`. */
function takeName(template: string, at: number): Found {
  const close = template.charAt(at) === '{' ? closingBrace(template, at) : -1;
  if (close < 0) return {name: template.charAt(at), isLong: false, end: at + 1};
  return {name: template.slice(at + 1, close), isLong: true, end: close + 1};
}

function closingBrace(template: string, open: number): number {
  let depth = 0;
  for (let at = open; at < template.length; at++) {
    const letter = template.charAt(at);
    if (letter === '\\') at++;
    else if (letter === '{') depth++;
    else if (letter === '}' && --depth === 0) return at;
  }
  return -1;
}

function lookUp({name, isLong}: Found, context: VariableContext, depth: number): string {
  try {
    const value = isLong ? longValue(name, context, depth) : letterValue(name, context);
    if (value !== undefined) return value;
    throw new ParseError(`Unknown variable '%${shortName(name)}'`);
  } catch (fault) {
    if (context.onFault === undefined || !(fault instanceof ParseError)) throw fault;
    context.onFault(fault.message);
    return `UNSUPPORTED_VARIABLE_${shortName(name)}`;
  }
}

/** Without what follows a function's name. */
function shortName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(0, colon);
}

function letterValue(letter: string, {values}: VariableContext): string | undefined {
  return values.get(letter) ?? values.get(LETTERS.get(letter) ?? '');
}

function longValue(name: string, context: VariableContext, depth: number): string | undefined {
  if (name === 'if' || name.startsWith('if;')) {
    if (depth >= MOST_DEPTH) throw new ParseError('if: nested too deeply');
    const expand = (text: string): string => expandPart(text, context, depth + 1);
    return conditionResult(name.slice('if'.length), expand, context.patternTest);
  }
  const known = context.values.get(name);
  if (known !== undefined) return known;
  const colon = name.indexOf(':');
  const word = colon < 0 ? name : name.slice(0, colon);
  const argument = colon < 0 ? '' : name.slice(colon + 1);
  if (word === 'env') return context.environment?.[argument] ?? '';
  const given = context.functions?.get(word);
  if (given !== undefined) return given(argument);
  return hashedVariable(word, () => {
    const value = context.values.get(argument);
    if (value === undefined) throw new ParseError(`Unknown variable '%${argument}'`);
    return value;
  });
}
