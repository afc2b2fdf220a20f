/**
 * `$name` in a value: a word of its own that begins with `$` stands for the setting of that name as it is set so far,
 * `$ENV:NAME` for the environment. doveconf leaves all but `key = $key more` as it is written.
 */
import type {ConfigReader} from './config-reader.ts';
import {compareFilters, filterMatches} from './filter.ts';
import {findRow, rootRows} from './registry.ts';
import type {StoredValue} from './section.ts';
import {ValueFault} from './setting-text.ts';

export function expandVariables(reader: ConfigReader, key: string, value: string): string {
  const words = value.split(' ').filter((word, i, all) => word !== '' || i === 0 || i === all.length - 1);
  return words.map(word => expandWord(reader, key, word)).join(' ');
}

function expandWord(reader: ConfigReader, key: string, word: string): string {
  if (!word.startsWith('$')) return word;
  const name = word.slice(1);
  if (!reader.options.isExpanding && name !== key) return word;
  if (name.startsWith('ENV:')) return reader.options.environment[name.slice('ENV:'.length)] ?? '';
  const found = findRow(rootRows, name);
  if (found === undefined) throw new ValueFault(`Unknown variable: $${name}`);
  if (found.row.kind === 'dictionary' || found.row.kind === 'list') throw new ValueFault(`Invalid variable: $${name}`);
  return setSoFar(reader, found.key)?.text ?? found.row.defaultText ?? '';
}

/** In this layer, else in the nearest of those around it. */
function setSoFar(reader: ConfigReader, key: string): StoredValue | undefined {
  const {filter} = reader.frame.layer;
  const around = reader.layers.filter(layer => filterMatches(layer.filter, filter));
  around.sort((a, b) => compareFilters(b.filter, a.filter));
  for (const layer of around) {
    const value = layer.root.values.get(key);
    if (value?.isChanged === true) return value;
  }
  return undefined;
}
