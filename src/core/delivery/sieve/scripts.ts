/**
 * The Sieve scripts that a user's mail goes through: sieve_before and its numbered others, his own (the active one, else
 * sieve_default), sieve_after; and sieve_discard. Compiled once for a version of the file and kept, with what is wrong.
 */
import {readdir, readFile, readlink, stat} from 'node:fs/promises';
import {readFileSync, type Stats} from 'node:fs';
import {basename, dirname, join, resolve} from 'node:path';
import {toPath} from '../../base/bytes.ts';
import {describe, systemCode} from '../../base/errors.ts';
import {type Compilation, compileScript} from '../../filter/sieve/compile/compile.ts';
import type {ScriptSource} from '../../filter/sieve/compile/includes.ts';
import {type Remark, Report} from '../../filter/sieve/compile/report.ts';
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
  /** The user's own: what is wrong with it is told in his log. */
  readonly isPersonal: boolean;
  /** undefined: it can't be compiled; the remarks say why. */
  readonly linked: Linked | undefined;
  readonly remarks: readonly Remark[];
}

interface Kept {
  readonly stamp: string;
  readonly linked: Linked | undefined;
  readonly remarks: readonly Remark[];
}

const kept = new Map<string, Kept>();
const MAX_KEPT = 1000;

/** In the order in which they run. */
export async function scriptsFor(user: ScriptsOf): Promise<LoadedScript[]> {
  const found: LoadedScript[] = [];
  for (const file of await scriptFiles(user)) found.push(await loadScript(file, user));
  return found;
}

/** sieve_discard: what is run for a message that is about to be discarded. */
export async function discardScript(user: ScriptsOf): Promise<LoadedScript | undefined> {
  const setting = user.settings.get('sieve_discard') ?? '';
  const [file] = setting === '' ? [] : await filesAt(user.expand(setting));
  return file === undefined ? undefined : loadScript({file, isPersonal: false}, user);
}

export interface ScriptFile {
  readonly file: string;
  /** The others are the administrator's, and may use sieve_global_extensions. */
  readonly isPersonal: boolean;
  /** For a message that is in a mailbox already (imapsieve). */
  readonly hasNoEnvelope?: boolean;
  /** Where it has been looked at already. */
  readonly status?: Stats;
}

/** That there are, in the order in which they run. */
export async function scriptFiles(user: Omit<ScriptsOf, 'log'>): Promise<ScriptFile[]> {
  const {settings} = user;
  const before = await Promise.all(numbered(settings, 'sieve_before').map(path => filesAt(user.expand(path))));
  const after = await Promise.all(numbered(settings, 'sieve_after').map(path => filesAt(user.expand(path))));
  const global = (files: readonly string[]): ScriptFile[] => files.map(file => ({file, isPersonal: false}));
  return [...global(before.flat()), ...(await ownScript(user)), ...global(after.flat())];
}

/** Links that were followed, while they lead to the same file: one look at the disk for each message is enough. */
const followed = new Map<string, {readonly status: Stats; readonly file: string}>();

async function activeScript(active: string): Promise<ScriptFile | undefined> {
  const status = await fileStatus(active);
  if (status === undefined) return undefined;
  const known = followed.get(active);
  if (known !== undefined && isSameFile(known.status, status)) return {file: known.file, isPersonal: true, status};
  const file = await linkedFile(active);
  if (followed.size >= MAX_KEPT) followed.clear();
  followed.set(active, {status, file});
  return {file, isPersonal: true, status};
}

function isSameFile(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.mtimeMs === b.mtimeMs;
}

async function ownScript(user: Omit<ScriptsOf, 'log'>): Promise<ScriptFile[]> {
  const places = scriptPlaces(user.expand(user.settings.get('sieve') ?? ''), user.home);
  const active = places === undefined ? undefined : await activeScript(places.active);
  if (active !== undefined) return [active];
  const byDefault = user.settings.get('sieve_default') ?? user.settings.get('sieve_global_path');
  if (byDefault === undefined) return [];
  const path = user.expand(byDefault);
  return (await isFile(path)) ? [{file: path, isPersonal: false}] : [];
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
  return (await fileStatus(path)) !== undefined;
}

/** undefined: there is no such file. */
async function fileStatus(path: string): Promise<Stats | undefined> {
  return stat(toPath(path)).then(
    found => (found.isFile() ? found : undefined),
    () => undefined,
  );
}

export async function loadScript(script: ScriptFile, user: ScriptsOf): Promise<LoadedScript> {
  const {file, isPersonal, hasNoEnvelope = false, status} = script;
  const {mtimeMs, size, ino} = status ?? (await stat(toPath(file)));
  const stamp = `${isPersonal} ${hasNoEnvelope} ${mtimeMs} ${size} ${ino} ${[...user.settings].join('\n')}`;
  const known = kept.get(file);
  // Seen: what is only odd is told when the script is compiled, what is wrong each time.
  if (known?.stamp === stamp)
    return {file, isPersonal, linked: known.linked, remarks: known.linked === undefined ? known.remarks : []};
  const source = (await readFile(toPath(file))).toString('latin1');
  const compiled = compile(script, source, user);
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(file, {stamp, ...compiled});
  return {file, isPersonal, ...compiled};
}

function compile(script: ScriptFile, source: string, user: ScriptsOf): Omit<Kept, 'stamp'> {
  const report = new Report(basename(script.file, '.sieve'));
  try {
    const {program} = compileFor(user, script, source, report);
    const linked = program === undefined ? undefined : linkProgram(program, operationKinds);
    return {linked, remarks: report.remarks};
  } catch (fault) {
    report.error(undefined, describe(fault));
    return {linked: undefined, remarks: report.remarks};
  }
}

export function compileFor(
  user: Omit<ScriptsOf, 'log'>,
  {file, isPersonal, hasNoEnvelope = false}: ScriptFile,
  source: string,
  report = new Report(basename(file, '.sieve')),
): Compilation {
  const chosen = {...compileSettings(user.settings, undefined, () => undefined), isGlobal: !isPersonal, hasNoEnvelope};
  return compileScript(basename(file, '.sieve'), source, chosen, report, included(user));
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
