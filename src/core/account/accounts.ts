/**
 * Who may receive mail here (DESIGN "The instance"): the system's users when root runs the system's own instance, else
 * the caller and the accounts of `etc/dovecot/users`, who live below `home/`.
 *
 * Not found is undefined. Throws when the files can't be read: nobody is unknown then, the mail waits.
 */
import {readFileSync} from 'node:fs';
import {userInfo} from 'node:os';
import {join} from 'node:path';
import {toByteString} from '../base/bytes.ts';
import {PasswdFile, type PasswdLine} from './passwd-file.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
  /** Of passwd(5), not of the instance's own file. */
  readonly fromSystem: boolean;
}

export interface AccountsOptions {
  /** Root of the instance. */
  readonly root: string;
  /** Default: the process's own user. */
  readonly caller?: Account | undefined;
  readonly passwdFile?: string | undefined;
  readonly usersFile?: string | undefined;
}

export class Accounts {
  readonly #root: string;
  readonly #caller: Account;
  readonly #system: PasswdFile;
  readonly #own: PasswdFile | undefined;

  constructor(options: AccountsOptions) {
    this.#root = options.root;
    this.#caller = options.caller ?? callingUser(options.root);
    this.#system = new PasswdFile(options.passwdFile ?? '/etc/passwd');
    const isSystems = options.root === '/' && this.#caller.uid === 0;
    this.#own = isSystems ? undefined : new PasswdFile(options.usersFile ?? join(options.root, 'etc/dovecot/users'));
  }

  /** `name` as local(8) asks: folded to lower case by the caller of this. */
  lookup(name: string): Account | undefined {
    if (this.#own === undefined) return systemAccount(this.#system.entries().get(name));
    const line = this.#own.entries().get(name) ?? foldedEntry(this.#own.entries(), name);
    if (line !== undefined) return this.#ownAccount(line);
    return name === this.#caller.name.toLowerCase() ? this.#caller : undefined;
  }

  /** A user of the system, whatever instance this is: whom default_privs and master.cf's `user=` name. */
  systemUser(name: string): Account | undefined {
    return systemAccount(this.#system.entries().get(name)) ?? (name === this.#caller.name ? this.#caller : undefined);
  }

  /** Number of a group of group(5), for `user=name:group` in master.cf. */
  systemGroup(name: string): number | undefined {
    for (const line of readFileSync('/etc/group', 'latin1').split('\n')) {
      const [group, , gid] = line.split(':');
      if (group === name && gid !== undefined && /^\d+$/.test(gid)) return Number(gid);
    }
    return undefined;
  }

  byUid(uid: number): Account | undefined {
    if (uid === this.#caller.uid) return this.#caller;
    for (const line of this.#system.entries().values()) if (line.uid === uid) return systemAccount(line);
    return undefined;
  }

  #ownAccount(line: PasswdLine): Account {
    const {name, gecos, shell} = line;
    return {
      name,
      uid: line.uid ?? this.#caller.uid,
      gid: line.gid ?? this.#caller.gid,
      gecos,
      home: line.home === '' ? join(this.#root, 'home', name) : line.home,
      shell: shell === '' ? '/bin/sh' : shell,
      fromSystem: false,
    };
  }
}

/** passwd-file names may be in mixed case; Dovecot folds what is asked for (auth_username_format), so do we. */
function foldedEntry(entries: ReadonlyMap<string, PasswdLine>, name: string): PasswdLine | undefined {
  for (const [key, line] of entries) if (key.toLowerCase() === name) return line;
  return undefined;
}

function systemAccount(line: PasswdLine | undefined): Account | undefined {
  if (line?.uid === undefined || line.gid === undefined) return undefined;
  const {name, uid, gid, gecos, home, shell} = line;
  return {name, uid, gid, gecos, home, shell, fromSystem: true};
}

/**
 * The user who runs the instance. Their own home counts in their own instance (`~/.posthorn`); an instance elsewhere (a
 * test's, a project's) keeps everything in its one directory and touches no other.
 */
function callingUser(root: string): Account {
  const user = userInfo();
  const name = toByteString(user.username);
  const home = toByteString(user.homedir);
  return {
    name,
    uid: user.uid,
    gid: user.gid,
    gecos: '',
    home: root === '/' || root === join(home, '.posthorn') ? home : join(root, 'home', name),
    shell: toByteString(user.shell ?? '/bin/sh'),
    fromSystem: true,
  };
}
