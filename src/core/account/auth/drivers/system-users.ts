/** Users and groups of the system: passwd(5) and group(5). Throws when they can't be read. */
import {parsePasswd, type PasswdLine} from '../../passwd-file.ts';
import {WatchedFile} from './watched-file.ts';

export class SystemUsers {
  readonly #passwd: WatchedFile<ReadonlyMap<string, PasswdLine>>;
  readonly #group: WatchedFile<ReadonlyMap<string, number>>;

  constructor(passwdFile = '/etc/passwd', groupFile = '/etc/group') {
    this.#passwd = new WatchedFile(passwdFile, text => parsePasswd(text ?? ''));
    this.#group = new WatchedFile(groupFile, text => parseGroups(text ?? ''));
  }

  user(name: string): PasswdLine | undefined {
    return this.#passwd.get().get(name);
  }

  users(): Iterable<PasswdLine> {
    return this.#passwd.get().values();
  }

  /** A number, or the name of a user; undefined: neither. */
  uid(text: string): number | undefined {
    return numberOf(text) ?? this.user(text)?.uid;
  }

  gid(text: string): number | undefined {
    return numberOf(text) ?? this.#group.get().get(text);
  }
}

function numberOf(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) < 0xffffffff ? Number(text) : undefined;
}

function parseGroups(text: string): ReadonlyMap<string, number> {
  const groups = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [name = '', , gid = ''] = line.split(':', 3);
    const number = numberOf(gid);
    if (name !== '' && number !== undefined && !groups.has(name)) groups.set(name, number);
  }
  return groups;
}
