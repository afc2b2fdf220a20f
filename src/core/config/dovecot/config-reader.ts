/**
 * Reads dovecot.conf and what it includes into layers. Faults are `ConfigError`s in the original's words; what only
 * deserves a warning goes to `warn`.
 */
import {existsSync, readFileSync} from 'node:fs';
import {toPath} from '../../base/bytes.ts';
import {ConfigError, describe} from '../../base/errors.ts';
import {filtersEqual} from './filter.ts';
import {includedFiles} from './include-files.ts';
import {emptyLayer, escapeName, type Layer} from './layer.ts';
import {LineJoiner, type ConfigLine, type ValueForm} from './line-syntax.ts';
import {nestFilter} from './nested-filter.ts';
import {ObsoleteSettings} from './obsolete.ts';
import {findRow, isAuthSetting} from './registry.ts';
import {Section, type Origin} from './section.ts';
import {canonicalText, ValueFault} from './setting-text.ts';
import type {DictionaryRow, ListRow, ValueRow} from './setting-row.ts';
import {expandVariables} from './expand-variables.ts';

export interface ReaderOptions {
  /** Put in what `$name` and `<file` stand for, as programs see it; doveconf shows them as they are written. */
  readonly isExpanding: boolean;
  readonly warn: (text: string) => void;
  /** What is wrong and passed over all the same. */
  readonly complain: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Makes a file that `<file` names and that is missing (a certificate); answers whether it did. */
  readonly makeFile?: ((file: string) => boolean) | undefined;
}

/** An open `{`. */
export interface Frame {
  readonly layer: Layer;
  /** Where settings go. */
  readonly section: Section;
  /** The free-form pairs they go to instead: plugin {}, dict {}. */
  readonly dictionary: string | undefined;
  /** The kinds of the sections around, for the words of errors. */
  readonly path: readonly string[];
  /** The keys under which the sections around are found from the layer's root on. */
  readonly steps: readonly (readonly [kind: string, pathKey: string])[];
  readonly opened: Origin;
}

const MOST_BYTES = 16 * 1024 * 1024;

export class ConfigReader {
  readonly options: ReaderOptions;
  readonly layers: Layer[] = [emptyLayer()];
  readonly frames: Frame[] = [];
  position: Origin = {file: '', line: 0};
  /** Every file that was read. */
  readonly files: string[] = [];
  readonly #obsolete: ObsoleteSettings;
  readonly #open: string[] = [];
  /** Sections without a name have numbers, of whatever kind they are. */
  #unnamed = 0;
  /** Where a setting was first made for some only. */
  readonly #filtered = new Map<string, Origin>();

  constructor(options: ReaderOptions) {
    this.options = options;
    this.#obsolete = new ObsoleteSettings(this);
  }

  /** The layer for everybody. */
  get common(): Layer {
    const [layer] = this.layers;
    if (layer === undefined) throw new Error('a reader begins with a layer');
    return layer;
  }

  /** The main file, as the caller names it. */
  read(file: string): void {
    this.frames.push({
      layer: this.common,
      section: this.common.root,
      dictionary: undefined,
      path: [],
      steps: [],
      opened: this.position,
    });
    this.#readLines(file, readText(file, `open(${file}) failed`));
  }

  /** What is wrong when all has been read, though the settings are what they are: a section without end. */
  get unclosed(): string | undefined {
    if (this.frames.length <= 1) return undefined;
    const {file, line} = this.frame.opened;
    return `Missing '}' (section started at ${file}:${line})`;
  }

  get frame(): Frame {
    const frame = this.frames.at(-1);
    if (frame === undefined) throw new Error('read() has not begun');
    return frame;
  }

  #readLines(file: string, text: string): void {
    const outer = this.position;
    this.#open.push(file);
    this.files.push(file);
    const joiner = new LineJoiner();
    let number = 0;
    for (const line of linesOf(text)) {
      this.position = {file, line: ++number};
      const taken = joiner.take(line, () => this.#warnOfComment());
      if (taken !== undefined) this.#guarded(() => this.#takeLine(taken));
    }
    this.#open.pop();
    this.position = outer;
  }

