/** Sections as the engine reads them: plain records with typed values, under the real names. */
import type {fifoListener, inetListener, namespace, passdb, service, unixListener, userdb} from './rows/sections.ts';
import type {Section} from './section.ts';
import type {ListRow, SectionRows, SettingValue, ValueRow} from './setting-row.ts';
import {settingValue} from './setting-text.ts';

/** Values by name; lists as arrays of records. */
export type RecordOf<S extends SectionRows> = {
  readonly [K in keyof S['rows'] as S['rows'][K] extends ValueRow ? K : never]: S['rows'][K] extends ValueRow<infer T>
    ? T
    : never;
} & {
  readonly [K in keyof S['rows'] as S['rows'][K] extends ListRow ? K : never]: S['rows'][K] extends ListRow<infer I>
    ? readonly RecordOf<I>[]
    : never;
};

export type PassdbRecord = RecordOf<typeof passdb>;
export type UserdbRecord = RecordOf<typeof userdb>;
/** `mailbox` are its mailbox {} sections. */
export type NamespaceRecord = RecordOf<typeof namespace>;
/** `unix_listener`, `fifo_listener` and `inet_listener` are its listeners. */
export type ServiceRecord = RecordOf<typeof service>;
export type FileListenerRecord = RecordOf<typeof unixListener> | RecordOf<typeof fifoListener>;
export type InetListenerRecord = RecordOf<typeof inetListener>;

/** `resolve` has the last word on each text. */
export function recordsOf<S extends SectionRows>(
  rows: S,
  sections: readonly Section[],
  resolve: (text: string) => string = text => text,
): RecordOf<S>[] {
  return sections.map(section => recordOf(rows, section, resolve));
}

function recordOf<S extends SectionRows>(rows: S, section: Section, resolve: (text: string) => string): RecordOf<S> {
  const record: Record<string, SettingValue | object> = {};
  for (const [key, row] of Object.entries(rows.rows)) {
    if (row.kind === 'list') record[key] = recordsOf(row.section, section.lists.get(key) ?? [], resolve);
    else if (row.kind !== 'alias' && row.kind !== 'dictionary') {
      const text = section.values.get(key)?.text ?? row.defaultText;
      record[key] = text === undefined ? undefined : settingValue(row, resolve(text));
    }
  }
  return record as RecordOf<S>; // each row has given what its type says
}
