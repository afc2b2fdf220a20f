/**
 * Which instance a command is for, and its directory tree: everything of a mail system lives below one root, laid out
 * like a small host (etc/postfix, var/spool/postfix, var/mail, home, ...).
 *
 * What an instance of its own misses is made by whichever command comes first; a file that exists is never touched.
 * The system's instance (root `/`) is the administrator's: nothing is made there.
 */
import {chmodSync, existsSync, linkSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {resolve} from 'node:path';
import {describe, FatalError, systemCode} from '../base/errors.ts';
import {firstFiles} from './first-files.ts';

export interface Instance {
  /** `/`, or the directory above `etc/postfix`, without trailing slash. */
  readonly root: string;
  /** Where main.cf and master.cf are, as the caller named it. */
  readonly configDirectory: string;
  /** The caller named the configuration directory (`-c`, MAIL_CONFIG): a missing main.cf is then an error. */
  readonly isNamed: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The root is $POSTHORN_HOME, else what precedes `etc/postfix` in `-c` or $MAIL_CONFIG (`/` when they name another
 * kind of directory), else `/` for root on a host with an /etc/postfix/main.cf, else `~/.posthorn`.
 */
export function resolveInstance(configDirectoryOption: string | undefined, environment: Environment): Instance {
  const home = nonEmpty(environment['POSTHORN_HOME']);
  const named = configDirectoryOption ?? nonEmpty(environment['MAIL_CONFIG']);
  if (named !== undefined) {
    const root = home === undefined ? rootAbove(named) : resolve(home);
    return {root, configDirectory: named, isNamed: true};
  }
  const root = home === undefined ? usualRoot(environment) : resolve(home);
  return {root, configDirectory: root === '/' ? '/etc/postfix' : `${root}/etc/postfix`, isNamed: false};
}

/** An environment that names the instance, for parts that read it there. */
export function instanceEnvironment(configDirectoryOption: string | undefined, environment: Environment): Environment {
  const {root, configDirectory, isNamed} = resolveInstance(configDirectoryOption, environment);
  if (root === '/' && !isNamed) return environment;
  return {...environment, MAIL_CONFIG: resolve(configDirectory), ...(root === '/' ? {} : {POSTHORN_HOME: root})};
}

/** Makes the folders and files that are missing, unless the caller named a configuration directory without main.cf. */
export function ensureInstance(instance: Instance): void {
  const {root, configDirectory} = instance;
  if (root === '/') return;
  const hasConfiguration = existsSync(`${configDirectory}/main.cf`);
  if (instance.isNamed && !hasConfiguration) return;
  try {
    for (const [path, mode] of DIRECTORIES) ensureDirectory(`${root}/${path}`, mode);
    const hasDovecot = existsSync(`${root}/etc/dovecot/dovecot.conf`) || existsSync(`${root}/etc/dovecot.conf`);
    const hasAccounts = existsSync(`${root}/etc/aliases`) && existsSync(`${root}/etc/dovecot/users`);
    if (hasAccounts && hasDovecot && hasConfiguration) return;
    // Needed once in an instance's life.
    for (const [path, text] of firstFiles(root))
      if (!(hasDovecot && path === 'etc/dovecot/dovecot.conf'))
        ensureFile(`${root}/${path}`, text, path.endsWith('users') ? 0o600 : 0o644);
  } catch (fault) {
    // On a full or read-only disk whoever needs what is missing says so; only without configuration nothing works.
    if (!hasConfiguration) throw new FatalError(`make instance ${root}: ${describe(fault)}`, 1, {cause: fault});
  }
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function rootAbove(configDirectory: string): string {
  const path = resolve(configDirectory);
  if (!path.endsWith('/etc/postfix')) return '/';
  return path.slice(0, -'/etc/postfix'.length) || '/';
}

function usualRoot(environment: Environment): string {
  if (process.getuid?.() === 0 && existsSync('/etc/postfix/main.cf')) return '/';
  return `${resolve(nonEmpty(environment['HOME']) ?? homedir())}/.posthorn`;
}

/** What is the owner's alone, as Postfix has it; maildrop and public are open to the tools of other users. */
const DIRECTORIES: readonly (readonly [string, number])[] = [
  ['etc/postfix', 0o755],
  ['etc/dovecot', 0o755],
  ['var/spool/postfix', 0o755],
  ...['active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold', 'incoming', 'private', 'saved', 'trace'].map(
    name => [`var/spool/postfix/${name}`, 0o700] as const,
  ),
  ['var/spool/postfix/maildrop', 0o1730],
  ['var/spool/postfix/public', 0o710],
  ['var/spool/postfix/pid', 0o755],
  ['var/mail', 0o755],
  ['var/lib/postfix', 0o700],
  ['var/log', 0o755],
  ['home', 0o755],
  ['run', 0o755],
];

function ensureDirectory(path: string, mode: number): void {
  if (existsSync(path)) return;
  mkdirSync(path, {recursive: true});
  chmodSync(path, mode);
}

/** Several commands may come first at the same time: the file appears whole, and once. */
function ensureFile(path: string, text: string, mode: number): void {
  if (existsSync(path)) return;
  const temporary = `${path}.tmp${process.pid}`;
  writeFileSync(temporary, text, {encoding: 'latin1', mode});
  try {
    linkSync(temporary, path);
  } catch (fault) {
    if (systemCode(fault) !== 'EEXIST') throw fault;
  } finally {
    rmSync(temporary, {force: true});
  }
}