  #warnOfComment(): void {
    const {file, line} = this.position;
    this.options.warn(
      `Configuration file ${file} line ${line}: Ambiguous '#' character in line, treating it as comment. ` +
        `Add a space before it to remove this warning.`,
    );
  }

  #guarded(take: () => void): void {
    try {
      take();
    } catch (fault) {
      if (!(fault instanceof ValueFault)) throw fault;
      const {file, line} = this.position;
      const text = `Error in configuration file ${file} line ${line}: ${fault.message}`;
      throw new ConfigError(text, file, line, {cause: fault});
    }
  }

  #takeLine(line: ConfigLine): void {
    switch (line.kind) {
      case 'error':
        throw new ValueFault(line.text);
      case 'include':
        return this.#include(line.pattern, line.isOptional);
      case 'end':
        return this.#close();
      case 'section':
        if (!this.#obsolete.takeSection(line.key, line.name)) this.openSection(line.key, line.name);
        return;
      case 'setting':
        if (line.form === 'plain' && this.#obsolete.takeSetting(line.key, line.value)) return;
        return this.set(line.key, line.value, line.form);
    }
  }

  #include(pattern: string, isOptional: boolean): void {
    const files = includedFiles(besides(this.position.file, pattern));
    if (files.length === 0 && !isOptional) throw new ValueFault('No matches');
    for (const file of files) {
      if (this.#open.includes(file)) throw new ValueFault(`Recursive include file: ${file}`);
      this.#readLines(file, readText(file, `Couldn't open include file ${file}`));
    }
  }

  #close(): void {
    if (this.frames.length === 1) throw new ValueFault("Unexpected '}'");
    this.frames.pop();
    this.#obsolete.sectionClosed();
  }

  openSection(key: string, name: string): void {
    const {frame} = this;
    const filter = nestFilter(frame.layer.filter, key, name);
    if (filter !== undefined) return this.#openFilter(this.#layer(filter));
    if (frame.dictionary !== undefined) throw new ValueFault('Section not allowed here');
    const found = findRow(frame.section.rows, key);
    if (found === undefined) throw new ValueFault(`Unknown setting: ${[...frame.path, key, key].join(' { ')}`);
    this.#refuseAuthSetting(found.key);
    const path = [...frame.path, key];
    const dictionary = found.row.kind === 'dictionary' ? found.key : undefined;
    const section = this.#sectionOf(found.key, found.row, name);
    const steps = section.pathKey === '' ? frame.steps : [...frame.steps, [found.key, section.pathKey] as const];
    this.frames.push({layer: frame.layer, section, dictionary, path, steps, opened: this.position});
  }

  /** Within a section, it is the section of the same name in the layer; what is not there knows no settings. */
  #openFilter(layer: Layer): void {
    const {dictionary, path, steps} = this.frame;
    let section: Section | undefined = layer.root;
    for (const [kind, pathKey] of steps) section = section?.find(kind, pathKey);
    const isThere = section !== undefined && (dictionary === undefined || section.dictionaries.has(dictionary));
    this.frames.push({
      layer,
      section: isThere && section !== undefined ? section : nothing(),
      dictionary: isThere ? dictionary : undefined,
      path,
      steps,
      opened: this.position,
    });
  }

  #layer(filter: Layer['filter']): Layer {
    const known = this.layers.find(layer => filtersEqual(layer.filter, filter));
    if (known !== undefined) return known;
    const layer = emptyLayer(filter, this.position);
    this.layers.push(layer);
    return layer;
  }

  #sectionOf(key: string, row: ValueRow | DictionaryRow | ListRow, name: string): Section {
    const {section} = this.frame;
    if (row.kind === 'list') return this.#listedSection(section, key, row, name);
    if (row.kind === 'dictionary') {
      if (name === '') this.#unnamed++;
      section.dictionary(key);
      return section;
    }
    // Seen: Dovecot 2.3.19 takes `key {` for `key = 0`, the number that the section gets.
    this.#setValue(section, key, row, name === '' ? String(this.#unnamed++) : name, 'plain');
    return nothing();
  }

  #listedSection(parent: Section, key: string, row: ListRow, name: string): Section {
    const list = parent.list(key);
    const pathKey = name === '' ? String(this.#unnamed++) : escapeName(name);
    const known = parent.find(key, pathKey);
    if (known !== undefined && !row.isUnique) throw new ValueFault(`${key}/${pathKey} already exists`);
    const section = known ?? new Section(row.section, pathKey);
    if (known === undefined) list.push(section);
    section.values.set(row.section.nameKey, {text: name, isChanged: true, origin: this.position});
    return section;
  }

  set(key: string, value: string, form: ValueForm): void {
    const {frame} = this;
    if (frame.dictionary !== undefined) return this.#setPair(frame.section, frame.dictionary, key, value, form);
    this.setBelow(frame.section, key, value, form);
  }

  /** A key may be a path: `service/imap/client_limit`. */
  setBelow(start: Section, key: string, value: string, form: ValueForm): void {
    const parts = key.split('/');
    let section = start;
    for (let at = 0; ; at++) {
      const found = findRow(section.rows, parts[at] ?? '');
      if (found === undefined) throw this.#unknown(key);
      const {row} = found;
      const isLast = at === parts.length - 1;
      if (row.kind === 'dictionary') {
        if (isLast) return void section.dictionary(found.key);
        return this.#setPair(section, found.key, parts.slice(at + 1).join('/'), value, form);
      }
      if (row.kind !== 'list') {
        if (!isLast) throw this.#unknown(key);
        this.#setValue(section, found.key, row, value, form);
        return section === this.frame.layer.root ? this.#refuseAuthSetting(found.key) : undefined;
      }
      if (isLast) return this.#addListed(section, found.key, row, value);
      const inner = section.find(found.key, parts[++at] ?? '');
      if (inner === undefined || at === parts.length - 1) throw this.#unknown(key);
      section = inner;
    }
  }

  /** A socket of a service that old words describe. */
  addListener(service: string, path: string): void {
    const section = this.common.root.find('service', service);
    const listeners = section === undefined ? undefined : findRow(section.rows, 'unix_listener');
    if (section === undefined || listeners?.row.kind !== 'list') return;
    this.#listedSection(section, listeners.key, listeners.row, path);
  }

  #unknown(key: string): ValueFault {
    return new UnknownSetting([...this.frame.path, key].join(' { '));
  }

  #addListed(parent: Section, key: string, row: ListRow, names: string): void {
    for (const name of names.split(' '))
      if (parent.find(key, name) === undefined) parent.list(key).push(new Section(row.section, name));
  }

  #setPair(section: Section, dictionary: string, key: string, value: string, form: ValueForm): void {
    if (key.includes('/')) throw this.#unknown(this.frame.dictionary === undefined ? `${dictionary}/${key}` : key);
    const {text, file} = this.#resolve(key, value, form);
    section.dictionary(dictionary).set(key, {text, file, isChanged: true, origin: this.position});
  }

  #setValue(section: Section, key: string, row: ValueRow, value: string, form: ValueForm): void {
    if (section === this.common.root) this.#warnOfEarlierFilter(key);
    else if (section === this.frame.layer.root && !this.#filtered.has(key)) this.#filtered.set(key, this.position);
    const {text, file} = this.#resolve(key, value, form);
    section.values.set(key, {text: canonicalText(row, text), file, isChanged: true, origin: this.position});
  }

  #resolve(key: string, value: string, form: ValueForm): {readonly text: string; readonly file?: string} {
    if (form === 'variable') return {text: expandVariables(this, key, value)};
    if (form !== 'file') return {text: value};
    const file = besides(this.position.file, value);
    if (!this.options.isExpanding) return {text: `<${value}`, file};
    this.files.push(file);
    if (!existsSync(toPath(file))) this.options.makeFile?.(file);
    return {text: readContent(key, file), file};
  }

  #warnOfEarlierFilter(key: string): void {
    const earlier = this.#filtered.get(key);
    if (earlier === undefined) return;
    const place = `${earlier.file} line ${earlier.line}`;
    this.options.warn(
      `${this.position.file} line ${this.position.line}: Global setting ${key} won't change the setting inside an ` +
        `earlier filter at ${place} (if this is intentional, avoid this warning by moving the global setting before ` +
        `${place})`,
    );
  }

  #refuseAuthSetting(key: string): void {
    const {local, remote, localName} = this.frame.layer.filter;
    if (local === undefined && remote === undefined && localName === undefined) return;
    if (this.frame.path.length === 0 && isAuthSetting(key))
      throw new ValueFault(`Auth settings not supported inside local/remote blocks: ${key}`);
  }
}

