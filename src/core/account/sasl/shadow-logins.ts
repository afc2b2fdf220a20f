/**
 * The system's users as logins: shadow(5), for root's instance. Without PAM there is nothing but the stored password and its dates:
 * an account that has expired, or whose password had to be changed longer ago than is borne, does not log in.
 *
 * Throws when the file can't be read, which takes root.
 */
import {readFileSync, statSync} from 'node:fs';
import {describe} from '../../base/errors.ts';
import type {LoginAccount, LoginSource} from './login-source.ts';

const DAY_MILLISECONDS = 86_400_000;

export class ShadowLogins implements LoginSource {
  readonly title = 'shadow';
  readonly #path: string;
  readonly #now: () => number;
  #stamp = '';
  #lines: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(path = '/etc/shadow', now: () => number = Date.now) {
    this.#path = path;
    this.#now = now;
  }

  lookup(username: string): LoginAccount | undefined {
    const fields = this.#read().get(username);
    return fields === undefined ? undefined : this.#accountOf(fields);
  }

  get version(): unknown {
    return this.#read();
  }

  *all(): Iterable<LoginAccount> {
    for (const fields of this.#read().values()) yield this.#accountOf(fields);
  }

  /** `!` and `*` in front are no setting of crypt(3): such an account has no password that is right. */
  #accountOf(fields: readonly string[]): LoginAccount {
    const [name = '', password = ''] = fields;
    const extra = new Map(this.#isExpired(fields) ? [['fail', 'expired']] : []);
    return {name, password: `{CRYPT}${password}`, defaultScheme: 'CRYPT', extra};
  }

  #isExpired([, , changed = '', , maximum = '', , inactive = '', expires = '']: readonly string[]): boolean {
    const today = Math.floor(this.#now() / DAY_MILLISECONDS);
    if (expires !== '' && today >= Number(expires)) return true;
    if (changed === '' || maximum === '' || inactive === '') return false;
    return today > Number(changed) + Number(maximum) + Number(inactive);
  }

  #read(): ReadonlyMap<string, readonly string[]> {
    try {
      const {mtimeMs, size, ino} = statSync(this.#path);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (stamp !== this.#stamp) this.#lines = parseShadow(readFileSync(this.#path, 'latin1'));
      this.#stamp = stamp;
    } catch (cause) {
      this.#stamp = '';
      throw new Error(`the system's users can't log in: ${this.#path}: ${describe(cause)}`, {cause});
    }
    return this.#lines;
  }
}

function parseShadow(text: string): ReadonlyMap<string, readonly string[]> {
  const lines = new Map<string, readonly string[]>();
  for (const line of text.split('\n')) {
    const fields = line.split(':');
    const [name = ''] = fields;
    if (name !== '' && fields.length > 1 && !lines.has(name)) lines.set(name, fields);
  }
  return lines;
}
