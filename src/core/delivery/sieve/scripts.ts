/**
 * The Sieve scripts that a user's mail goes through: sieve_before and its numbered others, his own (the active one, else
 * sieve_default), sieve_after. Compiled once for a version of the file and kept; one that can't be compiled is told in the
 * log, and the mail goes on as if it were not there.
 */
import {readdir, readFile, readlink, stat} from 'node:fs/promises';
import {readFileSync} from 'node:fs';
import {basename, dirname, join, resolve} from 'node:path';
import {toPath} from '../../base/bytes.ts';
import {describe, systemCode} from '../../base/errors.ts';
import {type Compilation, compileScript} from '../../filter/sieve/compile/compile.ts';
import type {ScriptSource} from '../../filter/sieve/compile/includes.ts';
import {printRemark, type Remark, Report} from '../../filter/sieve/compile/report.ts';
import {operationKinds} from '../../filter/sieve/extensions/index.ts';
import {type Linked, linkProgram} from '../../filter/sieve/run/link.ts';
import {compileSettings, type SieveSettings} from '../../filter/sieve/sieve-settings.ts';
import {scriptPlaces} from '../../filter/sieve-scripts.ts';
import type {Log} from '../../log/log.ts';

export interface ScriptsOf {
  readonly settings: SieveSettings;
  readonly home: string;
  /** `~` and %variables of a path are put in. */
  expand(path: string): string;
  readonly log: Log;
}

export interface LoadedScript {
  readonly file: string;
  readonly linked: Linked;
}

interface Kept {
  readonly stamp: string;
  readonly linked: Linked | undefined;
}

const kept = new Map<string, Kept>();
const MAX_KEPT = 1000;

/** In the order in which they run. */
export async function scriptsFor(user: ScriptsOf): Promise<LoadedScript[]> {
  const found: LoadedScript[] = [];
  for (const {file, isGlobal} of await scriptFiles(user)) {
    const linked = await loadScript({file, isGlobal}, user);
    if (linked !== undefined) found.push({file, linked});
  }
  return found;
}

export interface ScriptFile {
  readonly file: string;
  /** Of the administrator: it may use sieve_global_extensions. */
  readonly isGlobal: boolean;
  /** For a message that is in a mailbox already (imapsieve). */
  readonly hasNoEnvelope?: boolean;
}

/** That there are, in the order in which they run. */
export async function scriptFiles(user: Omit<ScriptsOf, 'log'>): Promise<ScriptFile[]> {
  const {settings} = user;
  const before = await Promise.all(numbered(settings, 'sieve_before').map(path => filesAt(user.expand(path))));
  const after = await Promise.all(numbered(settings, 'sieve_after').map(path => filesAt(user.expand(path))));
  const global = (files: readonly string[]): ScriptFile[] => files.map(file => ({file, isGlobal: true}));
  const own = (await ownScript(user)).map(file => ({file, isGlobal: false}));
  return [...global(before.flat()), ...own, ...global(after.flat())];
}

async function ownScript(user: Omit<ScriptsOf, 'log'>): Promise<string[]> {
  const places = scriptPlaces(user.expand(user.settings.get('sieve') ?? ''), user.home);
  if (places !== undefined && (await isFile(places.active))) return [await linkedFile(places.active)];
  const byDefault = user.settings.get('sieve_default') ?? user.settings.get('sieve_global_path');
  if (byDefault === undefined) return [];
  const path = user.expand(byDefault);
  return (await isFile(path)) ? [path] : [];
}

/** The log names a script by its own name, not by the link's. */
async function linkedFile(path: string): Promise<string> {
  const target = await readlink(toPath(path), 'latin1').catch(() => undefined); // a file, and no link
  return target === undefined ? path : resolve(dirname(path), target);
}

function numbered(settings: SieveSettings, name: string): string[] {
  const found: string[] = [];
  const first = settings.get(name);
  if (first !== undefined) found.push(first);
  for (let number = 2; settings.has(`${name}${number}`); number++) found.push(settings.get(`${name}${number}`) ?? '');
  return found;
}

/** A folder stands for the scripts in it, by name. */
async function filesAt(path: string): Promise<string[]> {
  const plain = path.replace(/^file:/, '');
  const names = await readdir(toPath(plain), 'latin1').catch((fault: unknown) => {
    if (['ENOTDIR', 'ENOENT'].includes(systemCode(fault) ?? '')) return undefined;
    throw fault;
  });
  if (names === undefined) return (await isFile(plain)) ? [plain] : [];
  return names
    .filter(name => name.endsWith('.sieve'))
    .sort()
    .map(name => join(plain, name));
}

export async function isFile(path: string): Promise<boolean> {
  return stat(toPath(path)).then(
    found => found.isFile(),
    () => false,
  );
}

/** undefined: it can't be compiled, which the log told when it was tried. */
export async function loadScript(script: ScriptFile, user: ScriptsOf): Promise<Linked | undefined> {
  const {file, hasNoEnvelope = false} = script;
  const {mtimeMs, size, ino} = await stat(toPath(file));
  const stamp = `${mtimeMs} ${size} ${ino} ${hasNoEnvelope} ${[...user.settings].join('\n')}`;
  const known = kept.get(file);
  if (known?.stamp === stamp) return known.linked;
  const linked = compile(script, (await readFile(toPath(file))).toString('latin1'), user);
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(file, {stamp, linked});
  return linked;
}

function compile(script: ScriptFile, source: string, user: ScriptsOf): Linked | undefined {
  const {log} = user;
  const {file} = script;
  try {
    const {program} = compileFor(user, script, source, remark => log.error(`sieve: ${printRemark(remark)}`));
    if (program === undefined) log.error(`sieve: Failed to compile script \`${file}'`);
    return program === undefined ? undefined : linkProgram(program, operationKinds);
  } catch (fault) {
    log.error(`sieve: Failed to compile script \`${file}': ${describe(fault)}`);
    return undefined;
  }
}

export function compileFor(
  user: Omit<ScriptsOf, 'log'>,
  {file, isGlobal, hasNoEnvelope = false}: ScriptFile,
  source: string,
  hear?: (remark: Remark) => void,
): Compilation {
  const name = basename(file, '.sieve');
  const chosen = {...compileSettings(user.settings, undefined, () => undefined), isGlobal, hasNoEnvelope};
  return compileScript(name, source, chosen, new Report(name, hear), included(user));
}

/** Where `include` looks. */
export function included(user: Pick<ScriptsOf, 'settings' | 'home' | 'expand'>): ScriptSource {
  const folderOf = (location: 'personal' | 'global'): string | undefined => {
    if (location === 'global') {
      const path = user.settings.get('sieve_global') ?? user.settings.get('sieve_global_dir');
      return path === undefined ? undefined : user.expand(path);
    }
    return scriptPlaces(user.expand(user.settings.get('sieve') ?? ''), user.home)?.folder;
  };
  return {
    hasLocation: location => folderOf(location) !== undefined,
    read(location, name) {
      const folder = folderOf(location);
      if (folder === undefined) return undefined;
      try {
        return readFileSync(toPath(`${folder}/${name}.sieve`), 'latin1');
      } catch {
        return undefined; // not there, or not for us: the compiler says that there is none
      }
    },
  };
}
