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
}

interface Parsed {
  readonly lines: ReadonlyMap<string, UsersLine>;
  /** By names in lower case, where they are looked for. */
  readonly folded: ReadonlyMap<string, UsersLine>;
  readonly isThere: boolean;
}

export class UsersFile {
  readonly path: string;
  /** A userdb reads it. */
  checksIds = false;
  readonly #log: AuthLog;
  readonly #settings: AuthSettings;
  readonly #system: SystemUsers;
  readonly #file: WatchedFile<Parsed>;

  constructor(path: string, log: AuthLog, system: SystemUsers, settings: AuthSettings) {
    this.path = path;
    this.#log = log;
    this.#system = system;
    this.#settings = settings;
    this.#file = new WatchedFile(path, text => this.#parse(text));
  }

  /** By name, in the order of the file. A missing file is empty. */
  lines(): ReadonlyMap<string, UsersLine> {
    return this.#file.get().lines;
  }

  find(name: string): UsersLine | undefined {
    const {lines, folded} = this.#file.get();
    return lines.get(name) ?? folded.get(name);
  }

  get isThere(): boolean {
    return this.#file.get().isThere;
  }

  #parse(text: string | undefined): Parsed {
    const lines = new Map<string, UsersLine>();
    for (const row of (text ?? '').split('\n')) {
      if (row === '' || row.startsWith('#') || row.startsWith(':')) continue;
      const line = this.#parseLine(row.replace(/\r$/, ''));
      if (line !== undefined && !lines.has(line.name)) lines.set(line.name, line);
      else if (line !== undefined) this.#complain(`User ${line.name} exists more than once`);
    }
    if (this.#settings.isDebug) this.#log.debug?.(`passwd-file ${this.path}:Read ${lines.size} users in 0 secs`);
    const folded = new Map<string, UsersLine>();
    if (this.#settings.findsMixedCase)
      for (const line of [...lines.values()].reverse()) folded.set(line.name.toLowerCase(), line);
    return {lines, folded, isThere: text !== undefined};
  }

  #parseLine(row: string): UsersLine | undefined {
    const [name = '', password, uid = '', gid = '', , home = '', , ...extra] = row.split(':');
    const ids = this.checksIds ? this.#ids(name, uid, gid) : {uid: undefined, gid: undefined};
    if (ids === undefined) return undefined;
    return {
      name,
      password: password === undefined ? undefined : withScheme(password),
      ...ids,
      home,
      extra: extra.join(':'),
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
