/**
 * All settings of dovecot.conf, by the modules that read them, in the order in which `doveconf -S` prints them. A name
 * may be read by several modules; the first one's row counts.
 */
import {nearestWord} from '../../base/nearest.ts';
import {dictRows, directorRows, doveadmRows, aggregatorRows, oldStatsRows} from './rows/administration.ts';
import {replicatorRows, statsRows} from './rows/administration.ts';
import {authRows} from './rows/auth.ts';
import {ldaRows, lmtpRows, smtpSubmitRows} from './rows/delivery.ts';
import {imapRows, imapUrlauthRows, imapUrlauthWorkerRows} from './rows/imap.ts';
import {imapLoginRows, imapUrlauthLoginRows, loginRows, managesieveLoginRows, pop3LoginRows} from './rows/login.ts';
import {submissionLoginRows} from './rows/login.ts';
import {fsCryptRows, mailStorageRows, mailUserRows, maildirRows, mboxRows, mdboxRows} from './rows/mail.ts';
import {quotaStatusRows} from './rows/mail.ts';
import {pop3Rows} from './rows/pop3.ts';
import {imapcRows, pop3cRows} from './rows/remote-storage.ts';
import {masterRows, masterServiceRows} from './rows/service.ts';
import {managesieveRows} from './rows/sieve.ts';
import {masterServiceSslRows, masterServiceSslServerRows} from './rows/ssl.ts';
import {submissionRows} from './rows/submission.ts';
import type {Row, SectionRows, ValueRow} from './setting-row.ts';

/** `needs` are the modules whose settings this one reads too. */
export interface SettingModule {
  readonly name: string;
  readonly needs: readonly string[];
  readonly rows: Readonly<Record<string, Row>>;
}

/** Every process reads these. */
const everywhere = masterServiceRows;

export const settingModules: readonly SettingModule[] = [
  loginRows,
  managesieveLoginRows,
  managesieveRows,
  everywhere,
  masterServiceSslRows,
  masterServiceSslServerRows,
  smtpSubmitRows,
  aggregatorRows,
  authRows,
  dictRows,
  directorRows,
  doveadmRows,
  fsCryptRows,
  imapLoginRows,
  imapRows,
  imapUrlauthLoginRows,
  imapUrlauthRows,
  imapUrlauthWorkerRows,
  imapcRows,
  ldaRows,
  lmtpRows,
  mailStorageRows,
  mailUserRows,
  maildirRows,
  masterRows,
  mboxRows,
  mdboxRows,
  oldStatsRows,
  pop3LoginRows,
  pop3Rows,
  pop3cRows,
  quotaStatusRows,
  replicatorRows,
  statsRows,
  submissionLoginRows,
  submissionRows,
];

type AllRows = typeof submissionRows.rows &
  typeof submissionLoginRows.rows &
  typeof statsRows.rows &
  typeof replicatorRows.rows &
  typeof pop3cRows.rows &
  typeof pop3Rows.rows &
  typeof oldStatsRows.rows &
  typeof mdboxRows.rows &
  typeof mboxRows.rows &
  typeof masterRows.rows &
  typeof maildirRows.rows &
  typeof mailUserRows.rows &
  typeof mailStorageRows.rows &
  typeof lmtpRows.rows &
  typeof ldaRows.rows &
  typeof imapcRows.rows &
  typeof imapUrlauthRows.rows &
  typeof imapRows.rows &
  typeof imapLoginRows.rows &
  typeof doveadmRows.rows &
  typeof directorRows.rows &
  typeof dictRows.rows &
  typeof authRows.rows &
  typeof aggregatorRows.rows &
  typeof smtpSubmitRows.rows &
  typeof masterServiceSslServerRows.rows &
  typeof masterServiceSslRows.rows &
  typeof masterServiceRows.rows &
  typeof managesieveRows.rows &
  typeof managesieveLoginRows.rows &
  typeof loginRows.rows;

/** Names of settings with a single value, and what `get` answers for them. */
export type SettingName = {
  [K in keyof AllRows]: AllRows[K] extends ValueRow ? K : never;
}[keyof AllRows];
export type ValueOf<K extends SettingName> = AllRows[K] extends ValueRow<infer T> ? T : never;

/** All that may stand outside of sections. */
export const rootRows: SectionRows = {nameKey: '', rows: mergedRows()};

function mergedRows(): Record<string, Row> {
  const rows: Record<string, Row> = Object.create(null) as Record<string, Row>; // asked with foreign keys
  for (const module of settingModules) for (const [key, row] of Object.entries(module.rows)) rows[key] ??= row;
  return rows;
}

/** The row of a key, following aliases: its proper key too. */
export function findRow(
  section: SectionRows,
  key: string,
): {readonly key: string; readonly row: Exclude<Row, {kind: 'alias'}>} | undefined {
  const row = Object.hasOwn(section.rows, key) ? section.rows[key] : undefined;
  if (row === undefined) return undefined;
  return row.kind === 'alias' ? findRow(section, row.target) : {key, row};
}

/** What `doveconf -m NAME` shows: the module, what it needs, and what every process reads. */
export function modulesOf(name: string): readonly SettingModule[] {
  const wanted = new Set([name]);
  for (const each of wanted)
    for (const module of settingModules) if (module.name === each) for (const need of module.needs) wanted.add(need);
  return settingModules.filter(module => module === everywhere || wanted.has(module.name));
}

/** What is set before any file says anything: the sieve capabilities that the ManageSieve server announces at its login. */
export const presets: ReadonlyMap<string, string> = new Map([
  ['managesieve_notify_capability', 'mailto'],
  [
    'managesieve_sieve_capability',
    'fileinto reject envelope encoded-character vacation subaddress comparator-i;ascii-numeric relational regex ' +
      'imap4flags copy include variables body enotify environment mailbox date index ihave duplicate mime ' +
      'foreverypart extracttext',
  ],
]);

/** Whether the auth processes read it: they know no filters but the protocol. */
export function isAuthSetting(key: string): boolean {
  return Object.hasOwn(authRows.rows, key);
}

/** The name that a misspelt one is nearest to. */
export function nearestSetting(name: string): string | undefined {
  return nearestWord(name, Object.keys(rootRows.rows));
}
