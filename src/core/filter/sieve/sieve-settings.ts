/** sieve_* of plugin {} as the compiler takes them (Pigeonhole's sieve_* settings, with their defaults). */
import type {CompileSettings} from './compile/compile-settings.ts';
import {chooseExtensions} from './compile/compile.ts';
import type {RunEnvironment} from './run/environment.ts';
import {count, duration, sizeBytes} from './setting-values.ts';

export type SieveSettings = ReadonlyMap<string, string>;

export function compileSettings(
  settings: SieveSettings,
  extensions: string | undefined,
  warn: (name: string) => void,
): CompileSettings {
  const forGlobals = (settings.get('sieve_global_extensions') ?? '')
    .split(/\s+/)
    .map(name => name.replace(/^\+/, ''))
    .filter(name => name !== '');
  const chosen = chooseExtensions(extensions ?? settings.get('sieve_extensions'), sievePlugins(settings), warn);
  const days = (name: string, fallback: number): number => duration(settings.get(name), 'd') ?? fallback;
  return {
    extensions: chosen,
    maxVariables: count(settings.get('sieve_variables_max_scope_size')) ?? 255,
    maxScriptSize: sizeBytes(settings.get('sieve_max_script_size')) ?? 1 << 20,
    vacation: {
      minSeconds: days('sieve_vacation_min_period', 86_400),
      maxSeconds: days('sieve_vacation_max_period', 0),
      defaultSeconds: days('sieve_vacation_default_period', 7 * 86_400),
    },
    duplicate: {
      defaultSeconds: duration(settings.get('sieve_duplicate_default_period'), 's') ?? 12 * 3600,
      maxSeconds: duration(settings.get('sieve_duplicate_max_period'), 's') ?? 2 * 86_400,
    },
    isUpload: false,
    globalExtensions: new Set(forGlobals),
    isGlobal: false,
  };
}

/** sieve_plugins, without what all their names begin with. */
export function sievePlugins(settings: SieveSettings): ReadonlySet<string> {
  return new Set((settings.get('sieve_plugins') ?? '').split(/[\s,]+/).map(name => name.replace(/^sieve_/, '')));
}

/** What a run may do (sieve_max_actions and its like), and how long things are remembered by default. */
export function runLimits(
  settings: SieveSettings,
): Pick<
  RunEnvironment,
  'maxActions' | 'maxRedirects' | 'maxCpuMs' | 'maxVariableBytes' | 'vacationSeconds' | 'duplicateSeconds'
> {
  return {
    maxActions: count(settings.get('sieve_max_actions')) ?? 32,
    maxRedirects: count(settings.get('sieve_max_redirects')) ?? 4,
    maxCpuMs: (duration(settings.get('sieve_max_cpu_time'), 's') ?? 30) * 1000,
    maxVariableBytes: sizeBytes(settings.get('sieve_variables_max_variable_size')) ?? 4000,
    vacationSeconds: duration(settings.get('sieve_vacation_default_period'), 'd') ?? 7 * 86_400,
    duplicateSeconds: duration(settings.get('sieve_duplicate_default_period'), 's') ?? 12 * 3600,
  };
}
