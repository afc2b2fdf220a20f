/**
 * The settings the Sieve tools need from a Dovecot configuration: `name = value` at top level and in `plugin { }`, which
 * `-o name=value` overrides. Other blocks are passed over.
 */
import {existsSync, readFileSync} from 'node:fs';
import type {CompileSettings} from '../core/filter/sieve/compile/compile-settings.ts';
import {chooseExtensions} from '../core/filter/sieve/compile/compile.ts';
import {
  compileSettings as userCompileSettings,
  sievePlugins,
  type SieveSettings,
} from '../core/filter/sieve/sieve-settings.ts';

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

/** Seen: the tools take a script for the administrator's, which may use sieve_global_extensions. */
export function compileSettings(
  settings: SieveSettings,
  extensions: string | undefined,
  warn: (name: string) => void,
): CompileSettings {
  const common = userCompileSettings(settings, extensions, warn);
  const {globalExtensions} = common;
  const chosen = new Map(common.extensions);
  if (globalExtensions.size > 0)
    for (const [name, extension] of chooseExtensions([...globalExtensions].join(' '), sievePlugins(settings), warn))
      chosen.set(name, extension);
  return {...common, extensions: chosen, isGlobal: true};
}
