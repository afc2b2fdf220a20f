/**
 * What dovecot.conf says, by whom it is for: the first layer is for everybody, each `protocol`, `local`, `local_name`
 * and `remote` section is one more. `mergeLayers` answers what is in force for a connection.
 */
import {compareFilters, contains, filterMatches, type Filter} from './filter.ts';
import {defaultServices, type DefaultService} from './default-services.ts';
import {presets, rootRows} from './registry.ts';
import {Section, type Origin, type StoredValue} from './section.ts';
import {inetListener, fifoListener, service, unixListener} from './rows/sections.ts';
import type {SectionRows} from './setting-row.ts';

export interface Layer {
  readonly filter: Filter;
  readonly root: Section;
  /** Where its section was opened first; undefined for the layer of everybody. */
  readonly origin: Origin | undefined;
}

/** A layer that says nothing yet but what is there by default. */
export function emptyLayer(filter: Filter = {}, origin?: Origin): Layer {
  const root = new Section(rootRows, '');
  if (origin === undefined) for (const [key, text] of presets) root.values.set(key, unset(text));
  root.lists.set('service', defaultServices.map(defaultSection));
  return {filter, root, origin};
}

function unset(text: string): StoredValue {
  return {text, isChanged: false, origin: undefined};
}

function defaultSection(from: DefaultService): Section {
  const section = named(service, from.name, from.settings);
  for (const [key, rows] of LISTENERS) {
    const listeners = Object.entries(from[key] ?? {});
    if (listeners.length > 0)
      section.lists.set(
        key,
        listeners.map(([name, settings]) => named(rows, name, settings)),
      );
  }
  return section;
}

const LISTENERS: readonly (readonly ['unix_listener' | 'fifo_listener' | 'inet_listener', SectionRows])[] = [
  ['unix_listener', unixListener],
  ['fifo_listener', fifoListener],
  ['inet_listener', inetListener],
];

function named(rows: SectionRows, name: string, settings: Readonly<Record<string, string>>): Section {
  const section = new Section(rows, escapeName(name));
  section.values.set(rows.nameKey, unset(name));
  for (const [key, text] of Object.entries(settings)) section.values.set(key, unset(text));
  return section;
}

/** A name as part of a path: `login\simap`. */
export function escapeName(name: string): string {
  let escaped = '';
  for (const letter of name) escaped += ESCAPES.get(letter) ?? letter;
  return escaped;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['/', '\\s'],
  ['\\', '\\\\'],
  [' ', '\\_'],
  ['=', '\\e'],
]);

/** Two layers, neither within the other, set the same thing. */
export class LayerConflict extends Error {
  override readonly name = 'LayerConflict';
}

/**
 * The layers that match, the most special first, as one. What a more general one has is added only where nothing is
 * set; lists are joined, sections of the same name too. Throws `LayerConflict` where both set something and neither is
 * within the other.
 */
export function mergeLayers(layers: readonly Layer[], asked: Filter): Section {
  const matching = layers.filter(layer => filterMatches(layer.filter, asked));
  matching.sort((a, b) => compareFilters(b.filter, a.filter));
  const [first, ...others] = matching;
  if (first === undefined) throw new Error('no layer for everybody');
  const merged = first.root.copy();
  let previous = first;
  for (const layer of others) {
    const mayOverlap = isWider(layer.filter, previous.filter);
    apply(merged, layer.root, key => {
      if (!mayOverlap)
        throw new LayerConflict(`Conflict in setting ${key} found from filter at ${place(layer.origin)}`);
    });
    previous = layer;
  }
  return merged;
}

function place(origin: Origin | undefined): string {
  return origin === undefined ? '' : `${origin.file}:${origin.line}`;
}

/** Whether `wide` has no condition that `narrow` lacks. */
function isWider(wide: Filter, narrow: Filter): boolean {
  if (wide.local !== undefined && (narrow.local === undefined || !contains(wide.local, narrow.local))) return false;
  if (wide.remote !== undefined && (narrow.remote === undefined || !contains(wide.remote, narrow.remote))) return false;
  if (wide.localName !== undefined && narrow.localName === undefined) return false;
  return wide.protocol === undefined || narrow.protocol !== undefined;
}

function apply(target: Section, source: Section, onConflict: (key: string) => void): void {
  for (const key of Object.keys(source.rows.rows)) {
    const value = source.values.get(key); // in the order of the rows: the first conflict is told
    if (value !== undefined) applyValue(target, key, value, onConflict);
  }
  for (const [key, pairs] of source.dictionaries) {
    const kept = target.dictionary(key);
    for (const [name, value] of pairs) if (!kept.has(name)) kept.set(name, value);
  }
  for (const [key, sections] of source.lists) {
    const row = source.rows.rows[key];
    applyList(target.list(key), sections, row?.kind === 'list' && row.isUnique, onConflict);
  }
}

function applyValue(target: Section, key: string, value: StoredValue, onConflict: (key: string) => void): void {
  if (!value.isChanged) {
    if (!target.values.has(key)) target.values.set(key, value);
    return;
  }
  const kept = target.values.get(key);
  if (kept?.isChanged !== true) target.values.set(key, value);
  else onConflict(key);
}

/** Sections that come from a wider layer count as defaults from then on (seen: doveconf -n -f). */
function applyList(
  target: Section[],
  sections: readonly Section[],
  isUnique: boolean,
  onConflict: (key: string) => void,
): void {
  for (const section of sections) {
    const twin = isUnique && section.name !== '' ? target.find(each => each.name === section.name) : undefined;
    if (twin === undefined) target.push(section.copy(false));
    else apply(twin, section, onConflict);
  }
}
