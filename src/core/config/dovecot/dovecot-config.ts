/**
 * dovecot.conf as the engine asks for it: what is in force for a connection, each setting typed by its row.
 *
 * A file that can't be used throws `ConfigError`, in the original's words.
 */
import {statSync} from 'node:fs';
import {toPath} from '../../base/bytes.ts';
import {ConfigError} from '../../base/errors.ts';
import {checkLayers} from './checks.ts';
import {ConfigReader} from './config-reader.ts';
import type {Filter, Network} from './filter.ts';
import {type Layer, mergeLayers} from './layer.ts';
import {parseNetwork} from './network.ts';
import {type ConfigPlace, defaultTextBelow} from './place.ts';
import {rootRows, type SettingName, type ValueOf} from './registry.ts';
import type {inetListener, mailbox, namespace, passdb, service, unixListener, userdb} from './rows/sections.ts';
import type {Section} from './section.ts';
import {canonicalText, settingValue} from './setting-text.ts';
import type {Row, SettingValue, ValueRow} from './setting-row.ts';

export interface LoadOptions extends ConfigPlace {
  /** `name=value` that count before the file. */
  readonly overrides?: readonly string[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly warn?: (text: string) => void;
}

/** For whom settings are asked. */
export interface AskedFor {
  readonly protocol?: string | undefined;
  /** The name that the client's TLS asks for. */
  readonly localName?: string | undefined;
  readonly localAddress?: string | undefined;
  readonly remoteAddress?: string | undefined;
}

type Rows = Readonly<Record<string, Row>>;
type ValueKey<R extends Rows> = {[K in keyof R]: R[K] extends ValueRow ? K : never}[keyof R] & string;
type RowValue<R extends Rows, K extends ValueKey<R>> =
  R[K] extends ValueRow<infer T> ? (T extends SettingValue ? T : never) : never;

/** One of the sections that may come more than once. */
export interface SectionSettings<R extends Rows> {
  get<K extends ValueKey<R>>(name: K): RowValue<R, K>;
}

export type MailboxSection = SectionSettings<typeof mailbox.rows>;
export type NamespaceSection = SectionSettings<typeof namespace.rows> & {readonly mailboxes: readonly MailboxSection[]};
export type PassdbSection = SectionSettings<typeof passdb.rows>;
export type UserdbSection = SectionSettings<typeof userdb.rows>;
export type InetListenerSection = SectionSettings<typeof inetListener.rows>;
export type UnixListenerSection = SectionSettings<typeof unixListener.rows>;
export type ServiceSection = SectionSettings<typeof service.rows> & {
  readonly inetListeners: readonly InetListenerSection[];
  readonly unixListeners: readonly UnixListenerSection[];
};

type DefaultText = (key: string, row: ValueRow) => string | undefined;

/** The settings in force for somebody. */
export class DovecotSettings {
  readonly #section: Section;
  readonly #defaultText: DefaultText;
  readonly #values = new Map<string, SettingValue>();

  constructor(section: Section, defaultText: DefaultText) {
    this.#section = section;
    this.#defaultText = defaultText;
  }

  get<K extends SettingName>(name: K): ValueOf<K> {
    let value = this.#values.get(name);
    if (value === undefined) this.#values.set(name, (value = valueIn(this.#section, name, this.#defaultText)));
    return value as ValueOf<K>; // the row's own type
  }

  /** `file:line` where it was set; undefined: it is the default. */
  origin(name: SettingName): string | undefined {
    const origin = this.#section.values.get(name)?.origin;
    return origin === undefined ? undefined : `${origin.file}:${origin.line}`;
  }

  plugin(name: string): string | undefined {
    return this.#section.dictionaries.get('plugin')?.get(name)?.text;
  }

  plugins(): ReadonlyMap<string, string> {
    const pairs = this.#section.dictionaries.get('plugin') ?? new Map<string, never>();
    return new Map([...pairs].map(([name, {text}]) => [name, text]));
  }

  get namespaces(): readonly NamespaceSection[] {
    return this.#list('namespace').map(section => ({
      ...this.#view<typeof namespace.rows>(section),
      mailboxes: (section.lists.get('mailbox') ?? []).map(box => this.#view<typeof mailbox.rows>(box)),
    }));
  }

  get passdbs(): readonly PassdbSection[] {
    return this.#list('passdb').map(section => this.#view<typeof passdb.rows>(section));
  }

  get userdbs(): readonly UserdbSection[] {
    return this.#list('userdb').map(section => this.#view<typeof userdb.rows>(section));
  }

  get services(): readonly ServiceSection[] {
    return this.#list('service').map(section => ({
      ...this.#view<typeof service.rows>(section),
      inetListeners: (section.lists.get('inet_listener') ?? []).map(one => this.#view<typeof inetListener.rows>(one)),
      unixListeners: (section.lists.get('unix_listener') ?? []).map(one => this.#view<typeof unixListener.rows>(one)),
    }));
  }

  #list(key: string): readonly Section[] {
    return this.#section.lists.get(key) ?? [];
  }

  #view<R extends Rows>(section: Section): SectionSettings<R> {
    return {
      get: name => valueIn(section, name, this.#defaultText) as never, // the row's own type
    };
  }
}

