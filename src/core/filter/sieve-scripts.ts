/**
 * The Sieve scripts of a user: files `NAME.sieve` in the folder of the `sieve` setting (`file:DIR;active=LINK`), of which
 * a symbolic link makes one the active one, as Pigeonhole keeps them. ManageSieve and doveadm sieve work on it.
 *
 * Faults are `ScriptFault`, in the original's words. A script is on disk, file and name, when its change has come back.
 */
import {lstat, mkdir, open, readdir, readFile, readlink, rename, symlink, unlink} from 'node:fs/promises';
import {basename, dirname, join, relative, resolve} from 'node:path';
import {toByteString, toPath} from '../base/bytes.ts';
import {systemCode} from '../base/errors.ts';

export type ScriptFaultCode =
  'nonexistent' | 'exists' | 'active' | 'invalid-name' | 'max-scripts' | 'max-storage' | 'max-size' | 'not-a-link';

export class ScriptFault extends Error {
  readonly code: ScriptFaultCode;

  constructor(code: ScriptFaultCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface ScriptPlaces {
  /** Where `NAME.sieve` are. */
  readonly folder: string;
  /** The symbolic link. */
  readonly active: string;
  /** The setting names one script, not a folder of them. */
  readonly isFile: boolean;
}

export interface ScriptLimits {
  /** sieve_quota_max_scripts, sieve_quota_max_storage, sieve_max_script_size; 0: none. */
  readonly maxScripts: number;
  readonly maxStorageBytes: number;
  readonly maxScriptBytes: number;
}

export interface ListedScript {
  readonly name: string;
  readonly isActive: boolean;
}

const SUFFIX = '.sieve';

export class SieveScripts {
  readonly #places: ScriptPlaces;
  readonly #limits: ScriptLimits;

  constructor(places: ScriptPlaces, limits: ScriptLimits) {
    this.#places = places;
    this.#limits = limits;
  }

  /** By name. */
  async list(): Promise<ListedScript[]> {
    const active = await this.activeName();
    return (await this.#names()).map(name => ({name, isActive: name === active}));
  }

  async #names(): Promise<string[]> {
    const files = await readdir(toPath(this.#places.folder), 'latin1').catch(missingAs<string[]>([]));
    const scripts = files.filter(file => file.endsWith(SUFFIX) && file.length > SUFFIX.length);
    return scripts.map(file => file.slice(0, -SUFFIX.length)).sort();
  }

  /** undefined: none is active, or what is active is no script of the folder. */
  async activeName(): Promise<string | undefined> {
    const target = await readlink(toPath(this.#places.active), 'latin1').catch(linkless);
    if (target === undefined || !target.endsWith(SUFFIX)) return undefined;
    const path = resolve(dirname(this.#places.active), target);
    return dirname(path) === resolve(this.#places.folder) ? basename(path, SUFFIX) : undefined;
  }

  async read(name: string): Promise<Buffer> {
    const found = await readFile(toPath(this.path(name))).catch(missingAs<Buffer | undefined>(undefined));
    if (found === undefined) throw notFound(name);
    return found;
  }

  /** Throws `ScriptFault` where a script of this size can't be had. */
  async checkSpace(name: string, bytes: number): Promise<void> {
    expectName(name);
    const {maxScripts, maxStorageBytes, maxScriptBytes} = this.#limits;
    if (maxScriptBytes > 0 && bytes > maxScriptBytes)
      throw new ScriptFault('max-size', `Script is too large (max ${maxScriptBytes} bytes).`);
    if (maxScripts === 0 && maxStorageBytes === 0) return;
    const others = (await this.#names()).filter(other => other !== name);
    if (maxScripts > 0 && others.length + 1 > maxScripts)
      throw new ScriptFault('max-scripts', `Script count quota exceeded (max ${maxScripts} scripts).`);
    if (maxStorageBytes === 0) return;
    const sizes = await Promise.all(others.map(async other => (await lstat(toPath(this.path(other)))).size));
    if (sizes.reduce((sum, size) => sum + size, bytes) > maxStorageBytes)
      throw new ScriptFault('max-storage', `Script storage space quota exceeded (max ${maxStorageBytes} bytes).`);
  }

  async put(name: string, script: Buffer): Promise<void> {
    await this.checkSpace(name, script.length);
    const {folder} = this.#places;
    const temporary = join(folder, 'tmp', `${name}-${process.pid}-${Date.now()}-${++serial}${SUFFIX}`);
    await mkdir(toPath(dirname(temporary)), {recursive: true, mode: 0o700});
    const file = await open(toPath(temporary), 'wx', 0o600);
    try {
      await file.writeFile(script);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(toPath(temporary), toPath(this.path(name)));
    await syncFolder(folder);
  }

  async remove(name: string): Promise<void> {
    await this.#expectScript(name);
    if (name === (await this.activeName())) throw new ScriptFault('active', 'Cannot delete the active Sieve script.');
    await unlink(toPath(this.path(name)));
    await syncFolder(this.#places.folder);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#expectScript(from);
    expectName(to);
    if (from === to) return;
    if ((await this.#names()).includes(to))
      throw new ScriptFault('exists', 'A sieve script with that name already exists.');
    const isActive = from === (await this.activeName());
    await rename(toPath(this.path(from)), toPath(this.path(to)));
    await syncFolder(this.#places.folder);
    if (isActive) await this.#link(to);
  }

  async activate(name: string): Promise<void> {
    await this.#expectScript(name);
    await this.#refuseFile();
    await this.#link(name);
  }

  async deactivate(): Promise<void> {
    await this.#refuseFile();
    await unlink(toPath(this.#places.active)).catch(missingAs(undefined));
    await syncFolder(dirname(this.#places.active));
  }

  /** Where the script of this name is, or would be. Throws `ScriptFault` for what is no name. */
  path(name: string): string {
    expectName(name);
    return join(this.#places.folder, `${name}${SUFFIX}`);
  }

  async #expectScript(name: string): Promise<void> {
    const path = this.path(name);
    const found = await lstat(toPath(path)).catch(missingAs(undefined));
    if (found === undefined) throw notFound(name);
  }

  /** A file in the link's place is somebody's own script, and stays. */
  async #refuseFile(): Promise<void> {
    const found = await lstat(toPath(this.#places.active)).catch(missingAs(undefined));
    if (found !== undefined && !found.isSymbolicLink())
      throw new ScriptFault('not-a-link', 'Other non-Sieve file exists in place of the active script link.');
  }

  async #link(name: string): Promise<void> {
    const {active} = this.#places;
    const target = relative(dirname(active), this.path(name));
    const temporary = `${active}.tmp${process.pid}.${++serial}`;
    await symlink(toPath(target), toPath(temporary));
    await rename(toPath(temporary), toPath(active));
    await syncFolder(dirname(active));
  }
}

let serial = 0;
const MAX_NAME_BYTES = 256;

/** RFC 5804 section 1.6, as Pigeonhole takes it. */
function expectName(name: string): void {
  const isGood =
    name !== '' && name.length < MAX_NAME_BYTES && !/[\0-\x1f\x7f/]/.test(name) && !/\xc2[\x80-\x9f]/.test(name);
  if (!isGood) throw new ScriptFault('invalid-name', `Invalid Sieve script name \`${name}'.`);
}

function notFound(name: string): ScriptFault {
  return new ScriptFault('nonexistent', `Sieve script \`${name}' not found`);
}

function missingAs<Value>(value: Value): (fault: unknown) => Value {
  return fault => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(fault) ?? '')) return value;
    throw fault;
  };
}

/** EINVAL: it is a file. */
function linkless(fault: unknown): undefined {
  if (!['ENOENT', 'ENOTDIR', 'EINVAL'].includes(systemCode(fault) ?? '')) throw fault;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(toPath(folder), 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * What the `sieve` setting says: `file:DIR;active=LINK`, `~` being the home; a path without `file:` is the script, or
 * link, itself, and the scripts are then in `~/sieve`. undefined: scripts can't be managed (no home).
 */
export function scriptPlaces(setting: string, home: string): ScriptPlaces | undefined {
  const text = setting === '' ? '~/.dovecot.sieve' : setting;
  const expand = (path: string): string => (path === '~' || path.startsWith('~/') ? home + path.slice(1) : path);
  const isFile = /^[a-z]+:/.test(text);
  const [, location = '', options = ''] = /^(?:file:)?([^;]*)(?:;(.*))?$/s.exec(text) ?? [];
  const active = /(?:^|;)active=([^;]*)/.exec(options)?.[1];
  const path = expand(location);
  if (!path.startsWith('/')) return undefined;
  if (isFile && (active !== undefined || !path.endsWith(SUFFIX)))
    return {folder: path.replace(/\/+$/, ''), active: expand(active ?? '~/.dovecot.sieve'), isFile: false};
  return {folder: toByteString(`${home}/sieve`), active: path, isFile: true};
}
