/**
 * postalias(1): builds, asks, lists and changes alias databases. The exit status is 0 when something was done or found,
 * 1 when not, and with an error.
 */
import type {Tool} from '../core/base/tool.ts';
import {aliasLines} from '../core/table/alias-lines.ts';
import {readTableArguments} from './table-arguments.ts';
import {listEntries, queryMany, queryOne} from './table-queries.ts';
import {removeEntries, updateTables} from './table-updates.ts';

export const postalias: Tool = {
  name: 'postalias',
  summary: 'alias database management',
  usage: ['[-Nfinoprsuvw] [-c config_dir] [-d key] [-q key] [map_type:]file...'],
  options: [
    {flag: '-c DIR', text: 'The configuration directory.'},
    {flag: '-d KEY', text: 'Remove the entry of a key; - reads keys from standard input.'},
    {flag: '-f', text: 'Do not fold keys to lower case.'},
    {flag: '-i', text: 'Add the entries on standard input to the database.'},
    {flag: '-n, -N', text: 'Store, and look for, keys without or with a terminating zero byte.'},
    {flag: '-o', text: 'Keep the rights of root when the source belongs to another user.'},
    {flag: '-p', text: 'Do not restrict the new file as its source is.'},
    {flag: '-q KEY', text: 'Look up a key; - reads keys from standard input.'},
    {flag: '-r', text: 'Replace existing entries without a warning.'},
    {flag: '-s', text: 'List all entries.'},
    {flag: '-u', text: 'Do not require UTF-8.'},
    {flag: '-v', text: 'Accepted and ignored.'},
    {flag: '-w', text: 'Leave existing entries alone without a warning.'},
  ],
  description: [
    'The format of the source file is that of aliases(5). A database is built as a new file that replaces the old one ' +
      'when it is complete and on disk.',
  ],
  async main(argv, stdio) {
    const given = readTableArguments(postalias, 'Nc:d:finopq:rsuvw', argv, stdio);
    const {config, context, query, removal, flags} = given;
    if (removal !== undefined) return removeEntries(given, removal, stdio);
    if (query === '-') return queryMany(given, ':\t', stdio);
    if (query !== undefined) return queryOne(given, query, stdio);
    if (flags.has('s')) return listEntries(given, ':\t', stdio);
    const {utf8 = true, warn} = context;
    /** What Sendmail and NIS look for to tell an alias database, its age and its master. */
    const extra = (): [string, string][] => [
      ['@', '@'],
      ['YP_LAST_MODIFIED', String(Math.floor(Date.now() / 1000))],
      ['YP_MASTER_NAME', config.get('myhostname')],
    ];
    return updateTables(given, {read: (text, file) => aliasLines(text, {file, utf8, warn}), extra}, stdio);
  },
};
