/** The settings the Sieve tools run with: plugin {} of the same dovecot.conf that everything else reads, and a few others. */
import {existsSync} from 'node:fs';
import {hostname, userInfo} from 'node:os';
import {toPath} from '../core/base/bytes.ts';
import {ConfigError} from '../core/base/errors.ts';
import {loadDovecotConfig} from '../core/config/dovecot/dovecot-config.ts';
import {dovecotConfigPlace} from '../core/config/dovecot/place.ts';
import {userVariables} from '../core/config/dovecot/variables.ts';
import {resolveInstance} from '../core/config/instance.ts';
import {expandFor} from '../core/daemon/access/store-settings.ts';
import type {CompileSettings} from '../core/filter/sieve/compile/compile-settings.ts';
import {chooseExtensions} from '../core/filter/sieve/compile/compile.ts';
import {
  compileSettings as userCompileSettings,
  sievePlugins,
  type SieveSettings,
} from '../core/filter/sieve/sieve-settings.ts';
import {type SieveOptions, SieveFatal} from './sieve-options.ts';

/** With %variables of the user put in. Throws `SieveFatal` when the configuration can't be read. */
export function readSettings({flags}: SieveOptions, env: Readonly<Record<string, string | undefined>>): SieveSettings {
  const settings = loadSettings(flags.get('c')?.at(-1), checkedOverrides(flags), env);
  const variables = new Map(userVariables(flags.get('u')?.at(-1) ?? userInfo().username));
  variables.set('hostname', settings.get('hostname') || hostname());
  variables.set('home', expandFor(settings.get('mail_home'), variables) || (env['HOME'] ?? ''));
  const read = new Map([...settings.plugins()].map(([name, value]) => [name, expandFor(value, variables)]));
  for (const name of ['postmaster_address', 'recipient_delimiter'] as const)
    read.set(name, expandFor(settings.get(name), variables));
  return read.set('home', variables.get('home') ?? '');
}

function loadSettings(
  named: string | undefined,
  overrides: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ReturnType<ReturnType<typeof loadDovecotConfig>['settings']> {
  if (named !== undefined && !existsSync(toPath(named)))
    throw new SieveFatal(`Error reading configuration: stat(${named}) failed: No such file or directory`);
  const {file, root} = dovecotConfigPlace(named, resolveInstance(undefined, env), env);
  try {
    return loadDovecotConfig({path: file, root, overrides, environment: env}).settings({protocol: 'lda'});
  } catch (fault) {
    if (!(fault instanceof ConfigError)) throw fault;
    throw new SieveFatal(`Error reading configuration: ${fault.message}`);
  }
}

/** Also for who opens the user's mail with them. */
export function checkedOverrides(flags: SieveOptions['flags']): readonly string[] {
  const overrides = flags.get('o') ?? [];
  const bad = overrides.find(override => !override.includes('='));
  if (bad === undefined) return overrides;
  throw new SieveFatal(`Error reading configuration: Invalid -o parameter ${bad}: Missing '='`);
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