/** A section in which no setting is known. */
function nothing(): Section {
  return new Section({nameKey: '', rows: {}}, '');
}

/** The name that no row has; whoever prints it may know the nearest one. */
export class UnknownSetting extends ValueFault {
  readonly setting: string;

  constructor(setting: string) {
    super(`Unknown setting: ${setting}`);
    this.setting = setting;
  }
}

/** Relative names count from the folder of the file that has them. */
function besides(file: string, name: string): string {
  const slash = file.lastIndexOf('/');
  return name.startsWith('/') || slash < 0 ? name : file.slice(0, slash + 1) + name;
}

function readText(file: string, complaint: string): string {
  try {
    return readBounded(file);
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'EISDIR') return ''; // seen: passed over
    throw new ConfigError(`${complaint}: ${describe(fault)}`, file, 0, {cause: fault});
  }
}

function readContent(key: string, file: string): string {
  try {
    return readBounded(file);
  } catch (fault) {
    throw new ValueFault(`${key}: Can't open file ${file}: ${describe(fault)}`);
  }
}

function readBounded(file: string): string {
  const text = readFileSync(toPath(file), 'latin1');
  if (text.length > MOST_BYTES) throw new ValueFault(`file ${file} is too large`);
  return text;
}

function* linesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    yield text.slice(at, end > at && text.charAt(end - 1) === '\r' ? end - 1 : end);
    at = end + 1;
  }
}
