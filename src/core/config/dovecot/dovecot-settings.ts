/** The settings in force for one kind of connection: typed by their rows, sections as records. */
import {recordsOf, type NamespaceRecord, type PassdbRecord, type ServiceRecord, type UserdbRecord} from './records.ts';
import {rootRows, type SettingName, type ValueOf} from './registry.ts';
import {namespace, passdb, service, userdb} from './rows/sections.ts';
import type {Origin, Section} from './section.ts';
import type {SettingValue, ValueRow} from './setting-row.ts';
import {settingValue} from './setting-text.ts';

export class DovecotSettings {
  readonly #root: Section;
  /** The root of the instance, without a slash at its end. */
  readonly #below: string;
  readonly #values = new Map<string, SettingValue>();
  #namespaces: readonly NamespaceRecord[] | undefined;
  #services: readonly ServiceRecord[] | undefined;

  constructor(root: Section, instanceRoot: string) {
    this.#root = root;
    this.#below = instanceRoot === '/' ? '' : instanceRoot;
  }

  /** Booleans for flags, seconds for times (milliseconds where the row says so), bytes for sizes, else text. */
  get<K extends SettingName>(name: K): ValueOf<K> {
    if (!this.#values.has(name)) this.#values.set(name, this.#read(name));
    return this.#values.get(name) as ValueOf<K>; // read by the row of that name
  }

  /** Where a file set it; undefined when it has its default. */
  origin(name: SettingName): Origin | undefined {
    return this.#root.values.get(name)?.origin;
  }

  /** The file of `name = <file`, whose content `get` answers: for what is read again when it changes. */
  file(name: SettingName): string | undefined {
    return this.#root.values.get(name)?.file;
  }

  /** A setting of plugin {}. */
  plugin(name: string): string | undefined {
    return this.#root.dictionaries.get('plugin')?.get(name)?.text;
  }

  /** All of plugin {}, in the order of the files. */
  plugins(): ReadonlyMap<string, string> {
    return this.#pairs('plugin');
  }

  /** All of dict {}. */
  dicts(): ReadonlyMap<string, string> {
    return this.#pairs('dict');
  }

  get namespaces(): readonly NamespaceRecord[] {
    return (this.#namespaces ??= recordsOf(namespace, this.#root.lists.get('namespace') ?? []));
  }

  /** In the order in which they are asked. */
  get passdbs(): readonly PassdbRecord[] {
    return recordsOf(passdb, this.#root.lists.get('passdb') ?? []);
  }

  get userdbs(): readonly UserdbRecord[] {
    return recordsOf(userdb, this.#root.lists.get('userdb') ?? []);
  }

  /** Those of protocols that are not served are there too. What default_... settings stand in for is put in. */
  get services(): readonly ServiceRecord[] {
    this.#services ??= recordsOf(service, this.#root.lists.get('service') ?? [], text => this.#expand(text)).map(each =>
      this.#withDefaults(each),
    );
    return this.#services;
  }

  /** Whether `protocols` names it. */
  serves(protocol: string): boolean {
    return this.get('protocols').split(' ').includes(protocol);
  }

  #read(name: string): SettingValue {
    const row = rootRows.rows[name] as ValueRow; // SettingName has value rows only
    const set = this.#root.values.get(name)?.text;
    if (set !== undefined) return settingValue(row, set);
    if (row.defaultText === undefined) return undefined;
    return settingValue(row, row.kind === 'path' ? this.#below + row.defaultText : row.defaultText);
  }

  #pairs(name: string): ReadonlyMap<string, string> {
    const pairs = this.#root.dictionaries.get(name) ?? new Map<string, {text: string}>();
    return new Map([...pairs].map(([key, {text}]) => [key, text]));
  }

  /** 0 is a service's way to say: as all others. */
  #withDefaults(record: ServiceRecord): ServiceRecord {
    return {
      ...record,
      process_limit: record.process_limit || this.get('default_process_limit'),
      client_limit: record.client_limit || this.get('default_client_limit'),
      idle_kill: record.idle_kill || this.get('default_idle_kill'),
      vsz_limit: record.vsz_limit < UNLIMITED ? record.vsz_limit : this.get('default_vsz_limit'),
    };
  }

  #expand(text: string): string {
    if (!text.startsWith('$')) return text;
    const row = rootRows.rows[text.slice(1)];
    if (row === undefined || row.kind === 'list' || row.kind === 'dictionary' || row.kind === 'alias') return text;
    return this.#root.values.get(text.slice(1))?.text ?? row.defaultText ?? '';
  }
}

const UNLIMITED = 2 ** 64;
