/**
 * `auth default { mechanisms = .. passdb pam { } socket listen { client { path = .. } } }` of Dovecot 1.x: settings lose
 * the section and gain `auth_`, sockets become listeners of service auth.
 */
import type {ConfigReader} from './config-reader.ts';
import {escapeName} from './layer.ts';
import {ValueFault} from './setting-text.ts';

/** What has been said of a socket before its section ends. */
interface Socket {
  readonly kind: string;
  readonly settings: Map<string, string>;
}

export class OldAuthSection {
  readonly #reader: ConfigReader;
  readonly #warn: (text: string) => void;
  /** What each open `{` of the old section is; empty outside of it. */
  readonly #open: ('auth' | 'database' | 'sockets' | 'socket' | 'other')[] = [];
  #socket: Socket | undefined;

  constructor(reader: ConfigReader, warn: (text: string) => void) {
    this.#reader = reader;
    this.#warn = warn;
  }

  /** Whether a setting here is one of the old section itself. */
  get isInside(): boolean {
    return this.#open.at(-1) === 'auth';
  }

  takeSection(key: string, name: string): boolean {
    if (this.#open.length === 0) return this.#begin(key);
    if (this.#takeInner(key, name)) return true;
    this.#open.push('other');
    return false;
  }

  #takeInner(key: string, name: string): boolean {
    const inner = this.#open.at(-1);
    if (inner === 'auth' && (key === 'passdb' || key === 'userdb')) return this.#openDatabase(key, name);
    if (inner === 'auth' && key === 'socket') return this.#openSockets(name);
    if (inner !== 'sockets' || (key !== 'master' && key !== 'client')) return false;
    this.#socket = {kind: key, settings: new Map()};
    return this.#stay('socket');
  }

  sectionClosed(): void {
    const closed = this.#open.pop();
    if (closed === 'socket' && this.#socket !== undefined) this.#makeListener(this.#socket);
    if (closed === 'socket') this.#socket = undefined;
  }

  /** Settings of a socket wait for its end. */
  takeSetting(key: string, value: string): boolean {
    this.#socket?.settings.set(key, value);
    return this.#socket !== undefined;
  }

  #begin(key: string): boolean {
    if (key !== 'auth' || this.#reader.frame.path.length > 0) return false;
    this.#warn('add auth_ prefix to all settings inside auth {} and remove the auth {} section completely');
    return this.#stay('auth');
  }

  /** One more `}` is waited for; settings go where they went before. */
  #stay(kind: 'auth' | 'sockets' | 'socket'): true {
    this.#open.push(kind);
    this.#reader.frames.push({...this.#reader.frame, opened: this.#reader.position});
    return true;
  }

  #openDatabase(key: string, driver: string): true {
    this.#warn(`${key} ${driver} {} has been replaced by ${key} { driver=${driver} }`);
    this.#open.push('database');
    this.#reader.openSection(key, '');
    this.#reader.set('driver', driver, 'plain');
    return true;
  }

  #openSockets(name: string): boolean {
    if (name === 'listen') return this.#stay('sockets');
    if (name === 'connect')
      this.#warn('socket connect {} is no longer supported, configure external auth server separately');
    return false;
  }

  #makeListener({kind, settings}: Socket): void {
    const path = settings.get('path');
    if (path === undefined) throw new ValueFault('socket listen {} is missing path');
    const isForMasters = path.endsWith('-master') || path.endsWith('-userdb');
    if (kind === 'master' && !isForMasters)
      throw new ValueFault('socket listen { master { path=.. } } must end with -master (or -userdb) suffix');
    if (kind === 'client' && isForMasters)
      throw new ValueFault('socket listen { client { path=.. } } must end not with -master or -userdb suffix');
    const root = this.#reader.common.root;
    const listener = `service/auth/unix_listener`;
    this.#reader.addListener('auth', path);
    for (const key of ['mode', 'user', 'group']) {
      const value = settings.get(key);
      if (value !== undefined) this.#reader.setBelow(root, `${listener}/${escapeName(path)}/${key}`, value, 'plain');
    }
  }
}
