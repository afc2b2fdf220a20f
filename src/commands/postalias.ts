/** postalias(1): makes, asks and lists alias databases. */
import type {Tool} from '../core/base/tool.ts';
import {aliasLines} from './alias-lines.ts';
import {MapSession, type ReadEntries, runMaps} from './map-actions.ts';
import {readMapOptions} from './map-options.ts';
import {openToolConfig} from './open-config.ts';

const USAGE = '[-Nfinoprsuvw] [-c config_dir] [-d key] [-q key] [map_type:]file...';

export const postalias: Tool = {
  name: 'postalias',
  summary: 'make and ask alias databases',
  usage: [USAGE],
  options: [
    {flag: '-c DIR', text: 'The configuration directory.'},
    {flag: '-d KEY', text: 'Delete an entry; `-` reads keys from standard input.'},
    {flag: '-f', text: 'Do not fold keys to lower case.'},
    {flag: '-i', text: 'Add entries read from standard input.'},
    {flag: '-n, -N', text: 'Without, with a zero byte at the end of keys and values (with is the default).'},
    {flag: '-o', text: 'Keep the rights of root while files of others are made.'},
    {flag: '-p', text: 'Do not give the database the mode of its source.'},
    {flag: '-q KEY', text: 'Look up a key; `-` reads keys from standard input.'},
    {flag: '-r, -w', text: 'Replace entries that are there already; leave them without a warning.'},
    {flag: '-s', text: 'List all entries.'},
    {flag: '-u', text: 'Turn UTF-8 off.'},
    {flag: '-v', text: 'Accepted and ignored.'},
  ],
  main(argv, stdio) {
    const options = readMapOptions('postalias', 'Nc:d:finopq:rsuvw', USAGE, argv, stdio);
    const session = new MapSession('postalias', options, openToolConfig(options.directory, stdio.env), stdio);
    return runMaps(session, databaseEntries);
  },
};

/** Sendmail's and NIS's own entries come behind those of a whole file. */
export const databaseEntries: ReadEntries = function* (content, file, session) {
  yield* aliasLines(content, file, session);
  if (session.options.flags.has('i')) return;
  yield {key: '@', value: '@', exact: true};
  yield {key: 'YP_LAST_MODIFIED', value: String(Math.floor(Date.now() / 1000)).padStart(10, '0'), exact: true};
  yield {key: 'YP_MASTER_NAME', value: session.config.get('myhostname'), exact: true};
};
