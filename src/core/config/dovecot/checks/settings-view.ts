/** Settings as a check asks for them: values by name, whether set or not. */
import {findRow, rootRows} from '../registry.ts';
import type {Section} from '../section.ts';
import {settingValue} from '../setting-text.ts';
import type {SettingValue, ValueRow} from '../setting-row.ts';

export class SettingsView {
  readonly section: Section;

  constructor(section: Section) {
    this.section = section;
  }

  text(key: string): string {
    return this.section.values.get(key)?.text ?? this.#row(key)?.defaultText ?? '';
  }

  number(key: string): number {
    return Number(this.#value(key) ?? 0);
  }

  isOn(key: string): boolean {
    return this.#value(key) === true;
  }

  isSet(key: string): boolean {
    return this.section.values.get(key)?.isChanged === true;
  }

  /** The words of a value. */
  words(key: string): string[] {
    return this.text(key)
      .split(/[ ,]+/)
      .filter(word => word !== '');
  }

  sections(key: string): SettingsView[] {
    return (this.section.lists.get(key) ?? []).map(section => new SettingsView(section));
  }

  #value(key: string): SettingValue | undefined {
    const row = this.#row(key);
    return row === undefined ? undefined : settingValue(row, this.text(key));
  }

  #row(key: string): ValueRow | undefined {
    const row = findRow(this.section.rows, key)?.row ?? findRow(rootRows, key)?.row;
    return row === undefined || row.kind === 'dictionary' || row.kind === 'list' ? undefined : row;
  }
}

/** What is wrong in the original's words, else undefined. */
export type Check = (settings: SettingsView) => string | undefined;

/** The first word that is none of these, if any. */
export function unknownWord(words: readonly string[], known: readonly string[]): string | undefined {
  return words.find(word => !known.includes(word));
}
