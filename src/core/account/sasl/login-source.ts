/**
 * Where logins are looked up (Dovecot's passdb): accounts with their stored passwords. `etc/dovecot/users`, or the system's
 * users with shadow(5).
 *
 * Not found is undefined. Throws when it could not be looked up.
 */
import {PasswdFile, type PasswdLine} from '../passwd-file.ts';

export interface LoginAccount {
  readonly name: string;
  /** As it is kept, `{SCHEME}` and all. */
  readonly password: string;
  /** Scheme of a password that names none. */
  readonly defaultScheme: string;
  /** Extra fields; those of the userdb (`userdb_...`) are not among them. */
  readonly extra: ReadonlyMap<string, string>;
}

export interface LoginSource {
  /** How Dovecot's log names it. */
  readonly title: string;
  lookup(username: string): LoginAccount | undefined;
  /** What is offered may depend on what is there. Changes when the accounts do. */
  readonly version: unknown;
  all(): Iterable<LoginAccount>;
}

/** Dovecot's passwd-file. Names are found in any case, as accounts are (accounts.ts). */
export class UsersFileLogins implements LoginSource {
  readonly title = 'passwd-file';
  readonly #file: PasswdFile;
  #byName: ReadonlyMap<string, PasswdLine> | undefined;
  #folded: ReadonlyMap<string, PasswdLine> = new Map();

  constructor(path: string) {
    this.#file = new PasswdFile(path);
  }

  lookup(username: string): LoginAccount | undefined {
    const entries = this.#entries();
    const line = entries.get(username) ?? this.#folded.get(username.toLowerCase());
    return line === undefined ? undefined : accountOf(line);
  }

  get version(): unknown {
    return this.#entries();
  }

  *all(): Iterable<LoginAccount> {
    for (const line of this.#entries().values()) yield accountOf(line);
  }

  #entries(): ReadonlyMap<string, PasswdLine> {
    const entries = this.#file.entries();
    if (entries === this.#byName) return entries;
    this.#byName = entries;
    this.#folded = new Map([...entries].map(([name, line]) => [name.toLowerCase(), line] as const).reverse());
    return entries;
  }
}

function accountOf({name, password, extra}: PasswdLine): LoginAccount {
  return {name, password: withScheme(password), defaultScheme: 'CRYPT', extra: passdbFields(extra)};
}

/** libpam-pwdfile's `password[type]`: 34 is MD5, 56 was Dovecot's own for DIGEST-MD5, all else crypt(3). */
function withScheme(password: string): string {
  const [suffix, type] = /\[(\d\d)\]$/.exec(password) ?? [];
  if (suffix === undefined || password.startsWith('{') || password.startsWith('$')) return password;
  const scheme = type === '34' ? 'PLAIN-MD5' : type === '56' ? 'DIGEST-MD5' : 'CRYPT';
  return `{${scheme}}${password.slice(0, -suffix.length)}`;
}

/** `a=b c`: a field without value is there, and empty. */
function passdbFields(extra: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const field of extra.split(/[ \t]/)) {
    const equals = field.indexOf('=');
    const name = equals < 0 ? field : field.slice(0, equals);
    if (name !== '' && !name.startsWith('userdb_')) fields.set(name, equals < 0 ? '' : field.slice(equals + 1));
  }
  return fields;
}
