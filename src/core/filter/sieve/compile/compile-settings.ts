/** What the surroundings tell the compiler: which extensions there are, its limits, where included scripts come from. */
import type {Extension} from './language.ts';
import type {Included} from './operand.ts';
import type {Report} from './report.ts';
import type {Place} from './tree.ts';

export interface CompileSettings {
  readonly extensions: ReadonlyMap<string, Extension>;
  /** sieve_variables_max_scope_size. */
  readonly maxVariables: number;
  /** sieve_max_script_size in bytes; 0 for no limit. */
  readonly maxScriptSize: number;
  /** sieve_vacation_* in seconds. */
  readonly vacation: {readonly minSeconds: number; readonly maxSeconds: number; readonly defaultSeconds: number};
  readonly duplicate: {readonly maxSeconds: number; readonly defaultSeconds: number};
  /** The script is compiled for upload: scripts it includes may still be missing (RFC 5804). */
  readonly isUpload: boolean;
  /** sieve_global_extensions: for global scripts only. */
  readonly globalExtensions: ReadonlySet<string>;
  /** The script is the administrator's: sieve_before, sieve_after, sieve_global. */
  readonly isGlobal: boolean;
  /** There will be no envelope: extensions that need one can't be required. */
  readonly hasNoEnvelope?: boolean;
}

export interface IncludeCompiler {
  /** The number of the included script in this one; undefined after an error that was reported. */
  include(
    report: Report,
    place: Place,
    location: 'personal' | 'global',
    name: string,
    isOptional: boolean,
  ): number | undefined;
  readonly found: readonly Included[];
}
