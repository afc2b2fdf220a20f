/** postconf -p: shows parameters of main.cf, built in, derived from services, and made up by the configuration. */
import type {Output, Stdio} from '../core/base/tool.ts';
import {ExpansionFault, UsageError} from '../core/base/errors.ts';
import {expand} from '../core/config/expand.ts';
import type {LoadedConfig} from '../core/config/load-config.ts';
import {ParameterSet, READ_ONLY, type ParameterClass} from '../core/config/parameter-set.ts';
import {layOut} from '../core/config/print-lines.ts';
import {defaultsOnly, openInstance, readMainFile, readMasterFile, type MainFile, type Warn} from './postconf-files.ts';
import type {PostconfOptions} from './postconf-options.ts';

export function showParameters(options: PostconfOptions, stdio: Stdio, warn: Warn): number {
  const instance = openInstance(options.directory, stdio.env);
  const main = options.showsDefaults ? defaultsOnly(instance) : readMainFile(instance, options, warn);
  const services = readMasterFile(instance, false, warn);
  const set = new ParameterSet(instance.configDirectory, main.settings, services, warn);
  if (!options.showsDefaults) warnUndefined(set, warn);
  show(options, main, set, stdio.stdout, warn);
  if (!options.showsDefaults) warnUnused([...set.unusedInMain(), ...set.unusedInMaster()], warn);
  return 0;
}

export function warnUndefined(set: ParameterSet, warn: Warn): void {
  for (const {name, file} of set.undefinedNames()) warn(`${file}: undefined parameter: ${name}`);
}

export function warnUnused(unused: ReturnType<ParameterSet['unusedInMain']>, warn: Warn): void {
  for (const {name, value, file} of unused) warn(`${file}: unused parameter: ${name}=${value}`);
}

function show(options: PostconfOptions, main: MainFile, set: ParameterSet, stdout: Output, warn: Warn): void {
  const names = options.operands.length > 0 ? known(options.operands, set, warn) : selected(options, main, set);
  let out = '';
  for (const name of names)
    if (!options.showsSetOnly || main.settings.has(name)) out += line(name, options, main.config, set, warn);
  stdout.write(out);
}

function known(names: readonly string[], set: ParameterSet, warn: Warn): readonly string[] {
  return names.filter(name => {
    const isKnown = set.classOf(name) !== undefined;
    if (!isKnown) warn(`${name}: unknown parameter`);
    return isKnown;
  });
}

function selected({classes}: PostconfOptions, {settings}: MainFile, set: ParameterSet): readonly string[] {
  const isWanted = (name: string, ofClass: ParameterClass | undefined): boolean => {
    if (ofClass === undefined) return false;
    if (classes.has(ofClass)) return true;
    return classes.has('all') && (ofClass !== 'posthorn' || settings.has(name));
  };
  return set.names().filter(name => isWanted(name, set.classOf(name)));
}

function line(name: string, options: PostconfOptions, config: LoadedConfig, set: ParameterSet, warn: Warn): string {
  const value = options.hidesValues ? '' : valueOf(name, options, config, set, warn);
  if (options.isJson) return `${JSON.stringify(options.hidesValues ? {name} : {name, value: words(value)})}\n`;
  if (options.hidesValues) return `${name}\n`;
  return layOut(options.hidesNames ? value : `${name} = ${value}`, options.folds);
}

function words(value: string): string {
  return layOut(value, false).slice(0, -1);
}

function valueOf(name: string, options: PostconfOptions, config: LoadedConfig, set: ParameterSet, warn: Warn): string {
  const raw = (text: string): string | undefined =>
    READ_ONLY.has(text) ? ownValue(text) : (config.raw(text) ?? set.serviceDefault(text));
  const value = raw(name) ?? '';
  return options.expands && !set.isRaw(name) ? expanded(value, raw, warn) : value;
}

/** What the program itself says of these, whatever main.cf says. */
function ownValue(name: string): string | undefined {
  switch (name) {
    case 'process_name':
      return 'postconf';
    case 'process_id':
      return String(process.pid);
    default:
      return '';
  }
}

export function expanded(value: string, raw: (name: string) => string | undefined, warn: Warn): string {
  try {
    return expand(value, name => raw(name));
  } catch (fault) {
    if (!(fault instanceof ExpansionFault)) throw fault;
    warn(fault.message);
    throw new UsageError('macro processing error', {cause: fault});
  }
}
