/**
 * Included scripts (RFC 6609): found by location and name, compiled once, numbered. A script that includes itself by
 * whatever way is refused, and so are too many and too deep ones.
 */
import type {CompileSettings, IncludeCompiler} from './compile-settings.ts';
import type {Included, Program} from './operand.ts';
import type {Report} from './report.ts';
import type {Place} from './tree.ts';

export interface ScriptSource {
  hasLocation(location: 'personal' | 'global'): boolean;
  /** The text of a script; undefined when there is none. */
  read(location: 'personal' | 'global', name: string): string | undefined;
}

export type CompileOne = (
  name: string,
  source: string,
  settings: CompileSettings,
  report: Report,
  includes: Includes,
) => Program | undefined;

/** sieve_include_max_nesting_depth and sieve_include_max_includes. */
const MAX_DEPTH = 10;
const MAX_INCLUDES = 255;

interface Slot {
  readonly location: 'personal' | 'global';
  readonly name: string;
  program: Program | undefined;
}

export class Includes implements IncludeCompiler {
  readonly #settings: CompileSettings;
  readonly #scripts: ScriptSource | undefined;
  readonly #compile: CompileOne;
  readonly #outer: readonly string[];
  readonly #slots: Slot[] = [];
  readonly #total: {count: number};
  report: Report | undefined;

  constructor(
    settings: CompileSettings,
    scripts: ScriptSource | undefined,
    compile: CompileOne,
    outer: readonly string[] = [],
    total = {count: 0},
  ) {
    this.#settings = settings;
    this.#scripts = scripts;
    this.#compile = compile;
    this.#outer = outer;
    this.#total = total;
  }

  get found(): readonly Included[] {
    return this.#slots;
  }

  include(
    report: Report,
    place: Place,
    location: Slot['location'],
    name: string,
    isOptional: boolean,
  ): number | undefined {
    const key = `${location}/${name}`;
    const known = this.#slots.findIndex(slot => slot.location === location && slot.name === name);
    if (known >= 0) return known;
    if (this.#outer.includes(key)) return refuse(report, place, 'circular include');
    if (this.#outer.length >= MAX_DEPTH)
      return refuse(report, place, `cannot nest includes deeper than ${MAX_DEPTH} levels`);
    if (this.#total.count >= MAX_INCLUDES)
      return refuse(report, place, `failed to include script '${name}': no more than ${MAX_INCLUDES} includes allowed`);
    if (this.#scripts?.hasLocation(location) !== true)
      return refuse(
        report,
        place,
        `include: ${location} location for included script \`${name}' is unavailable (contact system administrator for more information)`,
      );
    const source = this.#scripts.read(location, name);
    if (source === undefined) return this.#missing(report, place, location, name, isOptional);
    this.#total.count++;
    const inner = new Includes(this.#settings, this.#scripts, this.#compile, [...this.#outer, key], this.#total);
    const program = this.#compile(name, source, this.#settings, report.named(name), inner);
    if (program === undefined) return refuse(report, place, `failed to validate included script '${name}'`);
    return this.#slots.push({location, name, program}) - 1;
  }

  #missing(
    report: Report,
    place: Place,
    location: Slot['location'],
    name: string,
    isOptional: boolean,
  ): number | undefined {
    if (this.#settings.isUpload)
      report.warning(place, `included ${location} script '${name}' does not exist (ignored during upload)`);
    else if (!isOptional) return refuse(report, place, `included ${location} script '${name}' does not exist`);
    return this.#slots.push({location, name, program: undefined}) - 1;
  }
}

function refuse(report: Report, place: Place, text: string): undefined {
  report.error(place, text);
}
