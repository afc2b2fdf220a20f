/**
 * The settings of one section, or of one layer of the whole configuration: canonical texts, free-form pairs, and the
 * sections within. Each knows whether a file set it, and where.
 */
import type {SectionRows} from './setting-row.ts';

export interface Origin {
  readonly file: string;
  readonly line: number;
}

export interface StoredValue {
  /** Canonical; for `<file`, the content when values are expanded, else `<name`. */
  readonly text: string;
  /** Set by a file rather than by the defaults. */
  readonly isChanged: boolean;
  readonly origin: Origin | undefined;
  /** Where `<file` points, relative names resolved. */
  readonly file?: string | undefined;
}

export class Section {
  readonly rows: SectionRows;
  /** How paths call it: its name, or its number among its kind. */
  readonly pathKey: string;
  readonly values = new Map<string, StoredValue>();
  readonly dictionaries = new Map<string, Map<string, StoredValue>>();
  readonly lists = new Map<string, Section[]>();

  constructor(rows: SectionRows, pathKey: string) {
    this.rows = rows;
    this.pathKey = pathKey;
  }

  /** The name it goes by, which a `name = x` inside may have changed. */
  get name(): string {
    return this.values.get(this.rows.nameKey)?.text ?? '';
  }

  list(key: string): Section[] {
    let sections = this.lists.get(key);
    if (sections === undefined) this.lists.set(key, (sections = []));
    return sections;
  }

  dictionary(key: string): Map<string, StoredValue> {
    let pairs = this.dictionaries.get(key);
    if (pairs === undefined) this.dictionaries.set(key, (pairs = new Map()));
    return pairs;
  }

  find(key: string, pathKey: string): Section | undefined {
    return this.lists.get(key)?.find(section => section.pathKey === pathKey);
  }

  /** A copy; `keepChanged` false makes defaults of what files have set. */
  copy(keepChanged = true): Section {
    const twin = new Section(this.rows, this.pathKey);
    const kept = (value: StoredValue): StoredValue => (keepChanged ? value : {...value, isChanged: false});
    for (const [key, value] of this.values) twin.values.set(key, kept(value));
    for (const [key, pairs] of this.dictionaries) twin.dictionaries.set(key, new Map(pairs));
    for (const [key, sections] of this.lists)
      twin.lists.set(
        key,
        sections.map(section => section.copy(keepChanged)),
      );
    return twin;
  }
}
