/** Scripts as the Sieve tools take them: a file, compiled unless the form kept beside it is as new, its remarks printed. */
import {existsSync, readFileSync} from 'node:fs';
import {basename} from 'node:path';
import {toPath} from '../core/base/bytes.ts';
import {describe, systemCode} from '../core/base/errors.ts';
import type {Stdio} from '../core/base/tool.ts';
import type {CompileSettings} from '../core/filter/sieve/compile/compile-settings.ts';
import {compileScript} from '../core/filter/sieve/compile/compile.ts';
import type {Program} from '../core/filter/sieve/compile/operand.ts';
import {printRemark, Report} from '../core/filter/sieve/compile/report.ts';
import type {ScriptSource} from '../core/filter/sieve/compile/includes.ts';
import type {SieveSettings} from '../core/filter/sieve/sieve-settings.ts';

export interface LoadOptions {
  readonly tool: string;
  readonly settings: CompileSettings;
  readonly scripts: ScriptSource;
  readonly stdio: Stdio;
}

/** The script's name is its file's, without `.sieve`. */
export function scriptName(file: string): string {
  return basename(file).replace(/\.sieve$/, '');
}

/** Undefined when it can't be compiled, which has been said. */
export function compileFile(file: string, {tool, settings, scripts, stdio}: LoadOptions): Program | undefined {
  let source: string;
  try {
    source = readFileSync(toPath(file), 'latin1');
  } catch (fault) {
    const why = systemCode(fault) === 'ENOENT' ? `File \`${file}' not found` : describe(fault);
    stdio.stderr.write(`${tool}: Error: sieve: ${why}\n`);
    return undefined;
  }
  const name = scriptName(file);
  const report = new Report(name, remark => stdio.stderr.write(`${printRemark(remark)}\n`));
  return compileScript(name, source, settings, report, scripts).program;
}

/** Where `include` looks: sieve_dir for the user's own scripts, sieve_global for everybody's. */
export function scriptsIn(settings: SieveSettings): ScriptSource {
  const folderOf = (location: 'personal' | 'global'): string | undefined =>
    settings.get(location === 'personal' ? 'sieve_dir' : 'sieve_global');
  return {
    hasLocation(location) {
      const folder = folderOf(location);
      return folder !== undefined && existsSync(toPath(folder));
    },
    read(location, name) {
      const folder = folderOf(location);
      if (folder === undefined) return undefined;
      try {
        return readFileSync(toPath(`${folder}/${name}.sieve`), 'latin1');
      } catch {
        return undefined; // not there, or not for us: the compiler says that there is none
      }
    },
  };
}
