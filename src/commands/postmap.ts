/** postmap(1): makes, asks and lists look-up tables. */
import {FatalError} from '../core/base/errors.ts';
import type {Tool} from '../core/base/tool.ts';
import {entryLines} from '../core/table/entry-lines.ts';
import {MapSession, type ReadEntries, runMaps} from './map-actions.ts';
import {readMapOptions} from './map-options.ts';
import {openToolConfig} from './open-config.ts';

const USAGE = '[-bfFhimnNoprsuUvw] [-c config_dir] [-d key] [-q key] [map_type:]file...';

export const postmap: Tool = {
  name: 'postmap',
  summary: 'make and ask look-up tables',
  usage: [USAGE],
  options: [
    {flag: '-c DIR', text: 'The configuration directory.'},
    {flag: '-d KEY', text: 'Delete an entry; `-` reads keys from standard input.'},
    {flag: '-f', text: 'Do not fold keys to lower case.'},
    {flag: '-F', text: 'Values are names of files, whose content is stored.'},
    {flag: '-i', text: 'Add entries read from standard input.'},
    {flag: '-n, -N', text: 'Without, with a zero byte at the end of keys and values (with is the default).'},
    {flag: '-o', text: 'Keep the rights of root while files of others are made.'},
    {flag: '-p', text: 'Do not give the database the mode of its source.'},
    {flag: '-q KEY', text: 'Look up a key; `-` reads keys from standard input.'},
    {flag: '-r, -w', text: 'Replace entries that are there already; leave them without a warning.'},
    {flag: '-s', text: 'List all entries.'},
    {flag: '-u, -U', text: 'Turn UTF-8 off, on.'},
    {flag: '-v', text: 'Accepted and ignored.'},
  ],
  description: ['-b, -h and -m, which ask for the lines of a message, are not supported yet.'],
  main(argv, stdio) {
    const options = readMapOptions('postmap', 'bc:d:fFhimnNopq:rsuUvw', USAGE, argv, stdio);
    if (['b', 'h', 'm'].some(flag => options.flags.has(flag)))
      throw new FatalError('-b, -h and -m are not supported yet');
    return runMaps(
      new MapSession('postmap', options, openToolConfig(options.directory, stdio.env), stdio),
      readEntries,
    );
  },
};

const readEntries: ReadEntries = (content, file, session) =>
  entryLines(content, {
    file,
    utf8: session.utf8,
    valuesAreFiles: session.options.flags.has('F'),
    saysIgnoring: false,
    warn: session.warn,
  });
