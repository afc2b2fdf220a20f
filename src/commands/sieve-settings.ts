/**
 * The settings the Sieve tools need from a Dovecot configuration: `name = value` at top level and in `plugin { }`, which
 * `-o name=value` overrides. Other blocks are passed over.
 */
import {existsSync, readFileSync} from 'node:fs';
import type {CompileSettings} from '../core/filter/sieve/compile/compile-settings.ts';
import {chooseExtensions} from '../core/filter/sieve/compile/compile.ts';
import {duration, sizeBytes} from '../core/filter/sieve/setting-values.ts';

export type SieveSettings = ReadonlyMap<string, string>;

export function readSettings(file: string | undefined, overrides: readonly string[]): SieveSettings {
  const settings = new Map<string, string>();
  if (file !== undefined && existsSync(file)) readInto(settings, readFileSync(file, 'latin1'));
  for (const override of overrides) {
    const equals = override.indexOf('=');
    const name = override.slice(0, Math.max(equals, 0)).replace(/^plugin\//, '');
    if (equals > 0) settings.set(name, override.slice(equals + 1));
  }
  return settings;
}

function readInto(settings: Map<string, string>, text: string): void {
  const blocks: string[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.replace(/(?:^|\s)#.*$/, '').trim();
    const open = /^([^{]*?)\s*\{$/.exec(line);
    if (open !== null) blocks.push(open[1] ?? '');
    else if (line === '}') blocks.pop();
    else if (blocks.every(block => block === 'plugin')) {
      const equals = line.indexOf('=');
      if (equals > 0) settings.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
    }
  }
}

export function compileSettings(
  settings: SieveSettings,
  extensions: string | undefined,
  warn: (name: string) => void,
): CompileSettings {
  const plugins = new Set(
    (settings.get('sieve_plugins') ?? '').split(/[\s,]+/).map(name => name.replace(/^sieve_/, '')),
  );
  const forGlobals = (settings.get('sieve_global_extensions') ?? '')
    .split(/\s+/)
    .map(name => name.replace(/^\+/, ''))
    .filter(name => name !== '');
  const chosen = chooseExtensions(extensions ?? settings.get('sieve_extensions'), plugins, warn);
  if (forGlobals.length > 0)
    for (const [name, extension] of chooseExtensions(forGlobals.join(' '), plugins, warn)) chosen.set(name, extension);
  const number = (name: string, fallback: number): number => Number(settings.get(name) ?? fallback);
  const days = (name: string, fallback: number): number => duration(settings.get(name), 'd') ?? fallback;
  return {
    extensions: chosen,
    maxVariables: number('sieve_variables_max_scope_size', 255),
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
    isGlobal: true, // seen: the tools take a script for the administrator's
  };
}
