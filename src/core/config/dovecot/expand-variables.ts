/**
 * `$name` in a value: a word of its own that begins with `$` stands for the setting of that name as it is set so far,
 * `$ENV:NAME` for the environment. doveconf leaves all but `key = $key more` as it is written.
 */
import type {ConfigReader} from './config-reader.ts';
import {rootRows} from './registry.ts';
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
  const row = rootRows.rows[name];
  if (row === undefined) throw new ValueFault(`Unknown variable: $${name}`);
  if (row.kind === 'dictionary' || row.kind === 'list' || row.kind === 'alias')
    throw new ValueFault(`Invalid variable: $${name}`);
  return setSoFar(reader, name, name === key)?.text ?? row.defaultText ?? '';
}

/** `key = $key more` looks in the sections around too; another name stands for what is set in this one. */
function setSoFar(reader: ConfigReader, name: string, looksAround: boolean): StoredValue | undefined {
  if (!looksAround) return reader.frame.layer.root.values.get(name);
  for (const frame of reader.frames.toReversed()) {
    const value = frame.layer.root.values.get(name);
    if (value?.isChanged === true) return value;
  }
  return undefined;
}
