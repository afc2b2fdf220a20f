/**
 * postmap(1): builds, asks, lists and changes look-up tables. The exit status is 0 when something was done or found,
 * 1 when not, and with an error.
 */
import type {Tool} from '../core/base/tool.ts';
import {entryLines} from '../core/table/entry-lines.ts';
import {readTableArguments} from './table-arguments.ts';
import {listEntries, queryMany, queryOne} from './table-queries.ts';
import {removeEntries, updateTables} from './table-updates.ts';

export const postmap: Tool = {
  name: 'postmap',
  summary: 'look-up table management',
  usage: ['[-bfFhimnNoprsuUvw] [-c config_dir] [-d key] [-q key] [map_type:]file...'],
  options: [
    {flag: '-b', text: 'With -q -, standard input is a message and the lines of its body are the keys.'},
    {flag: '-c DIR', text: 'The configuration directory.'},
    {flag: '-d KEY', text: 'Remove the entry of a key; - reads keys from standard input.'},
    {flag: '-f', text: 'Do not fold keys to lower case.'},
    {flag: '-F', text: 'Values name files, whose content is stored as base64; it is decoded when asked for.'},
    {flag: '-h', text: 'With -q -, standard input is a message and its headers are the keys.'},
    {flag: '-i', text: 'Add the entries on standard input to the table.'},
    {flag: '-m', text: 'With -b and -h, follow MIME structure.'},
    {flag: '-n, -N', text: 'Store, and look for, keys without or with a terminating zero byte.'},
    {flag: '-o', text: 'Keep the rights of root when the source belongs to another user.'},
    {flag: '-p', text: 'Do not restrict the new file as its source is.'},
    {flag: '-q KEY', text: 'Look up a key; - reads keys from standard input.'},
    {flag: '-r', text: 'Replace existing entries without a warning.'},
    {flag: '-s', text: 'List all entries.'},
    {flag: '-u, -U', text: 'Do not require UTF-8; require it with -b and -h too.'},
    {flag: '-v', text: 'Accepted and ignored.'},
    {flag: '-w', text: 'Leave existing entries alone without a warning.'},
  ],
  description: [
    'A table is built as a new file that replaces the old one when it is complete and on disk.',
    'Without -q, -d and -s each table is built from its source file, of the same name without suffix.',
  ],
  async main(argv, stdio) {
    const given = readTableArguments(postmap, 'bc:d:fFhimnNopq:rsuUvw', argv, stdio);
    const {context, query, removal, flags} = given;
    if (removal !== undefined) return removeEntries(given, removal, stdio);
    if (query === '-') return queryMany(given, '\t', stdio);
    if (query !== undefined) return queryOne(given, query, stdio);
    if (flags.has('s')) return listEntries(given, '\t', stdio);
    const [utf8, valuesAreFiles] = [context.utf8 === true, context.valuesAreFiles === true];
    const options = {utf8, valuesAreFiles, saysIgnoring: false, warn: context.warn};
    return updateTables(given, {read: (text, file) => entryLines(text, {...options, file}), extra: () => []}, stdio);
  },
};
