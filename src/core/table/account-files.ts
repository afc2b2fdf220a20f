/**
 * unix:passwd.byname and unix:group.byname: the lines of /etc/passwd and /etc/group; name services are not asked. In an
 * instance of its own, the users are those mail is delivered to there: its own accounts, and whoever runs it.
 */
import {existsSync} from 'node:fs';
import {userInfo} from 'node:os';
import {type TableContext, type TableType, warnOf} from './context.ts';
import {FollowedFile} from './followed-file.ts';
import {type Table, TableError} from './table.ts';

const FILES: ReadonlyMap<string, string> = new Map([
  ['passwd.byname', '/etc/passwd'],
  ['group.byname', '/etc/group'],
]);

export const unix: TableType = {
  type: 'unix',
  summary: 'the lines of the user and group files: unix:passwd.byname, unix:group.byname',
  open(argument, context) {
    const name = `unix:${argument}`;
    const path = FILES.get(argument);
    if (path === undefined) throw new TableError(name, `unknown table: ${name}`);
    const system = openAccountFile(name, path, context);
    const root = context.config?.root ?? '/';
    return root === '/' || argument !== 'passwd.byname' ? system : ofInstance(system, root, context);
  },
};

function ofInstance(system: Table, root: string, context: TableContext): Table {
  const path = `${root}/etc/dovecot/users`;
  const caller = userInfo().username.toLowerCase();
  let own: Table | undefined;
  return {
    ...system,
    lookup(key) {
      own ??= existsSync(path) ? openAccountFile(system.name, path, context) : undefined;
      return own?.lookup(key) ?? (key === caller ? system.lookup(key) : undefined);
    },
  };
}

function openAccountFile(name: string, path: string, context: TableContext): Table {
  const file = new FollowedFile({
    path,
    table: name,
    opening: 'open ',
    load: bytes => linesByName(bytes.toString('latin1')),
    warn: warnOf(context),
    now: context.now,
  });
  const lookup = (key: string): {value: string; file: string} | undefined => {
    const value = file.current.get(key);
    return value === undefined ? undefined : {value, file: path};
  };
  return {name, isPattern: false, lookup, close() {}};
}

function linesByName(content: string): ReadonlyMap<string, string> {
  const lines = new Map<string, string>();
  for (const line of content.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !lines.has(line.slice(0, colon))) lines.set(line.slice(0, colon), line);
  }
  return lines;
}
