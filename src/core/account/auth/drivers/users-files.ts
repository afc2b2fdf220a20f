/** The passwd-files that one path with %variables stands for: mostly one, or one for each domain. */
import type {AuthLog} from '../auth-log.ts';
import type {AuthSettings} from '../settings.ts';
import type {SystemUsers} from './system-users.ts';
import {UsersFile} from './users-file.ts';

/** Beyond these the oldest is read again when it is asked for. */
const MAX_FILES = 1000;

export class UsersFiles {
  /** A userdb reads them. */
  checksIds = false;
  readonly #files = new Map<string, UsersFile>();
  readonly #log: AuthLog;
  readonly #system: SystemUsers;
  readonly #settings: AuthSettings;

  constructor(log: AuthLog, system: SystemUsers, settings: AuthSettings) {
    this.#log = log;
    this.#system = system;
    this.#settings = settings;
  }

  open(path: string): UsersFile {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const file = new UsersFile(() => this.checksIds, path, this.#log, this.#system, this.#settings);
    const [oldest] = this.#files.keys();
    if (this.#files.size >= MAX_FILES && oldest !== undefined) this.#files.delete(oldest);
    this.#files.set(path, file);
    return file;
  }
}
