/** Parameters as `postconf` prints them, and what it warns of while doing so. */
import type {Config} from './config.ts';
import {expand, referencedNames} from './expand.ts';
import {defaultText} from './load-config.ts';
import {parseMainCf} from './main-cf.ts';
import {hostNetworks} from './host-networks.ts';
import {parameters} from './parameters.ts';
import {readMasterCf} from './master-cf.ts';
import {derivedNames} from './service-parameters.ts';

export interface ShowMode {
  readonly showsDefaults: boolean;
  readonly showsSetOnly: boolean;
  readonly expands: boolean;
  readonly folds: boolean;
  readonly hidesNames: boolean;
  readonly hidesValues: boolean;
  /** '', `builtin`, `service`, `user`, `posthorn`, `all`. */
  readonly parameterClass: string;
}

interface Source {
  readonly path: string;
  readonly directory: string;
  readonly root: string;
  readonly isNamed: boolean;
  readonly text: string;
}

export class ParameterView {
  readonly #config: Config;
  readonly #source: Source;
  readonly #mode: ShowMode;
  /** Name and default of what derives from services. */
  readonly #derived: ReadonlyMap<string, string>;
  readonly #set = new Map<string, string>();
  readonly #warnings: string[] = [];
  readonly #user: ReadonlySet<string>;

  constructor(config: Config, source: Source, mode: ShowMode) {
    this.#config = config;
    this.#source = source;
    this.#mode = mode;
    this.#derived = derivedOf(source.directory);
    for (const {name, value, line} of parseMainCf(source.text, source.path)) {
      const earlier = this.#set.get(name);
      if (earlier !== undefined)
        this.#warnings.push(`${source.path}, line ${line}: overriding earlier entry: ${name}=${earlier}`);
      this.#set.set(name, value);
    }
    this.#user = this.#findUser();
  }

  show(names: readonly string[]): {readonly lines: readonly string[]; readonly warnings: readonly string[]} {
    const lines: string[] = [];
    for (const name of names.length > 0 ? names : this.#all()) {
      if (names.length > 0 && !this.#isKnown(name)) {
        this.#warnings.push(`${name}: unknown parameter`);
        continue;
      }
      if (names.length > 0 && this.#mode.showsSetOnly && !this.#set.has(name)) continue;
      lines.push(this.#line(name));
    }
    if (!this.#mode.showsDefaults) this.#warnUnused();
    return {lines, warnings: this.#warnings};
  }

  #isBuiltin(name: string): boolean {
    return Object.hasOwn(parameters, name);
  }

  #isKnown(name: string): boolean {
    return this.#isBuiltin(name) || this.#derived.has(name) || this.#user.has(name);
  }

  #all(): readonly string[] {
    const {parameterClass, showsSetOnly, showsDefaults} = this.#mode;
    const has = (wanted: string): boolean =>
      parameterClass === '' || parameterClass === 'all' || parameterClass === wanted;
    const names = new Set<string>();
    for (const name of Object.keys(parameters)) {
      const isOurs = name.startsWith('posthorn_');
      if (isOurs ? parameterClass === 'posthorn' || this.#set.has(name) : has('builtin')) names.add(name);
    }
    if (has('service')) for (const name of this.#derived.keys()) names.add(name);
    if (has('user') && !showsDefaults) for (const name of this.#user) names.add(name);
    const sorted = [...names].sort();
    if (!showsSetOnly) return sorted;
    return sorted.filter(name => this.#set.has(name) || (name === 'config_directory' && this.#source.isNamed));
  }

  /** Set in main.cf, neither built in nor derived, and referred to by some value. */
  #findUser(): ReadonlySet<string> {
    const candidates = [...this.#set.keys()].filter(name => !this.#isBuiltin(name) && !this.#derived.has(name));
    if (candidates.length === 0) return new Set();
    const referred = new Set(this.#masterReferences());
    for (const [name, value] of this.#set)
      if (!candidates.includes(name)) for (const inner of referencedNames(value)) referred.add(inner);
    // What a used one refers to is used, too.
    for (let before = -1; before !== referred.size;) {
      before = referred.size;
      for (const name of candidates)
        if (referred.has(name)) for (const inner of referencedNames(this.#set.get(name) ?? '')) referred.add(inner);
    }
    return new Set(candidates.filter(name => referred.has(name)));
  }

  #masterReferences(): readonly string[] {
    try {
      return readMasterCf(this.#source.directory).flatMap(({args}) => args.flatMap(word => referencedNames(word)));
    } catch {
      return []; // main.cf is shown also where master.cf can't be read
    }
  }

  #warnUnused(): void {
    for (const [name, value] of this.#set)
      if (!this.#isKnown(name)) this.#warnings.push(`${this.#source.path}: unused parameter: ${name}=${value}`);
  }

  #line(name: string): string {
    const {hidesNames, hidesValues, folds} = this.#mode;
    if (hidesValues) return `${name}\n`;
    const value = this.#value(name).replace(/\s+/g, ' '); // seen: white space is shown as one blank
    if (hidesNames) return `${folds ? fold(value) : value}\n`;
    const line = value === '' ? `${name} =` : `${name} = ${value}`;
    return `${folds ? fold(line) : line}\n`;
  }

  #value(name: string): string {
    const {showsDefaults, expands} = this.#mode;
    const raw = showsDefaults ? this.#default(name) : (this.#config.raw?.(name) ?? this.#default(name));
    return expands ? expand(raw, inner => this.#config.raw?.(inner) ?? this.#derived.get(inner)) : raw;
  }

  #default(name: string): string {
    if (name === 'mydomain') return defaultDomain();
    if (name === 'mynetworks') return hostNetworks(this.#config.get('mynetworks_style'));
    return defaultText(name, this.#source.root, this.#directoryShown()) ?? this.#derived.get(name) ?? '';
  }

  /** Seen: `postconf -d config_directory` does not follow -c. */
  #directoryShown(): string {
    const {root, directory} = this.#source;
    return root === '/' ? '/etc/postfix' : directory;
  }
}

function defaultDomain(): string {
  const host = defaultText('myhostname', '/', '/') ?? '';
  return host.slice(host.indexOf('.') + 1);
}

function derivedOf(directory: string): ReadonlyMap<string, string> {
  const derived = new Map<string, string>();
  try {
    for (const {name, type, command} of readMasterCf(directory))
      if (type === 'unix' && DELIVERS.has(command))
        for (const [inner, value] of derivedNames(name, command === 'pipe')) derived.set(inner, value);
  } catch {
    return derived; // main.cf is shown also where master.cf can't be read
  }
  for (const name of Object.keys(parameters)) derived.delete(name);
  return derived;
}

/** Programs whose services are transports. */
const DELIVERS: ReadonlySet<string> = new Set(['local', 'virtual', 'smtp', 'lmtp', 'pipe', 'error', 'relay', 'spawn']);

const WIDTH = 80;

/** Lines of at most 80 columns, broken at blanks, continued with four. */
function fold(line: string): string {
  let out = '';
  let column = 0;
  for (const word of line.split(/\s+/)) {
    if (column > 0 && column + 1 + word.length > WIDTH) {
      out += `\n    ${word}`;
      column = 4 + word.length;
    } else {
      out += column > 0 ? ` ${word}` : word;
      column += word.length + (column > 0 ? 1 : 0);
    }
  }
  return out;
}
