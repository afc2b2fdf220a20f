/**
 * The part of `postfix check` that reads the settings. What the original would say comes first, in the name of postconf(1),
 * as there; then, for people, what it would not: the place of each fault, the nearest known name, values that do not
 * fit, parameters that have no effect here yet.
 */
import {readFileSync} from 'node:fs';
import {describe, warningBefore} from '../core/base/errors.ts';
import {nearestWord} from '../core/base/nearest.ts';
import {runGuarded, type Output} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import {parseMainCf} from '../core/config/main-cf.ts';
import {overridesOf, readMasterCf} from '../core/config/master-cf.ts';
import {parameters, type ParameterName} from '../core/config/parameters.ts';
import {serviceDefault} from '../core/config/service-parameters.ts';
import {isKnownTableType} from '../core/table/registry.ts';
import type {Script} from './postfix-actions.ts';
import {postconf} from './postconf.ts';

/** False when no mail system can run with these settings. */
export async function checkSettings(script: Script): Promise<boolean> {
  const {config, stdio} = script;
  const command = `${config.get('command_directory')}/postconf`;
  const said = new Collected();
  const status = await runGuarded(postconf, ['-c', config.directory, '-n'], {
    ...stdio,
    stdout: new Collected(),
    stderr: said,
  });
  stdio.stderr.write(said.text.replace(/^postconf: /gm, `${command}: `));
  if (status !== 0) script.say('fatal', `cannot execute ${command}!`);
  return status === 0;
}

class Collected implements Output {
  text = '';

  write(text: string | Uint8Array): void {
    this.text += typeof text === 'string' ? text : Buffer.from(text).toString('latin1');
  }
}

/** What is worth mending, each with its place: `FILE, line N: ...`. */
export function* settingHints(config: Config): Generator<string> {
  const file = `${config.directory}/main.cf`;
  const entries = parseMainCf(readFileSync(file, 'latin1'), file);
  const services = readMasterCf(config.directory);
  const overrides = services.map(service => overridesOf(service.args));
  const texts = [...entries.map(({value}) => value), readFileSync(`${config.directory}/master.cf`, 'latin1')];
  const isKnown = (name: string): boolean =>
    isMentioned(name, texts) || serviceDefault(name, () => services.map(service => service.name)) !== undefined;
  for (const {name, line} of entries)
    for (const hint of hintsOf(name, config, isKnown)) yield `${file}, line ${line}: ${hint}`;
  for (const [i, service] of services.entries()) {
    const own = config.withOverrides(overrides[i] ?? new Map());
    for (const name of overrides[i]?.keys() ?? [])
      for (const hint of hintsOf(name, own, isKnown)) yield `${service.file}, line ${service.line}: -o ${hint}`;
  }
}

function* hintsOf(name: string, config: Config, isKnown: (name: string) => boolean): Generator<string> {
  if (!isParameter(name)) {
    if (isKnown(name)) return;
    const nearest = nearestWord(name, Object.keys(parameters));
    yield `unknown parameter ${name}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
    return;
  }
  const fault = faultOf(name, config);
  if (fault !== undefined) yield fault;
  else if (!parameters[name].hasEffect) yield `${name} has no effect yet`;
  else for (const type of unknownTables(name, config)) yield `unsupported dictionary type: ${type} in ${name}`;
}

function isParameter(name: string): name is ParameterName {
  return Object.hasOwn(parameters, name);
}

/** A name of the operator's own making, used as $name elsewhere. */
function isMentioned(name: string, texts: readonly string[]): boolean {
  const mention = new RegExp(`\\$(?:${name}\\b|[{(]${name}\\b)`);
  return texts.some(text => mention.test(text));
}

function faultOf(name: ParameterName, config: Config): string | undefined {
  try {
    config.get(name);
    return undefined;
  } catch (fault) {
    const detail = warningBefore(fault);
    return detail === undefined ? describe(fault) : `${name}: ${detail}`;
  }
}

/** The types of tables that a list of tables names and that there are not. */
function unknownTables(name: ParameterName, config: Config): readonly string[] {
  if (!/_maps$|^alias_database$/.test(name)) return [];
  return config
    .list(name)
    .map(element => /^([\w-]+):/.exec(element)?.[1])
    .filter(type => type !== undefined)
    .filter(type => !isKnownTableType(type));
}
