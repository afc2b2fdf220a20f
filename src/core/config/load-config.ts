/**
 * main.cf evaluated: what is set there, on top of the registry's defaults, on top of what the host gives. A named
 * folder without main.cf, a line that is no setting, or a value that does not fit its parameter throws `ConfigError` in
 * the original's words; so does `get` of a parameter whose `$` references can't be followed.
 */
import {readFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {ConfigError, describe, ExpansionFault} from '../base/errors.ts';
import type {Config, ValueOf} from './config.ts';
import {expand} from './expand.ts';
import {hostNetworks} from './host-networks.ts';
import {parseMainCf, type MainCfEntry} from './main-cf.ts';
import type {Parameter} from './parameter.ts';
import {parameters, type ParameterName} from './parameters.ts';
import {serviceDefault} from './service-parameters.ts';
import {evaluate} from './values.ts';
import {readMasterCf} from './master-cf.ts';

export interface LoadOptions {
  readonly root: string;
  readonly overrides?: ReadonlyMap<string, string> | undefined;
  readonly hostName?: string | undefined;
  /** Gets what the original warns of while it reads: repeated entries, indented first lines. */
  readonly warn?: ((text: string) => void) | undefined;
}

/** Synchronous: it is on the start-up path of the tools. */
export function loadConfig(directory: string, options: LoadOptions): LoadedConfig {
  const file = `${directory}/main.cf`;
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch (fault) {
    throw new ConfigError(`open ${file}: ${describe(fault)}`, file, 0, {cause: fault});
  }
  return new LoadedConfig(directory, file, parseMainCf(text, file, options.warn), options);
}

/** For tests and the library: the text of a main.cf that is nowhere on disk. */
export function configFromText(text: string, options: LoadOptions & {readonly directory?: string}): LoadedConfig {
  const directory = options.directory ?? `${options.root === '/' ? '' : options.root}/etc/postfix`;
  return new LoadedConfig(directory, `${directory}/main.cf`, parseMainCf(text, `${directory}/main.cf`), options);
}

/** The original's default of a parameter, unexpanded, with paths below the root and what only this host can say. */
export function defaultText(name: string, root: string, directory: string, hostName = hostname()): string | undefined {
  const own = ownDefault(name, root, directory, hostName);
  if (own !== undefined) return own;
  return Object.hasOwn(parameters, name) ? parameters[name as ParameterName].defaultValue : undefined;
}

const BELOW_ROOT = new Set(['queue_directory', 'data_directory', 'mail_spool_directory', 'meta_directory']);

function ownDefault(name: string, root: string, directory: string, hostName: string): string | undefined {
  switch (name) {
    case 'config_directory':
      return directory;
    case 'myhostname':
      return fullHostName(hostName, 'localdomain');
    case 'process_id':
      return String(process.pid);
    case 'alias_maps':
    case 'alias_database':
      return root === '/' ? undefined : `hash:${root}/etc/aliases`;
    default:
      if (root === '/' || !BELOW_ROOT.has(name)) return undefined;
      return `${root}${parameters[name as ParameterName].defaultValue}`;
  }
}

function fullHostName(hostName: string, domain: string): string {
  return hostName.includes('.') ? hostName : `${hostName}.${domain}`;
}

export class LoadedConfig implements Config {
  readonly root: string;
  readonly directory: string;
  readonly #file: string;
  readonly #entries: readonly MainCfEntry[];
  readonly #options: LoadOptions;
  readonly #set = new Map<string, {readonly value: string; readonly line: number}>();
  readonly #values = new Map<string, string | number | boolean>();
  #services: readonly string[] | undefined;

  constructor(directory: string, file: string, entries: readonly MainCfEntry[], options: LoadOptions) {
    this.root = options.root;
    this.directory = directory;
    this.#file = file;
    this.#entries = entries;
    this.#options = options;
    for (const {name, value, line} of entries) {
      const earlier = this.#set.get(name);
      if (earlier !== undefined)
        options.warn?.(`${file}, line ${line}: overriding earlier entry: ${name}=${earlier.value}`);
      this.#set.set(name, {value, line});
    }
    for (const [name, value] of options.overrides ?? []) this.#set.set(name, {value, line: 0});
  }

  get<Name extends ParameterName>(name: Name): ValueOf<Name> {
    const known = this.#values.get(name);
    if (known !== undefined) return known as ValueOf<Name>; // put there below, by the same row
    const row: Parameter = parameters[name];
    const value = this.#evaluated(name, row);
    this.#values.set(name, value);
    return value as ValueOf<Name>; // `evaluate` answers what the row's kind says
  }

  #evaluated(name: string, row: Parameter): string | number | boolean {
    const text = this.lookup(name) ?? '';
    try {
      return evaluate(row, name, text);
    } catch (fault) {
      if (!(fault instanceof ConfigError)) throw fault;
      throw new ConfigError(fault.message, this.#file, this.#set.get(name)?.line, {cause: fault});
    }
  }

  lookup(name: string): string | undefined {
    const raw = this.raw(name);
    if (raw === undefined) return undefined;
    try {
      return expand(raw, inner => this.raw(inner));
    } catch (fault) {
      if (!(fault instanceof ExpansionFault)) throw fault;
      const {line} = this.#set.get(name) ?? {line: 0};
      const text = 'dictionary mail_dict: macro processing error';
      throw new ConfigError(text, this.#file, line, {cause: fault});
    }
  }

  raw(name: string): string | undefined {
    const set = this.#set.get(name)?.value;
    if (set !== undefined) return set;
    if (name === 'mydomain') return this.#domain();
    if (name === 'mynetworks') return hostNetworks(this.lookup('mynetworks_style') ?? 'host');
    if (name === 'myhostname') return this.#hostName();
    const {root, hostName} = this.#options;
    return defaultText(name, root, this.directory, hostName) ?? this.#serviceDefault(name);
  }

  setNames(): readonly string[] {
    return [...this.#set.keys()];
  }

  forTransport(transport: string, suffix: string): string {
    return this.lookup(`${transport}_${suffix}`) ?? this.lookup(`default_${suffix}`) ?? '';
  }

  list(name: ParameterName): readonly string[] {
    return splitList(String(this.get(name)));
  }

  origin(name: string): {readonly file: string; readonly line: number} | undefined {
    const set = this.#set.get(name);
    return set === undefined ? undefined : {file: this.#file, line: set.line};
  }

  withOverrides(overrides: ReadonlyMap<string, string>): Config {
    const all = new Map([...(this.#options.overrides ?? []), ...overrides]);
    return new LoadedConfig(this.directory, this.#file, this.#entries, {
      ...this.#options,
      overrides: all,
      warn: undefined,
    });
  }

  expand(text: string): string {
    return expand(text, name => this.raw(name));
  }

  /** The host's name, completed with mydomain when that is set (postconf(5) myhostname). */
  #hostName(): string {
    const domain = this.#set.has('mydomain') ? this.lookup('mydomain') : undefined;
    return fullHostName(this.#options.hostName ?? hostname(), domain ?? 'localdomain');
  }

  /** myhostname without its first label; `localdomain` when that leaves nothing (postconf(5) mydomain). */
  #domain(): string {
    const host = this.lookup('myhostname') ?? '';
    const dot = host.indexOf('.');
    return dot < 0 ? 'localdomain' : host.slice(dot + 1);
  }

  #serviceDefault(name: string): string | undefined {
    return serviceDefault(name, () => (this.#services ??= serviceNames(this.directory)));
  }
}

function serviceNames(directory: string): readonly string[] {
  try {
    return readMasterCf(directory).map(service => service.name);
  } catch {
    return []; // without a readable master.cf there are no services; whoever runs it says why
  }
}

/** Elements of a list, at blanks and commas, `{ ... }` kept together (without a brace being special elsewhere). */
export function splitList(text: string): readonly string[] {
  const elements: string[] = [];
  let level = 0;
  let current = '';
  for (const letter of text) {
    if (level === 0 && (letter === ',' || letter === ' ' || letter === '\t' || letter === '\n' || letter === '\r')) {
      if (current !== '') elements.push(current);
      current = '';
      continue;
    }
    if (letter === '{') level++;
    if (letter === '}' && level > 0) level--;
    current += letter;
  }
  if (current !== '') elements.push(current);
  return elements;
}
