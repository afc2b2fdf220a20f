/**
 * The row of a Dovecot setting: its type, the real default as doveconf prints it, and whether it has effect here yet.
 * The authority for names, types and defaults is `doveconf -d` of Dovecot 2.3.19 with Pigeonhole 0.5.19.
 */

/** `template` is text in which %variables are expanded for each user; `path` moves below the root of an instance. */
export type SettingKind =
  'flag' | 'count' | 'octal' | 'time' | 'milliseconds' | 'size' | 'port' | 'text' | 'template' | 'path' | 'choice';

/** A setting with a single value. `T` is what `settings.get(name)` answers. */
export interface ValueRow<T extends SettingValue = SettingValue> {
  readonly kind: SettingKind;
  /** As doveconf prints it; undefined when the setting is not there until it is set. */
  readonly defaultText: string | undefined;
  readonly choices: readonly string[];
  /** Only `doveconf -s` shows it. */
  readonly isHidden: boolean;
  /** Whether setting it changes what this mail system does. */
  readonly hasEffect: boolean;
  /** Never set: ties the row to the type of its value. */
  readonly type?: T;
}

/** Another name for a row of the same section. */
export interface AliasRow {
  readonly kind: 'alias';
  readonly target: string;
}

/** Free-form `name = value` pairs: plugin {}, dict {}. */
export interface DictionaryRow {
  readonly kind: 'dictionary';
}

/** Sections that may come more than once. Those of a unique list are one when their names are. */
export interface ListRow<S extends SectionRows = SectionRows> {
  readonly kind: 'list';
  readonly isUnique: boolean;
  readonly section: S;
}

export type Row = ValueRow | AliasRow | DictionaryRow | ListRow;
export type SettingValue = boolean | number | string | undefined;

/** What may stand in a section; `nameKey` is the setting that `section NAME {` sets. */
export interface SectionRows {
  readonly nameKey: string;
  readonly rows: Readonly<Record<string, Row>>;
}

interface RowOptions {
  readonly effect?: boolean;
  readonly hidden?: boolean;
}

export function flag(defaultText: string, options?: RowOptions): ValueRow<boolean> {
  return valueRow('flag', defaultText, options);
}

export function count(defaultText: string, options?: RowOptions): ValueRow<number> {
  return valueRow('count', defaultText, options);
}

export function octal(defaultText: string, options?: RowOptions): ValueRow<number> {
  return valueRow('octal', defaultText, options);
}

/** Seconds. */
export function time(defaultText: string, options?: RowOptions): ValueRow<number> {
  return valueRow('time', defaultText, options);
}

export function milliseconds(defaultText: string, options?: RowOptions): ValueRow<number> {
  return valueRow('milliseconds', defaultText, options);
}

/** Bytes. */
export function size(defaultText: string, options?: RowOptions): ValueRow<number> {
  return valueRow('size', defaultText, options);
}

export function port(defaultText: string, options?: RowOptions): ValueRow<number> {
  return valueRow('port', defaultText, options);
}

export function text(defaultText: string, options?: RowOptions): ValueRow<string> {
  return valueRow('text', defaultText, options);
}

export function template(defaultText: string, options?: RowOptions): ValueRow<string> {
  return valueRow('template', defaultText, options);
}

/** Text that is not there until it is set. */
export function optionalText(options?: RowOptions): ValueRow<string | undefined> {
  return valueRow('text', undefined, options);
}

export function optionalTemplate(options?: RowOptions): ValueRow<string | undefined> {
  return valueRow('template', undefined, options);
}

export function path(defaultText: string, options?: RowOptions): ValueRow<string> {
  return valueRow('path', defaultText, options);
}

/** The first choice is the default. */
export function choice<C extends string>(choices: readonly [C, ...C[]], options?: RowOptions): ValueRow<C> {
  return {...valueRow<C>('choice', choices[0], options), choices};
}

export function alias(target: string): AliasRow {
  return {kind: 'alias', target};
}

export function dictionary(): DictionaryRow {
  return {kind: 'dictionary'};
}

export function list<S extends SectionRows>(section: S): ListRow<S> {
  return {kind: 'list', isUnique: false, section};
}

export function uniqueList<S extends SectionRows>(section: S): ListRow<S> {
  return {kind: 'list', isUnique: true, section};
}

function valueRow<T extends SettingValue>(
  kind: SettingKind,
  defaultText: string | undefined,
  options: RowOptions = {},
): ValueRow<T> {
  return {kind, defaultText, choices: [], isHidden: options.hidden === true, hasEffect: options.effect === true};
}
