/** Scripts compiled and run in memory, for the tests of this folder. */
import type {CompileSettings} from '../../../../src/core/filter/sieve/compile/compile-settings.ts';
import {chooseExtensions, compileScript} from '../../../../src/core/filter/sieve/compile/compile.ts';
import type {ScriptSource} from '../../../../src/core/filter/sieve/compile/includes.ts';
import {printRemark} from '../../../../src/core/filter/sieve/compile/report.ts';
import {EXTENSIONS, operationKinds} from '../../../../src/core/filter/sieve/extensions/index.ts';
import {BufferMessage} from '../../../../src/core/filter/sieve/message/buffer-message.ts';
import type {RunEnvironment} from '../../../../src/core/filter/sieve/run/environment.ts';
import {Filtering, type RunOptions} from '../../../../src/core/filter/sieve/run/interpreter.ts';
import {type Linked, linkProgram} from '../../../../src/core/filter/sieve/run/link.ts';
import {printResult} from '../../../../src/core/filter/sieve/run/print-result.ts';

const all = EXTENSIONS.map(({name}) => name).join(' ');

export const settings: CompileSettings = {
  extensions: chooseExtensions(all, new Set(['extprograms', 'imapsieve', 'protocol'])),
  maxVariables: 255,
  maxScriptSize: 1 << 20,
  vacation: {minSeconds: 86_400, maxSeconds: 0, defaultSeconds: 7 * 86_400},
  duplicate: {defaultSeconds: 43_200, maxSeconds: 172_800},
  isUpload: false,
  globalExtensions: new Set(),
  isGlobal: false,
};

export const environment: RunEnvironment = {
  envelope: {from: 'fred@example.com', to: 'joe@example.org', originalTo: 'joe@example.org'},
  user: 'joe',
  hostName: 'mx.example.org',
  domain: 'example.org',
  now: () => 1_700_000_000_000,
  defaultMailbox: 'INBOX',
  location: 'MDA',
  phase: 'during',
  maxActions: 32,
  maxRedirects: 4,
  maxCpuMs: 30_000,
  maxVariableBytes: 4000,
  vacationSeconds: 7 * 86_400,
  duplicateSeconds: 43_200,
  setting: () => undefined,
};

/** What is wrong with a script, a line each. */
export function remarksOn(source: string, scripts?: ScriptSource): readonly string[] {
  return compileScript('t', source, settings, undefined, scripts).report.remarks.map(printRemark);
}

/** Throws with the remarks when it does not compile. */
export function compiled(source: string, scripts?: ScriptSource): Linked {
  const {program, report} = compileScript('t', source, settings, undefined, scripts);
  if (program === undefined) throw new Error(report.remarks.map(printRemark).join('\n'));
  return linkProgram(program, operationKinds);
}

export interface Outcome {
  readonly filtering: Filtering;
  /** The actions as `sieve-test` lists them, a line each without star. */
  readonly actions: readonly string[];
  readonly remarks: readonly string[];
}

export async function runOn(
  source: string,
  message: string,
  changes: Partial<RunEnvironment> = {},
  options: RunOptions & {readonly scripts?: ScriptSource} = {},
): Promise<Outcome> {
  const filtering = new Filtering(new BufferMessage(Buffer.from(message)), {...environment, ...changes}, options);
  await filtering.run(compiled(source, options.scripts));
  const printed = printResult(filtering.result, 'INBOX');
  const actions = [...(printed.split('Implicit keep')[0]?.matchAll(/^(?: \* | {8}\+ )(.*)$/gm) ?? [])].map(
    found => found[1] ?? '',
  );
  return {filtering, actions, remarks: filtering.remarks.map(printRemark)};
}
