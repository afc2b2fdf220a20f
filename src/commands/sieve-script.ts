/** Scripts as the Sieve tools take them: a file, compiled unless the form kept beside it is as new, its remarks printed. */
import {existsSync, readFileSync} from 'node:fs';
import {basename} from 'node:path';
import {toPath} from '../core/base/bytes.ts';
import {describe, systemCode} from '../core/base/errors.ts';
import type {Stdio} from '../core/base/tool.ts';
import {binaryPath, readBinary, type Stamp, stampOf, writeBinary} from '../core/filter/sieve/binary-file.ts';
import type {CompileSettings} from '../core/filter/sieve/compile/compile-settings.ts';
import {compileScript} from '../core/filter/sieve/compile/compile.ts';
import type {ScriptSource} from '../core/filter/sieve/compile/includes.ts';
import type {Program} from '../core/filter/sieve/compile/operand.ts';
import {printRemark, Report} from '../core/filter/sieve/compile/report.ts';
import type {SieveSettings} from '../core/filter/sieve/sieve-settings.ts';
import {scriptPlaces} from '../core/filter/sieve-scripts.ts';

export interface LoadOptions {
  readonly tool: string;
  readonly settings: CompileSettings;
  readonly folders: ScriptFolders;
  readonly stdio: Stdio;
  /** As the script is called in messages; undefined for its file's name. */
  readonly name?: string | undefined;
}

/** The script's name is its file's, without `.sieve`. */
function scriptName(file: string): string {
  return basename(file).replace(/\.sieve$/, '');
}

/** The kept form where it holds, else a fresh one, which is kept. Undefined when it can't be compiled, which has been said. */
export function loadFile(file: string, options: LoadOptions): Program | undefined {
  const path = binaryPath(file);
  return readBinary(path, settingsKey(options.settings)) ?? compileAndKeep(file, path, options);
}

/** Answers the program also when it can't be kept, which is said. */
export function compileAndKeep(file: string, path: string, options: LoadOptions): Program | undefined {
  const {tool, settings, folders, stdio} = options;
  const stamp = stampOf(file);
  const program = compileFile(file, options);
  if (program === undefined || stamp === undefined) return program;
  try {
    writeBinary(path, settingsKey(settings), [stamp, ...folders.used], program);
  } catch (fault) {
    stdio.stderr.write(
      `${tool}: Error: sieve: binary ${path}: save: failed to create temporary file: open(${path}.) failed: ${describe(fault)}\n`,
    );
  }
  return program;
}

/** Undefined when it can't be compiled, which has been said. */
export function compileFile(
  file: string,
  {tool, settings, folders, stdio, name: given}: LoadOptions,
): Program | undefined {
  let source: string;
  try {
    source = readFileSync(toPath(file), 'latin1');
  } catch (fault) {
    const why = systemCode(fault) === 'ENOENT' ? `Sieve script \`${file}' not found` : describe(fault);
    stdio.stderr.write(`${tool}: Error: sieve: ${why}\n`);
    return undefined;
  }
  const name = given ?? scriptName(file);
  const report = new Report(name, remark => stdio.stderr.write(`${printRemark(remark)}\n`));
  return compileScript(name, source, settings, report, folders).program;
}

/** What makes a compiled script another one. */
function settingsKey({extensions, maxVariables, vacation, duplicate}: CompileSettings): string {
  return JSON.stringify([[...extensions.keys()], maxVariables, vacation, duplicate]);
}

/** Where `include` looks: the folder of `sieve` (or the older sieve_dir) for the user's own scripts, sieve_global for everybody's. */
export class ScriptFolders implements ScriptSource {
  /** The files that were read. */
  readonly used: Stamp[] = [];
  readonly #settings: SieveSettings;

  constructor(settings: SieveSettings) {
    this.#settings = settings;
  }

  #folder(location: 'personal' | 'global'): string | undefined {
    if (location === 'global') return this.#settings.get('sieve_global') ?? this.#settings.get('sieve_global_dir');
    const home = this.#settings.get('home') ?? '';
    const below = (path: string): string => path.replace(/^((?:file:)?)~(?=\/|$)/, `$1${home}`);
    const older = this.#settings.get('sieve_dir');
    if (older !== undefined) return below(older);
    return scriptPlaces(below(this.#settings.get('sieve') ?? ''), home)?.folder;
  }

  hasLocation(location: 'personal' | 'global'): boolean {
    const folder = this.#folder(location);
    return folder !== undefined && existsSync(toPath(folder));
  }

  read(location: 'personal' | 'global', name: string): string | undefined {
    const file = `${this.#folder(location) ?? ''}/${name}.sieve`;
    const stamp = stampOf(file);
    if (stamp === undefined) return undefined;
    this.used.push(stamp);
    try {
      return readFileSync(toPath(file), 'latin1');
    } catch {
      return undefined; // not for us: the compiler says that there is none
    }
  }
}
