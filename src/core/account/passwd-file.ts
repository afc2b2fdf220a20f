/**
 * A file of accounts: passwd(5), or Dovecot's passwd-file, which has the same first seven fields. Read again when it
 * changes; a missing file has no accounts. A line that can't be used (no numeric ids in passwd(5)) is left out.
 */
import {readFileSync, statSync, type Stats} from 'node:fs';
import {systemCode} from '../base/errors.ts';
import {toPath} from '../base/bytes.ts';

/** A line as it stands; undefined where the field is empty or missing. */
export interface PasswdLine {
  readonly name: string;
  /** As it stands: `{SCHEME}...`, `x`, ''. */
  readonly password: string;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
  /** Dovecot's eighth field: `name=value name=value`, colons and all. */
  readonly extra: string;
}

export class PasswdFile {
  readonly path: string;
  #version = '';
  #byName: ReadonlyMap<string, PasswdLine> = new Map();

  constructor(path: string) {
    this.path = path;
  }

  /** The accounts by name. Costs one stat(2), which reads nothing from disk while the file is in use. */
  entries(): ReadonlyMap<string, PasswdLine> {
    const found = statIfThere(this.path);
    const version = found === undefined ? '' : `${found.mtimeMs} ${found.size} ${found.ino}`;
    if (version === this.#version) return this.#byName;
    this.#byName = found === undefined ? new Map() : parsePasswd(readFileSync(toPath(this.path), 'latin1'));
    this.#version = version;
    return this.#byName;
  }
}

/** The first line of a name counts, as for getpwnam(3). */
export function parsePasswd(text: string): Map<string, PasswdLine> {
  const found = new Map<string, PasswdLine>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [name = '', password = '', uid = '', gid = '', gecos = '', home = '', shell = '', ...extra] = line.split(':');
    if (name === '' || found.has(name) || !isId(uid) || !isId(gid)) continue;
    const ids = {uid: idOf(uid), gid: idOf(gid)};
    found.set(name, {name, password, ...ids, gecos, home, shell: shell.trimEnd(), extra: extra.join(':').trim()});
  }
  return found;
}

function isId(text: string): boolean {
  return text === '' || (/^\d{1,10}$/.test(text) && Number(text) < 0xffffffff);
}

function idOf(text: string): number | undefined {
  return text === '' ? undefined : Number(text);
}

function statIfThere(path: string): Stats | undefined {
  try {
    return statSync(toPath(path));
  } catch (fault) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(fault) ?? '')) return undefined;
    throw fault;
  }
}
