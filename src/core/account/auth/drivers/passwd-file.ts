/**
 * passdb and userdb `passwd-file`: `args = scheme=X username_format=%u /path`. The path may hold %variables: a file for each domain.
 */
import {splitFields} from '../fields.ts';
import type {Passdb} from '../passdb.ts';
import type {AuthRequest} from '../request.ts';
import type {Userdb} from '../userdb.ts';
import type {DriverContext} from './driver-context.ts';
import type {UsersFile, UsersLine} from './users-file.ts';
import type {UsersFiles} from './users-files.ts';

interface PasswdFileArgs {
  readonly scheme: string;
  readonly usernameFormat: string;
  readonly path: string;
}

const TITLE = 'passwd-file';

export function passwdFilePassdb(args: string, context: DriverContext): Passdb {
  const parsed = parseArgs(args);
  const files = context.usersFiles(parsed.path);
  return {
    title: TITLE,
    defaultScheme: parsed.scheme,
    lookup(request) {
      const line = findLine(parsed, request, files);
      if (line === undefined) return {kind: 'unknown'};
      if (line === 'missing') return {kind: 'unknown', isTold: true};
      return {kind: 'found', password: line.password ?? '', fields: splitFields(line.extra)};
    },
    stored: hasVariables(parsed) ? undefined : storedPasswords(files.open(parsed.path)),
  };
}

export function passwdFileUserdb(args: string, context: DriverContext): Userdb {
  const parsed = parseArgs(args);
  const files = context.usersFiles(parsed.path);
  files.checksIds = true;
  return {
    title: TITLE,
    lookup(request) {
      const line = findLine(parsed, request, files);
      if (line === undefined) return {kind: 'unknown'};
      if (line === 'missing' || !line.hasUser) return {kind: 'unknown', isTold: true};
      return {kind: 'found', fields: userFields(line, request)};
    },
    list() {
      if (hasVariables(parsed))
        throw new Error("passwd-file: User iteration isn't currently supported with %variable paths");
      return files.open(parsed.path).names(context.settings.userdbs.length > 1); // as Dovecot does
    },
  };
}

function hasVariables({path}: PasswdFileArgs): boolean {
  return path.includes('%');
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

/** `missing`: there is no file; the log has it. Throws when it can't be read. */
function findLine(args: PasswdFileArgs, request: AuthRequest, files: UsersFiles): UsersLine | 'missing' | undefined {
  const file = files.open(request.expand(args.path, value => value.replaceAll('/', '?')));
  const name = request.expand(args.usernameFormat);
  request.debug(TITLE, `lookup: user=${name} file=${file.path}`);
  const line = file.find(name);
  if (line === 'missing') request.info(undefined, `missing passwd file: ${file.path}`);
  return line;
}

function* userFields({uid, gid, home, extra}: UsersLine, request: AuthRequest): Iterable<readonly [string, string]> {
  if (uid !== undefined) yield ['uid', String(uid)];
  if (gid !== undefined) yield ['gid', String(gid)];
  if (home !== '') yield ['home', home];
  for (const [name, value] of splitFields(extra)) {
    if (!name.startsWith('userdb_')) continue;
    yield [name.slice('userdb_'.length), request.expand(value)];
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
