/**
 * Who is connected: for the limit of connections that a user has from one address (mail_max_userip_connections), and for
 * doveadm's who and kick.
 */
import type {Connected} from './access-control.ts';

export interface Connection extends Connected {
  /** Ends it, with a word to the client. */
  end(): void;
}

export class Connections {
  readonly #all = new Set<Connection>();
  /** By protocol, user and address. */
  readonly #counts = new Map<string, number>();

  add(connection: Connection): void {
    this.#all.add(connection);
    const key = keyOf(connection);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  remove(connection: Connection): void {
    if (!this.#all.delete(connection)) return;
    const key = keyOf(connection);
    const left = (this.#counts.get(key) ?? 1) - 1;
    if (left === 0) this.#counts.delete(key);
    else this.#counts.set(key, left);
  }

  count(connection: Pick<Connected, 'protocol' | 'username' | 'address'>): number {
    return this.#counts.get(keyOf(connection)) ?? 0;
  }

  list(): Connected[] {
    return [...this.#all].map(({username, protocol, pid, address}) => ({username, protocol, pid, address}));
  }

  /** Those of these users and addresses; answers whose they were. */
  kick(whom: readonly {readonly username: string; readonly address: string}[]): string[] {
    const names = new Set(whom.map(({username, address}) => `${username}\0${address}`));
    const victims = [...this.#all].filter(({username, address}) => names.has(`${username}\0${address}`));
    for (const victim of victims) victim.end();
    return [...new Set(victims.map(({username}) => username))];
  }
}

function keyOf({protocol, username, address}: Pick<Connected, 'protocol' | 'username' | 'address'>): string {
  return `${protocol}\0${username}\0${address}`;
}
