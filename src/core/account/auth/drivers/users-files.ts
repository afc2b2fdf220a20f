/** The passwd-files that one path with %variables stands for: mostly one, or one for each domain. */
import type {AuthLog} from '../auth-log.ts';
import type {AuthSettings} from '../settings.ts';
import type {SystemUsers} from './system-users.ts';
import {UsersFile, type UsersFileKind} from './users-file.ts';

/** Beyond these the oldest is read again when it is asked for. */
const MAX_FILES = 1000;

export class UsersFiles implements UsersFileKind {
  /** A userdb reads them. */
  checksIds = false;
  readonly mayBeMissing: boolean;
  readonly #files = new Map<string, UsersFile>();
  readonly #log: AuthLog;
  readonly #system: SystemUsers;
  readonly #settings: AuthSettings;

  constructor(template: string, log: AuthLog, system: SystemUsers, settings: AuthSettings) {
    this.mayBeMissing = template.includes('%') || settings.findsMixedCase;
    this.#log = log;
    this.#system = system;
    this.#settings = settings;
  }

  open(path: string): UsersFile {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const file = new UsersFile(this, path, this.#log, this.#system, this.#settings);
    const [oldest] = this.#files.keys();
    if (this.#files.size >= MAX_FILES && oldest !== undefined) this.#files.delete(oldest);
    this.#files.set(path, file);
    return file;
  }
}