function valueIn(section: Section, name: string, defaultText: DefaultText): SettingValue {
  const row = section.rows.rows[name];
  if (row === undefined || !('defaultText' in row)) throw new TypeError(`no such setting: ${name}`);
  const text = section.values.get(name)?.text ?? defaultText(name, row) ?? row.defaultText ?? '';
  return settingValue(row, text);
}

/** How many different askers are remembered: addresses are foreign. */
const MAX_REMEMBERED = 1000;

export class DovecotConfig {
  readonly root: string;
  readonly file: string;
  /** Every file that was read, `<file` values included. */
  readonly files: readonly string[];
  readonly #layers: readonly Layer[];
  readonly #asked = new Map<string, DovecotSettings>();
  readonly #concerns: {readonly [K in keyof Filter]-?: boolean};
  readonly #defaultText: DefaultText;

  constructor(place: ConfigPlace, layers: readonly Layer[], files: readonly string[]) {
    this.root = place.root;
    this.file = place.file;
    this.files = files;
    this.#layers = layers;
    this.#defaultText = defaultTextBelow(place.root);
    const has = (condition: keyof Filter): boolean => layers.some(({filter}) => filter[condition] !== undefined);
    this.#concerns = {protocol: true, localName: has('localName'), local: has('local'), remote: has('remote')};
  }

  /** Any name that a client may ask for has settings of its own. */
  get hasNames(): boolean {
    return this.#concerns.localName;
  }

  settings(asked: AskedFor = {}): DovecotSettings {
    const {protocol} = asked;
    const localName = this.#concerns.localName ? asked.localName : undefined;
    const localAddress = this.#concerns.local ? asked.localAddress : undefined;
    const remoteAddress = this.#concerns.remote ? asked.remoteAddress : undefined;
    const key = [protocol, localName, localAddress, remoteAddress].join('\0');
    const known = this.#asked.get(key);
    if (known !== undefined) return known;
    const local = networkOf(localAddress);
    const filter: Filter = {protocol, localName, local, remote: networkOf(remoteAddress)};
    const made = new DovecotSettings(mergeLayers(this.#layers, filter), this.#defaultText);
    if (this.#asked.size >= MAX_REMEMBERED) this.#asked.clear();
    this.#asked.set(key, made);
    return made;
  }
}

function networkOf(address: string | undefined): Network | undefined {
  return address === undefined || address === '' ? undefined : parseNetwork(address);
}

/** A missing file is that of an instance which has none yet: the defaults count. */
export function loadDovecotConfig(options: LoadOptions): DovecotConfig {
  const {file, root, overrides = [], environment = process.env, warn = () => undefined} = options;
  const reader = new ConfigReader({isExpanding: true, warn, complain: warn, environment});
  const isThere = statSync(toPath(file), {throwIfNoEntry: false}) !== undefined;
  if (isThere) reader.read(file);
  const {layers} = reader;
  for (const override of overrides) applyOverride(layers, override);
  const fault = checkLayers(layers);
  if (fault !== undefined) throw new ConfigError(`Error in configuration file ${file}: ${fault}`);
  return new DovecotConfig({file, root}, layers, isThere ? filesOf(file, layers) : [file]);
}

/** `-o name=value`: stronger than every layer. */
function applyOverride(layers: readonly Layer[], text: string): void {
  const at = text.indexOf('=');
  const path = at < 0 ? text : text.slice(0, at);
  const value = at < 0 ? 'yes' : text.slice(at + 1);
  const [first = '', second] = path.split('/');
  for (const {root} of layers) {
    if (first === 'plugin' && second !== undefined) root.dictionary('plugin').set(second, stored(value));
    const row = Object.hasOwn(rootRows.rows, first) ? rootRows.rows[first] : undefined;
    if (second === undefined && (row === undefined || !('defaultText' in row)))
      throw new ConfigError(`Error in command line: Unknown setting: ${first}`);
    if (row !== undefined && 'defaultText' in row) root.values.set(first, stored(canonicalText(row, value)));
  }
}

const stored = (text: string) => ({text, isChanged: true, origin: undefined});

/** The file, what it includes, and what `<file` values point to. */
function filesOf(file: string, layers: readonly Layer[]): string[] {
  const files = new Set([file]);
  const collect = (section: Section): void => {
    for (const value of section.values.values()) {
      if (value.file !== undefined) files.add(value.file);
      if (value.origin !== undefined) files.add(value.origin.file);
    }
    for (const sections of section.lists.values()) sections.forEach(collect);
  };
  for (const {root, origin} of layers) {
    collect(root);
    if (origin !== undefined) files.add(origin.file);
  }
  return [...files];
}
