/**
 * From a script's text to its program: tokens, tree, checks, operations. What is wrong is in the report; there is a
 * program only when nothing is. Included scripts are compiled with it.
 */
import {CORE, EXTENSIONS} from '../extensions/index.ts';
import {Checker} from './checker.ts';
import {Code} from './code.ts';
import type {CompileSettings} from './compile-settings.ts';
import {type ScriptSource, Includes} from './includes.ts';
import type {Extension, Use} from './language.ts';
import type {Program} from './operand.ts';
import {parseScript} from './parser.ts';
import {Report} from './report.ts';

export interface Compilation {
  readonly program: Program | undefined;
  readonly report: Report;
}

export function compileScript(
  name: string,
  source: string,
  settings: CompileSettings,
  report = new Report(name),
  scripts?: ScriptSource,
): Compilation {
  return {program: compileOne(name, source, settings, report, new Includes(settings, scripts, compileOne)), report};
}

/** One script of perhaps several that include each other. */
function compileOne(
  name: string,
  source: string,
  settings: CompileSettings,
  report: Report,
  includes: Includes,
): Program | undefined {
  if (settings.maxScriptSize > 0 && source.length > settings.maxScriptSize) {
    report.error(undefined, `sieve script is too large (max ${settings.maxScriptSize} bytes)`);
    report.error(undefined, 'parse failed');
    return undefined;
  }
  const tree = parseScript(source, report);
  if (tree === undefined) {
    report.error(undefined, 'parse failed');
    return undefined;
  }
  const checker = new Checker(report, settings, CORE, includes);
  const uses = checker.run(tree);
  if (report.errors > 0) {
    report.error(undefined, 'validation failed');
    return undefined;
  }
  return generate(name, uses, checker, includes);
}

function generate(script: string, uses: readonly Use[], checker: Checker, includes: Includes): Program {
  const code = new Code();
  code.block(uses);
  return {
    script,
    operations: code.finish(),
    variables: checker.scope.names,
    extensions: checker.extensions,
    includes: includes.found,
    lastLine: code.lastLine,
  };
}

/** sieve_extensions: a list of names, or `+name -name` relative to what is on by default. */
export function chooseExtensions(
  setting: string | undefined,
  plugins: ReadonlySet<string> = new Set(),
  warn: (name: string) => void = () => undefined,
): Map<string, Extension> {
  const known = EXTENSIONS.filter(({plugin}) => plugin === undefined || plugins.has(plugin));
  const words = (setting ?? '').split(/\s+/).filter(word => word !== '');
  const isRelative = words.some(word => /^[+-]/.test(word)) || words.length === 0;
  const chosen = new Map<string, Extension>();
  for (const extension of known) {
    if (isRelative && extension.isOff !== true) chosen.set(extension.name, extension);
  }
  for (const word of words) {
    const name = word.replace(/^[+-]/, '');
    const extension = known.find(other => other.name === name);
    if (extension === undefined) warn(name);
    else if (word.startsWith('-')) chosen.delete(name);
    else chosen.set(name, extension);
  }
  return chosen;
}
