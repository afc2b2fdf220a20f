/**
 * A passwd-file of Dovecot: `name:password:uid:gid:gecos:home:shell:extra fields`, all but the name may be missing. A line whose ids
 * can't be used is told of and left out, once a userdb reads the file.
 */
import type {AuthLog} from '../auth-log.ts';
import type {AuthSettings} from '../settings.ts';
import type {SystemUsers} from './system-users.ts';
import {WatchedFile} from './watched-file.ts';

export interface UsersLine {
  readonly name: string;
  /** `{SCHEME}...`; undefined: the line ends before it. */
  readonly password: string | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly home: string;
  readonly extra: string;
  /** The line has room for ids, whether they are there or not. */
  readonly hasUser: boolean;
}

export interface UsersFileKind {
  /** A userdb reads it. */
  readonly checksIds: boolean;
  /** One of many, for a domain that may have none; or an instance's own, before it has accounts. */
  readonly mayBeMissing: boolean;
}

interface Parsed {
  readonly lines: ReadonlyMap<string, UsersLine>;
  /** By names in lower case, where they are looked for. */
  readonly folded: ReadonlyMap<string, UsersLine>;
  readonly names: readonly string[];
  /** Of lines that have room for ids. */
  readonly userNames: readonly string[];
  readonly isThere: boolean;
}

export class UsersFile {
  readonly path: string;
  readonly #log: AuthLog;
  readonly #settings: AuthSettings;
  readonly #system: SystemUsers;
  readonly #file: WatchedFile<Parsed>;

  readonly #kind: UsersFileKind;
  #wasThere = false;

  constructor(kind: UsersFileKind, path: string, log: AuthLog, system: SystemUsers, settings: AuthSettings) {
    this.path = path;
    this.#kind = kind;
    this.#log = log;
    this.#system = system;
    this.#settings = settings;
    this.#file = new WatchedFile(path, text => this.#parse(text));
  }

  /** By name, in the order of the file. */
  lines(): ReadonlyMap<string, UsersLine> {
    return this.#file.get().lines;
  }

  /**
   * Every name as it stands in the file, for lists: also twice, also those whose line can't be used. `onlyUsers`: without those
   * whose line ends before the ids.
   */
  names(onlyUsers: boolean): readonly string[] {
    const {names, userNames, isThere} = this.#file.get();
    if (!isThere) throw new Error(`open(${this.path}) failed: No such file or directory`);
    return onlyUsers ? userNames : names;
  }

  /** `missing`: there is no file, and that may be so; else one that is not there is a fault. */
  find(name: string): UsersLine | 'missing' | undefined {
    const {lines, folded, isThere} = this.#file.get();
    const isFault = !isThere && !this.#kind.mayBeMissing && (this.#wasThere || !this.#kind.checksIds);
    if (isFault) throw new Error(`stat(${this.path}) failed: No such file or directory`);
    this.#wasThere = isThere;
    return isThere || this.#settings.findsMixedCase ? (lines.get(name) ?? folded.get(name)) : 'missing';
  }

  #parse(text: string | undefined): Parsed {
    const lines = new Map<string, UsersLine>();
    const names: string[] = [];
    const userNames: string[] = [];
    for (const row of (text ?? '').split('\n')) {
      if (row === '' || row.startsWith('#') || row.startsWith(':')) continue;
      const fields = row.replace(/\r$/, '').split(':');
      if (fields.length > 2) userNames.push(fields[0] ?? '');
      names.push(fields[0] ?? '');
      const line = this.#parseLine(fields);
      if (line !== undefined && !lines.has(line.name)) lines.set(line.name, line);
      else if (line !== undefined) this.#complain(`User ${line.name} exists more than once`);
    }
    if (this.#settings.isDebug) this.#log.debug?.(`passwd-file ${this.path}:Read ${lines.size} users in 0 secs`);
    const folded = new Map<string, UsersLine>();
    if (this.#settings.findsMixedCase)
      for (const line of [...lines.values()].reverse()) folded.set(line.name.toLowerCase(), line);
    return {lines, names, userNames, folded, isThere: text !== undefined};
  }

  #parseLine(fields: readonly string[]): UsersLine | undefined {
    const [name = '', password, uid, gid = '', , home = '', , ...extra] = fields;
    const ids = this.#kind.checksIds ? this.#ids(name, uid ?? '', gid) : {uid: undefined, gid: undefined};
    if (ids === undefined) return undefined;
    return {
      name,
      password: password === undefined ? undefined : withScheme(password),
      ...ids,
      home,
      extra: extra.join(':'),
      hasUser: uid !== undefined,
    };
  }

  #ids(
    name: string,
    uid: string,
    gid: string,
  ): {readonly uid: number | undefined; readonly gid: number | undefined} | undefined {
    const [user, group] = [
      uid === '' ? undefined : this.#system.uid(uid),
      gid === '' ? undefined : this.#system.gid(gid),
    ];
    if (uid !== '' && user === undefined) this.#log.error(`Invalid UID value '${uid}'`);
    if (uid !== '' && (user ?? 0) === 0) return this.#complain(`User ${name} has invalid UID '${uid}'`);
    if (gid !== '' && group === undefined) this.#log.error(`Invalid GID value '${gid}'`);
    if (gid !== '' && (group ?? 0) === 0) return this.#complain(`User ${name} has invalid GID '${gid}'`);
    return {uid: user, gid: group};
  }

  #complain(text: string): undefined {
    this.#log.error(`passwd-file ${this.path}:${text}`);
  }
}

/** libpam-pwdfile's `password[type]`: 34 is MD5, 56 was Dovecot's own for DIGEST-MD5, all else crypt(3). */
function withScheme(password: string): string {
  const [suffix, type] = /\[(\d\d)\]$/.exec(password) ?? [];
  if (suffix === undefined || password.startsWith('{') || password.startsWith('$')) return password;
  const scheme = type === '34' ? 'PLAIN-MD5' : type === '56' ? 'DIGEST-MD5' : 'CRYPT';
  return `{${scheme}}${password.slice(0, -suffix.length)}`;
}
