/** main.cf and master.cf as postconf(1) reads them: what is wrong in them is warned about where the original does. */
import {trim} from '../core/base/c-space.ts';
import {ConfigError} from '../core/base/errors.ts';
import {ensureInstance, resolveInstance, type Instance} from '../core/config/instance.ts';
import {configFromText, defaultText, loadConfig, type LoadedConfig} from '../core/config/load-config.ts';
import {readMasterCf, type ServiceEntry} from '../core/config/master-cf.ts';
import {READ_ONLY, type Setting} from '../core/config/parameter-set.ts';
import type {PostconfOptions} from './postconf-options.ts';

export type Warn = (text: string) => void;

export interface MainFile {
  readonly config: LoadedConfig;
  /** What is set: by main.cf, by `-o`, and config_directory when the caller named it. */
  readonly settings: ReadonlyMap<string, Setting>;
}

export function openInstance(
  directory: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Instance {
  const instance = resolveInstance(directory, environment);
  ensureInstance(instance);
  return instance;
}

export function readMainFile(
  {root, configDirectory, isNamed}: Instance,
  options: PostconfOptions,
  warn: Warn,
): MainFile {
  const {overrides} = options;
  const config = loadConfig(configDirectory, {root, overrides, warn});
  const settings = new Map<string, Setting>();
  for (const name of config.setNames()) {
    const {line, file} = config.origin(name) ?? {line: 0, file: ''};
    settings.set(name, {value: config.raw(name) ?? '', file, line});
  }
  const own = config.origin('config_directory');
  if (isNamed && own !== undefined)
    warn(`${own.file}, line ${own.line}: overriding earlier entry: config_directory=${configDirectory}`);
  else if (isNamed) settings.set('config_directory', {value: configDirectory, file: '', line: 0});
  for (const name of READ_ONLY) {
    const set = settings.get(name);
    if (set === undefined) continue;
    warn(`${configDirectory}/main.cf: read-only parameter assignment: ${name}=${trim(set.value)}`);
    settings.delete(name);
  }
  return {config, settings};
}

/** For `-d`, which reads no main.cf. */
export function defaultsOnly({root}: Instance): MainFile {
  return {
    config: configFromText('', {root, directory: defaultText('config_directory', root, '/etc/postfix') ?? ''}),
    settings: new Map(),
  };
}

/** `isNeeded`: a master.cf that can't be opened ends the program; else it is a warning. */
export function readMasterFile({configDirectory}: Instance, isNeeded: boolean, warn: Warn): readonly ServiceEntry[] {
  try {
    return readMasterCf(configDirectory, warn);
  } catch (fault) {
    if (!(fault instanceof ConfigError) || isNeeded || fault.line > 0) throw fault;
    warn(fault.message);
    return [];
  }
}
