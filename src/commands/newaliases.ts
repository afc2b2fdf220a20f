/** newaliases(1): builds the databases of postconf(5) alias_database, as `sendmail -bi` does. Silent when all is well. */
import {type Stdio, type Tool, runGuarded} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import {splitList} from '../core/table/braces.ts';

export const newaliases: Tool = {
  name: 'newaliases',
  summary: 'build the alias databases',
  usage: [''],
  options: [],
  description: ['The same as sendmail -bi; options are those of sendmail(1).'],
  async main(argv, stdio) {
    const {sendmail} = await import('./sendmail.ts');
    return sendmail.main(['-bi', ...argv], stdio);
  },
};

/** Builds the databases of `list`, else those of alias_database; faults are printed as postalias(1) does. */
export async function rebuildAliases(config: Config, stdio: Stdio, list?: string): Promise<number> {
  const databases = splitList(list ?? config.get('alias_database'));
  if (databases.length === 0) return 0;
  const {postalias} = await import('./postalias.ts');
  return runGuarded(postalias, ['-c', config.directory, ...databases], stdio);
}
