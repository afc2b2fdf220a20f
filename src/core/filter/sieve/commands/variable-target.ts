/** A variable that a command puts something into: of the script, or one that all scripts share (RFC 6609). */
import {inNamespace, localVariable} from '../compile/activate-text.ts';
import type {Checker} from '../compile/checker.ts';
import type {Use} from '../compile/language.ts';
import {describeArgument, type Place} from '../compile/tree.ts';
import {isIdentifier} from '../compile/variable-scope.ts';
import {cutText, type Run} from '../run/run.ts';

export type Target =
  | {readonly kind: 'local'; readonly variable: number; readonly name: string}
  | {readonly kind: 'global'; readonly name: string};

/** The positional argument of this number names a variable; undefined after an error. */
export function variableTarget(checker: Checker, use: Use, index: number, what: string): Target | undefined {
  const argument = use.positionals[index];
  if (argument === undefined) return undefined;
  if (argument.kind !== 'string') {
    const {name, kind} = use.command;
    checker.error(
      argument,
      `the ${name} ${kind} expects a string as argument ${index + 1} (${what}), but ${describeArgument(argument)} was found`,
    );
    return undefined;
  }
  return namedTarget(checker, argument, argument.text);
}

export function namedTarget(checker: Checker, place: Place, name: string): Target | undefined {
  if (/^[0-9]+$/.test(name)) {
    checker.error(place, 'cannot assign to match variable');
    return undefined;
  }
  const dot = name.indexOf('.');
  if (dot >= 0 ? !isIdentifier(name.slice(0, dot)) : !isIdentifier(name)) {
    checker.error(place, `invalid variable name '${name}'`);
    return undefined;
  }
  const part =
    dot >= 0
      ? inNamespace(checker, place, name.slice(0, dot), name.slice(dot + 1))
      : localVariable(checker, place, name);
  if (part === '') checker.report.errors++; // it was only complained of, and can't be assigned to
  if (part === undefined || typeof part === 'string') return undefined;
  if ('variable' in part) return {kind: 'local', variable: part.variable, name: part.name};
  if ('global' in part) return {kind: 'global', name: part.global};
  checker.error(place, `vnd.dovecot.environment: cannot assign to environment variable \`${name}'`);
  return undefined;
}

export function getVariable(run: Run, target: Target): string {
  return (target.kind === 'local' ? run.variables[target.variable] : run.shared.globals.get(target.name)) ?? '';
}

export function setVariable(run: Run, target: Target, text: string): void {
  const value = cutText(text, run.environment.maxVariableBytes);
  if (target.kind === 'local') run.variables[target.variable] = value;
  else run.shared.globals.set(target.name, value);
}

export function traceName(target: Target): string {
  return target.kind === 'local' ? target.name : `global.${target.name}`;
}
