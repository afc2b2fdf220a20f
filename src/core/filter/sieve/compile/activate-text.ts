/**
 * What the extensions in force make of a string in a script: encoded characters (RFC 5228 section 2.4.2.4) first, then
 * variables (RFC 5229 section 3). Names are looked up while compiling; undefined after an error, which is reported.
 */
import type {Checker} from './checker.ts';
import {decodeCharacters} from './encoded-characters.ts';
import type {Text, TextPart} from './operand.ts';
import type {Place, StringArgument} from './tree.ts';
import {MAX_MATCH_VALUES} from './variable-scope.ts';

export function activateText(checker: Checker, argument: StringArgument): Text | undefined {
  let {text} = argument;
  if (checker.has('encoded-character') && text.includes('${')) {
    const decoded = decodeCharacters(text);
    if (typeof decoded === 'number') {
      const code = decoded.toString(16).padStart(8, '0');
      checker.error(argument, `invalid unicode character 0x${code} in encoded character substitution`);
      return undefined;
    }
    text = decoded;
  }
  return checker.has('variables') && text.includes('${') ? readVariables(checker, argument, text) : text;
}

function readVariables(checker: Checker, place: Place, text: string): Text | undefined {
  const parts: TextPart[] = [];
  let literal = 0;
  for (let at = text.indexOf('${'); at >= 0; at = text.indexOf('${', at)) {
    const name = readReference(text, at + 2);
    if (name === undefined) {
      at += 2;
      continue;
    }
    const part = resolve(checker, place, name);
    if (part === undefined) return undefined;
    if (at > literal) parts.push(text.slice(literal, at));
    parts.push(part);
    at += name.length + 3;
    literal = at;
  }
  if (parts.length === 0) return text;
  if (literal < text.length) parts.push(text.slice(literal));
  return {parts};
}

/** Names and numbers with dots between them, up to the brace; undefined when it is something else. */
function readReference(text: string, start: number): string | undefined {
  const near = text.slice(start, start + MAX_REFERENCE);
  const end = near.indexOf('}');
  const name = near.slice(0, Math.max(end, 0));
  return /^(?:[0-9]+|[A-Za-z_][A-Za-z0-9_]*)(?:\.(?:[0-9]+|[A-Za-z_][A-Za-z0-9_]*))*$/.test(name) ? name : undefined;
}

const MAX_REFERENCE = 512;

function resolve(checker: Checker, place: Place, name: string): TextPart | undefined {
  if (/^[0-9]/.test(name)) return matchValue(checker, place, name);
  const dot = name.indexOf('.');
  if (dot >= 0) return inNamespace(checker, place, name.slice(0, dot), name.slice(dot + 1));
  return localVariable(checker, place, name);
}

function matchValue(checker: Checker, place: Place, digits: string): TextPart | undefined {
  const match = Number(digits.split('.', 1)[0]);
  if (match <= MAX_MATCH_VALUES) return {match};
  checker.report.complain(place, `match value index ${match} out of range (max: ${MAX_MATCH_VALUES})`);
  return '';
}

/** A variable of the script, or the one all scripts share under this name. */
export function localVariable(checker: Checker, place: Place, name: string): TextPart | undefined {
  if (checker.scope.isGlobal(name)) return {global: name.toLowerCase()};
  const variable = checker.scope.declare(name);
  if (variable !== undefined) return {variable, name: name.toLowerCase()};
  checker.error(
    place,
    `(implicit) declaration of new variable '${name}' exceeds the limit (max variables: ${checker.settings.maxVariables})`,
  );
  return undefined;
}

export function inNamespace(checker: Checker, place: Place, space: string, name: string): TextPart | undefined {
  const lower = space.toLowerCase();
  if (lower === 'global' && checker.has('include')) {
    if (name.includes('.'))
      return void checker.error(place, 'invalid variable name within global namespace: encountered sub-namespace');
    if (/^[0-9]/.test(name))
      return void checker.error(
        place,
        'invalid variable name within global namespace: encountered numeric variable name',
      );
    return {global: name.toLowerCase()};
  }
  if (lower === 'env' && checker.has('vnd.dovecot.environment')) return {environment: name.toLowerCase()};
  checker.report.complain(place, `referring to variable in unknown namespace '${space}'`);
  return '';
}
