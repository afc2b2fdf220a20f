/**
 * passdb and userdb `passwd-file`: `args = scheme=X username_format=%u /path`. The path may hold %variables: a file for each domain.
 */
import {expandPercent} from '../percent.ts';
import {splitFields} from '../fields.ts';
import type {Passdb} from '../passdb.ts';
import type {AuthRequest} from '../request.ts';
import type {Userdb} from '../userdb.ts';
import type {DriverContext} from './driver-context.ts';
import type {UsersFile, UsersLine} from './users-file.ts';

interface PasswdFileArgs {
  readonly scheme: string;
  readonly usernameFormat: string;
  readonly path: string;
}

const TITLE = 'passwd-file';

export function passwdFilePassdb(args: string, context: DriverContext): Passdb {
  const parsed = parseArgs(args);
  return {
    title: TITLE,
    defaultScheme: parsed.scheme,
    lookup(request) {
      const line = findLine(parsed, request, path => context.usersFile(path));
      if (typeof line === 'string') return {kind: 'broken', text: line};
      return line === undefined
        ? {kind: 'unknown'}
        : {kind: 'found', password: line.password, fields: splitFields(line.extra)};
    },
    stored: parsed.path.includes('%') ? undefined : storedPasswords(context.usersFile(parsed.path)),
  };
}

export function passwdFileUserdb(args: string, context: DriverContext): Userdb {
  const parsed = parseArgs(args);
  const open = (path: string): UsersFile => {
    const file = context.usersFile(path);
    file.checksIds = true;
    return file;
  };
  if (!parsed.path.includes('%')) open(parsed.path);
  return {
    title: TITLE,
    lookup(request) {
      const line = findLine(parsed, request, open);
      if (typeof line === 'string') return {kind: 'broken', text: line};
      if (line !== undefined) return {kind: 'found', fields: userFields(line, request)};
      request.info(TITLE, 'unknown user');
      return {kind: 'unknown'};
    },
    ...(parsed.path.includes('%') ? {} : {list: () => open(parsed.path).lines().keys()}),
  };
}

function parseArgs(args: string): PasswdFileArgs {
  const [, options = '', path = ''] = /^((?:(?:scheme|username_format)=\S*\s+)*)(.*)$/s.exec(args.trim()) ?? [];
  const given = new Map(splitFields(options));
  return {
    scheme: given.get('scheme') ?? 'CRYPT',
    usernameFormat: given.get('username_format') ?? '%u',
    path,
  };
}

/** A text: why it can't be looked up. */
function findLine(
  {path, usernameFormat}: PasswdFileArgs,
  request: AuthRequest,
  open: (path: string) => UsersFile,
): UsersLine | string | undefined {
  const variables = request.variables();
  const safe = new Map([...variables].map(([name, value]) => [name, value.replaceAll('/', '?')] as const));
  const file = open(path.includes('%') ? expandPercent(path, safe) : path);
  const name = expandPercent(usernameFormat, variables);
  request.debug(TITLE, `lookup: user=${name} file=${file.path}`);
  const line = file.find(name);
  if (line === undefined && !file.isThere && !path.includes('%'))
    return `stat(${file.path}) failed: No such file or directory`;
  return line;
}

function* userFields({uid, gid, home, extra}: UsersLine, request: AuthRequest): Iterable<readonly [string, string]> {
  if (uid !== undefined) yield ['uid', String(uid)];
  if (gid !== undefined) yield ['gid', String(gid)];
  if (home !== '') yield ['home', home];
  let variables: ReadonlyMap<string, string> | undefined;
  for (const [name, value] of splitFields(extra)) {
    if (!name.startsWith('userdb_')) continue;
    variables ??= request.variables();
    yield [name.slice('userdb_'.length), value.includes('%') ? expandPercent(value, variables) : value];
  }
}

function storedPasswords(file: UsersFile): NonNullable<Passdb['stored']> {
  return {
    get version() {
      return file.lines();
    },
    *all() {
      for (const {password} of file.lines().values()) yield password ?? '';
    },
  };
}
