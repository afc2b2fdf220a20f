/**
 * Settings as flat `path = text` entries, in the order of the modules that read them: what doveconf prints, and
 * programs of old read.
 */
import {rootRows, settingModules} from './registry.ts';
import {escapeName} from './layer.ts';
import type {Section, StoredValue} from './section.ts';
import type {ListRow, Row, ValueRow} from './setting-row.ts';

/** `set`: what files have set; `changed`: what differs from the defaults. */
export type Scope = 'all' | 'allAndHidden' | 'set' | 'changed';

/** `list` entries name the sections of a kind, `name` entries give the name of a section. */
export interface Entry {
  readonly kind: 'value' | 'list' | 'name';
  readonly path: string;
  readonly text: string;
}

export interface ExportOptions {
  readonly scope: Scope;
  /** For people: sections are shown by what files say in them, not by what they differ in from an empty one. */
  readonly isForPeople: boolean;
  readonly modules?: typeof settingModules;
  /** The default of a row where it is not the general one. */
  readonly defaultText?: (key: string, row: ValueRow) => string | undefined;
}

export function exportSettings(root: Section, options: ExportOptions): Entry[] {
  const entries: Entry[] = [];
  const place = {prefix: '', isInUniqueList: false, options, entries, seen: new Set<string>()};
  const done = new Set<string>();
  for (const module of options.modules ?? settingModules)
    for (const key of Object.keys(module.rows)) {
      const row = rootRows.rows[key];
      if (row === undefined || done.has(key)) continue;
      done.add(key);
      exportRow(root, key, row, place);
    }
  return entries;
}

interface Place {
  readonly prefix: string;
  readonly isInUniqueList: boolean;
  readonly options: ExportOptions;
  readonly entries: Entry[];
  /** Paths of values: the first one counts where sections have the same name. */
  readonly seen: Set<string>;
}

function exportRow(section: Section, key: string, row: Row, place: Place): void {
  switch (row.kind) {
    case 'alias':
      return;
    case 'dictionary':
      return exportPairs(section, key, place);
    case 'list':
      return exportList(section, key, row, place);
    default:
      return exportValue(section, key, row, place);
  }
}

function exportPairs(section: Section, key: string, {prefix, entries}: Place): void {
  const pairs = section.dictionaries.get(key);
  if (pairs === undefined) return;
  entries.push({kind: 'list', path: prefix + key, text: ''});
  for (const [name, value] of pairs) entries.push({kind: 'value', path: `${prefix}${key}/${name}`, text: value.text});
}

function exportList(section: Section, key: string, row: ListRow, place: Place): void {
  const sections = section.lists.get(key) ?? [];
  if (sections.length === 0) return;
  const keys = sections.map((each, i) => (row.isUnique && each.name !== '' ? escapeName(each.name) : String(i)));
  place.entries.push({kind: 'list', path: place.prefix + key, text: keys.join(' ')});
  sections.forEach((each, i) => {
    const inner = {...place, prefix: `${place.prefix}${key}/${keys[i]}/`, isInUniqueList: row.isUnique};
    for (const [name, innerRow] of Object.entries(row.section.rows)) exportRow(each, name, innerRow, inner);
  });
}

function exportValue(section: Section, key: string, row: ValueRow, place: Place): void {
  const {prefix, entries, options} = place;
  if (row.isHidden && options.scope === 'all') return;
  const normal = options.defaultText?.(key, row) ?? row.defaultText;
  const value = section.values.get(key);
  const text = value?.text ?? normal;
  if (text === undefined) return;
  const isName = place.isInUniqueList && key === section.rows.nameKey;
  const path = prefix + key;
  if (place.seen.has(path) || !((isName && text !== '') || isShown(value, text, normal, row, place))) return;
  place.seen.add(path);
  entries.push({kind: isName ? 'name' : 'value', path, text});
}

function isShown(
  value: StoredValue | undefined,
  text: string,
  normal: string | undefined,
  row: ValueRow,
  {options, isInUniqueList}: Place,
): boolean {
  const {scope} = options;
  if (scope === 'all' || scope === 'allAndHidden') return true;
  const isChanged = value?.isChanged === true;
  if (isInUniqueList && options.isForPeople) return isChanged || row.kind === 'template'; // seen: templates always are
  return (scope === 'set' && isChanged) || text !== (normal ?? '');
}
