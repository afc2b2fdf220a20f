/**
 * dovecot.conf as the engine reads it: one cheap, synchronous load, then the settings for each kind of connection. What
 * is wrong throws `ConfigError` in the words of the original.
 */
import {existsSync} from 'node:fs';
import {toPath} from '../../base/bytes.ts';
import {ConfigError} from '../../base/errors.ts';
import {checkLayers} from './checks.ts';
import {ConfigReader} from './config-reader.ts';
import {DovecotSettings} from './dovecot-settings.ts';
import {filterMatches, type Filter, type Network} from './filter.ts';
import {plainAddress} from '../../net/ip-address.ts';
import {LayerConflict, mergeLayers, type Layer} from './layer.ts';
import {hostNetwork} from './network.ts';
import {rootRows} from './registry.ts';
import {canonicalText} from './setting-text.ts';
import type {Origin} from './section.ts';

export interface LoadOptions {
  /** The main file. */
  readonly path: string;
  /** The root of the instance: `base_dir` and its like lie below it by default. */
  readonly root: string;
  /** `name=value` that count before the files (`-o`). */
  readonly overrides?: readonly string[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Obsolete spellings, and what is wrong but passed over. */
  readonly warn?: (text: string) => void;
  /** Makes a file that `<file` names and that is missing: the instance's own certificate; answers whether it did. */
  readonly makeFile?: (file: string) => boolean;
}

/** A connection, as far as settings depend on it. */
export interface SettingsFor {
  readonly protocol?: string | undefined;
  /** The host name that a client asked for (SNI). */
  readonly localName?: string | undefined;
  readonly localAddress?: string | undefined;
  readonly remoteAddress?: string | undefined;
}

export function loadDovecotConfig(options: LoadOptions): DovecotConfig {
  const warn = options.warn ?? (() => {});
  const reader = new ConfigReader({
    isExpanding: true,
    warn,
    complain: warn,
    environment: options.environment ?? process.env,
    makeFile: options.makeFile,
  });
  // An instance that has none yet has the defaults.
  if (existsSync(toPath(options.path))) reader.read(options.path);
  for (const override of options.overrides ?? []) applyOverride(reader.layers, override);
  const fault = reader.unclosed ?? checkLayers(reader.layers);
  if (fault !== undefined) throw new ConfigError(`Error in configuration file ${options.path}: ${fault}`, options.path);
  return new DovecotConfig(options.path, options.root, reader.layers, reader.files);
}

/** Stronger than every layer. */
function applyOverride(layers: readonly Layer[], text: string): void {
  const at = text.indexOf('=');
  const path = at < 0 ? text : text.slice(0, at);
  const value = at < 0 ? 'yes' : text.slice(at + 1);
  const [first = '', second] = path.split('/');
  const row = Object.hasOwn(rootRows.rows, first) ? rootRows.rows[first] : undefined;
  const isSingle = row !== undefined && 'defaultText' in row;
  if (second === undefined && !isSingle) throw new ConfigError(`Error in command line: Unknown setting: ${first}`);
  for (const {root} of layers)
    if (isSingle) root.values.set(first, {text: canonicalText(row, value), isChanged: true, origin: undefined});
    else if (second !== undefined && row?.kind === 'dictionary')
      root.dictionary(first).set(second, {text: value, isChanged: true, origin: undefined});
}

export class DovecotConfig {
  readonly file: string;
  readonly root: string;
  /** Every file that was read, the contents of `<file` included: what to watch. */
  readonly files: readonly string[];
  readonly #layers: readonly Layer[];
  /** By the set of layers that match: connections are many, such sets few. */
  readonly #settings = new Map<string, DovecotSettings>();

  constructor(file: string, root: string, layers: readonly Layer[], files: readonly string[]) {
    this.file = file;
    this.root = root;
    this.#layers = layers;
    this.files = files;
  }

  /** Any name that a client may ask for has settings of its own. */
  get hasNames(): boolean {
    return this.#layers.some(({filter}) => filter.localName !== undefined);
  }

  settings(connection: SettingsFor = {}): DovecotSettings {
    const filter = filterOf(connection);
    const key = this.#layers.map(layer => (filterMatches(layer.filter, filter) ? '1' : '0')).join('');
    let settings = this.#settings.get(key);
    if (settings === undefined) this.#settings.set(key, (settings = this.#merge(filter)));
    return settings;
  }

  /** What is set, for anybody, though it has no effect here yet (the rows say which): each name once. */
  settingsWithoutEffect(): {readonly name: string; readonly origin: Origin | undefined}[] {
    const found = new Map<string, Origin | undefined>();
    for (const {root} of this.#layers)
      for (const [name, {isChanged, origin}] of root.values) {
        const row = rootRows.rows[name];
        const isInVain = row !== undefined && 'hasEffect' in row && !row.hasEffect;
        if (isChanged && isInVain && !found.has(name)) found.set(name, origin);
      }
    return [...found].map(([name, origin]) => ({name, origin}));
  }

  #merge(filter: Filter): DovecotSettings {
    try {
      return new DovecotSettings(mergeLayers(this.#layers, filter), this.root);
    } catch (fault) {
      if (!(fault instanceof LayerConflict)) throw fault;
      throw new ConfigError(fault.message, this.file, 0, {cause: fault});
    }
  }
}

function filterOf({protocol, localName, localAddress, remoteAddress}: SettingsFor): Filter {
  return {protocol, localName, local: networkOf(localAddress), remote: networkOf(remoteAddress)};
}

function networkOf(address: string | undefined): Network | undefined {
  return address === undefined || address === '' ? undefined : hostNetwork(plainAddress(address));
}
