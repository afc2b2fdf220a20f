/** newaliases(1): makes the databases that alias_database names. */
import {FatalError} from '../core/base/errors.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {runGuarded} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import {splitList} from '../core/table/braces.ts';
import {MapSession, runMaps} from './map-actions.ts';
import {openToolConfig} from './open-config.ts';
import {databaseEntries} from './postalias.ts';

export const newaliases: Tool = {
  name: 'newaliases',
  summary: 'make the alias databases',
  usage: ['[-C DIR] [-oA LIST]'],
  options: [
    {flag: '-C DIR', text: 'The configuration directory.'},
    {flag: '-oA LIST', text: 'These databases instead of those of alias_database.'},
    {flag: '-v', text: 'Accepted and ignored.'},
  ],
  main(argv, stdio) {
    const reader = new OptionReader(argv, 'C:o:Iv');
    let directory: string | undefined;
    let list: string | undefined;
    for (let read = reader.next(); read !== undefined; read = reader.next()) {
      if (read.option === 'C') directory = read.value;
      else if (read.option === 'o' && read.value.startsWith('A')) list = read.value.slice(1);
      else if (read.option === '?' || read.option === ':') throw new FatalError('usage: newaliases [options]', 64);
    }
    return rebuildAliases(openToolConfig(directory, stdio.env), stdio, list);
  },
};

/** What `sendmail -bi` does too: postalias for each database, `list` or those of alias_database. */
export function rebuildAliases(config: Config, stdio: Stdio, list?: string): Promise<number> {
  const maps = splitList(list ?? config.get('alias_database'));
  if (maps.length === 0) return Promise.resolve(0);
  const options = {
    directory: undefined,
    deleteKey: undefined,
    queryKey: undefined,
    lists: false,
    flags: new Set<string>(),
    maps,
  };
  const tool = {...newaliases, name: 'postalias'};
  const main = (): Promise<number> => runMaps(new MapSession('postalias', options, config, stdio), databaseEntries);
  return runGuarded({...tool, main}, [], stdio);
}
