/**
 * Delivery into files and directories: mailbox file, Maildir (`name/`), MH folder (`name/.`), plain directory, and hard
 * links into several directories (procmailrc(5) "Recipe action line").
 *
 * Nothing is called delivered before file and name are on disk. Unlike the original a message in a directory gets its final
 * name when it is whole, and there is no pause of a second before a mailbox file.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import {tryFileLock} from '../../mailbox/file-lock.ts';
import {compact} from './numbers.ts';
import type {State} from './state.ts';
import {directoryOf, maildirName, uniqueName} from './unique-name.ts';

export interface Delivery {
  /** The first is where the message goes; the others are directories it is linked into. */
  readonly folders: readonly string[];
  /** Part of the message: bytes[from..to]. */
  readonly from: number;
  readonly to: number;
  readonly isRaw: boolean;
  readonly ignoresErrors: boolean;
  /** The mailbox of last resort is locked by procmail's own decision. */
  readonly locks: boolean;
}

/** procmail's own modes: 0667 for files (x for others says that new mail came), 0777 for directories. */
const FILE_MODE = 0o667;
const DIRECTORY_MODE = 0o777;
const NEW_MAIL = 0o001;

/** How long a file that another program has locked is asked for again. */
const LOCK_RETRY_MS = 50;

type FolderKind = 'file' | 'maildir' | 'mh' | 'directory';

interface Folder {
  readonly kind: FolderKind;
  /** Without the signs that say its kind. */
  readonly path: string;
  readonly mode: number;
}

export async function deliverToFolder(state: State, delivery: Delivery): Promise<boolean> {
  const [first = '', ...links] = delivery.folders;
  if (first === '|' && links.length === 0) return writeToOutput(state, delivery);
  const folder = openFolder(state, first, false);
  if (folder === undefined) return false;
  if (folder.kind === 'file') {
    const leftover = links.join(' ');
    if (leftover !== '') state.log.quote('Skipped', leftover);
    return deliverToFile(state, folder, first, delivery);
  }
  const file = deliverIntoDirectory(state, folder, delivery);
  if (file === undefined) return false;
  markNewMail(state, folder);
  for (const link of links) linkInto(state, link, file);
  return true;
}

/** `|` without a program. */
function writeToOutput(state: State, delivery: Delivery): boolean {
  state.setLastFolder('|');
  const {pieces, size} = compose(state, delivery, 'output');
  state.lastSize = size;
  state.lastOffset = -1;
  state.writeOutput(Buffer.concat(pieces));
  return true;
}

/** Finds out what kind of folder it is and makes what is missing; undefined when it can't be had. */
function openFolder(state: State, name: string, mustBeDirectory: boolean): Folder | undefined {
  const {kind, path} = kindOf(name);
  if (kind === 'file') {
    if (!mustBeDirectory) {
      const mode = modeOf(path);
      if (mode === undefined || !isDirectory(mode)) return {kind, path, mode: mode ?? FILE_MODE & ~state.umask};
      return {kind: 'directory', path, mode};
    }
    return isDirectory(makeDirectory(state, path))
      ? {kind: 'directory', path, mode: modeOf(path) ?? 0}
      : refuse(state, path);
  }
  const mode = makeDirectory(state, path);
  if (isDirectory(mode)) {
    if (kind === 'mh') return {kind, path, mode};
    const missing = ['new', 'cur', 'tmp']
      .map(part => `${path}/${part}`)
      .find(part => !isDirectory(makeDirectory(state, part)));
    if (missing === undefined) return {kind, path, mode: modeOf(`${path}/tmp`) ?? 0};
    state.log.quote('Unable to treat as directory', missing);
    state.log.quote('Skipped', path);
    return undefined;
  }
  if (mustBeDirectory) return refuse(state, path);
  state.log.quote('Unable to treat as directory', path);
  return {kind: 'file', path, mode: mode === 0 ? FILE_MODE & ~state.umask : mode};
}

function refuse(state: State, path: string): undefined {
  state.log.quote('Unable to treat as directory', path);
  if (path !== '') state.log.quote('Skipped', path);
  return undefined;
}

/** `name/.` is an MH folder, `name/` a Maildir; slashes before the sign go. */
function kindOf(name: string): {kind: FolderKind; path: string} {
  const strip = (path: string): string => (path.length > 1 ? path.replace(/(?!^)\/+$/, '') : path);
  if (name.length > 2 && name.endsWith('/.')) return {kind: 'mh', path: strip(name.slice(0, -2))};
  if (name.length > 1 && name.endsWith('/')) return {kind: 'maildir', path: strip(name.slice(0, -1))};
  return {kind: 'file', path: name};
}

function modeOf(path: string): number | undefined {
  return statSync(toPath(path), {throwIfNoEntry: false})?.mode;
}

function isDirectory(mode: number): boolean {
  return (mode & constants.S_IFMT) === constants.S_IFDIR;
}

/** Its mode, whatever it is; 0 when it can't be made. */
function makeDirectory(state: State, path: string): number {
  try {
    const there = modeOf(path);
    if (there !== undefined) return there;
    mkdirSync(toPath(path), DIRECTORY_MODE);
    syncDirectory(directoryOf(path) || '.');
    return constants.S_IFDIR | (DIRECTORY_MODE & ~state.umask);
  } catch (fault) {
    return systemCode(fault) === 'EEXIST' ? (modeOf(path) ?? 0) : 0;
  }
}

/** With a umask that lets others look, x for others says that new mail came. */
function markNewMail(state: State, {path, mode}: {path: string; mode: number}): void {
  if (((mode | state.umask) & NEW_MAIL) !== 0) return;
  try {
    chmodSync(toPath(path), (mode | NEW_MAIL) & 0o7777);
  } catch {
    // Not the owner's: the sign is a courtesy.
  }
}

const DEV_NULL = '/dev/null';

async function deliverToFile(state: State, folder: Folder, name: string, delivery: Delivery): Promise<boolean> {
  const {path} = folder;
  const isNull = path === DEV_NULL;
  if (!isNull) markNewMail(state, folder);
  if (delivery.locks && !isNull) {
    const lock = path + state.steer('LOCKEXT');
    if (lock !== state.locks.global) await state.locks.takeLocal(lock, state.settings);
  }
  state.setLastFolder(name);
  state.log.tell('Opening', path);
  const {pieces, size} = compose(state, delivery, isNull ? 'null' : 'file');
  state.lastOffset = -1;
  if (isNull) state.lastSize = size;
  const fault = isNull ? undefined : await append(state, path, pieces, size);
  if (fault === undefined || delivery.ignoresErrors) return true;
  state.log.quote(complaintAbout(fault.code), path);
  if (fault.wasTruncated && (state.log.isFile || state.log.isVerbose))
    state.log.notice('Truncated file to former size\n');
  return false;
}

function complaintAbout(code: string): string {
  if (code === 'ENOSPC') return 'No space left to finish writing';
  return code === 'EDQUOT' ? 'Quota exceeded while writing' : 'Error while writing to';
}

interface WriteFault {
  readonly code: string;
  readonly wasTruncated: boolean;
}

async function append(
  state: State,
  path: string,
  pieces: readonly Buffer[],
  size: number,
): Promise<WriteFault | undefined> {
  let fd: number | undefined;
  let before = -1;
  try {
    const isNew = modeOf(path) === undefined;
    // A pipe that nobody reads would keep us waiting in open(2).
    const {O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK} = constants;
    fd = openSync(toPath(path), O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, FILE_MODE);
    await lockFile(state, fd);
    state.lastSize = size;
    const status = fstatSync(fd);
    if (status.isFile()) before = status.size;
    state.lastOffset = before;
    writeAll(fd, pieces);
    if (status.isFile()) fsyncSync(fd);
    if (isNew) syncDirectory(directoryOf(path) || '.');
    return undefined;
  } catch (fault) {
    return {code: systemCode(fault) ?? 'EIO', wasTruncated: fd !== undefined && before >= 0 && truncated(fd, before)};
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function truncated(fd: number, size: number): boolean {
  try {
    ftruncateSync(fd, size);
    return true;
  } catch {
    return false;
  }
}

/** The kernel's lock, where it can be had (file-lock.ts); TIMEOUT ends the waiting, as in the original. */
async function lockFile(state: State, fd: number): Promise<void> {
  if (state.log.isVerbose) state.log.notice('Acquiring kernel-lock\n');
  const {timeoutSeconds} = state.settings;
  const end = Date.now() + (timeoutSeconds <= 0 ? Infinity : timeoutSeconds * 1000);
  while ((await tryFileLock(fd, 'fcntl')) === false) {
    if (Date.now() > end) return state.log.notice('Kernel-lock failed\n');
    await pause(LOCK_RETRY_MS);
  }
}

function writeAll(fd: number, pieces: readonly Buffer[]): void {
  for (const piece of pieces) for (let at = 0; at < piece.length;) at += writeSync(fd, piece, at);
}

const QUOTE = Buffer.from('>');
const NEWLINE = Buffer.from('\n');

/** What is written: `From ` lines quoted where they would begin a message, an empty line at the end of one. */
function compose(
  state: State,
  delivery: Delivery,
  kind: FolderKind | 'null' | 'output',
): {pieces: Buffer[]; size: number} {
  const {mail} = state;
  const {isRaw, to} = delivery;
  const from = kind === 'maildir' && delivery.from === 0 ? Math.min(mail.afterFromLine, to) : delivery.from;
  const pieces: Buffer[] = [];
  let at = from;
  if (kind === 'file' && !isRaw)
    for (const line of mail.bogusFromLines(from, to)) {
      pieces.push(mail.bytes.subarray(at, line), QUOTE);
      at = line;
    }
  pieces.push(mail.bytes.subarray(at, to));
  if (!isRaw && kind !== 'maildir' && kind !== 'null' && !endsInEmptyLine(mail.bytes, from, to)) pieces.push(NEWLINE);
  return {pieces, size: pieces.reduce((sum, piece) => sum + piece.length, 0)};
}

export function endsInEmptyLine(bytes: Buffer, from: number, to: number): boolean {
  return to - from >= 2 && bytes[to - 1] === 0x0a && bytes[to - 2] === 0x0a;
}

/** Answers the file's final name. */
function deliverIntoDirectory(state: State, folder: Folder, delivery: Delivery): string | undefined {
  const {pieces, size} = compose(state, delivery, folder.kind);
  const inside = folder.kind === 'maildir' ? `${folder.path}/tmp` : folder.path;
  const temporary = `${inside}/${folder.kind === 'maildir' ? maildirName() : uniqueName()}`;
  state.lastSize = size;
  state.lastOffset = -1;
  try {
    const fault = writeNew(temporary, pieces);
    if (fault !== undefined && !delivery.ignoresErrors) return complainOfDirectory(state, temporary, fault);
    const final = giveName(state, folder, temporary);
    state.setLastFolder(final);
    if (folder.kind !== 'maildir') {
      state.log.tell('Opening', final);
      if (state.log.isVerbose) state.log.notice('Acquiring kernel-lock\n'); // ours alone: nobody had its name
    }
    syncDirectory(directoryOf(final));
    return final;
  } catch (fault) {
    return complainOfDirectory(state, temporary, systemCode(fault) ?? 'EIO');
  }
}

function complainOfDirectory(state: State, temporary: string, code: string): undefined {
  removeQuietly(temporary);
  if (['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG'].includes(code)) state.log.quote(complaintAbout(code), temporary);
  else state.log.quote("Couldn't create or rename temp file", temporary);
  return undefined;
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(toPath(path));
  } catch {
    // Never made.
  }
}

function writeNew(path: string, pieces: readonly Buffer[]): string | undefined {
  const fd = openSync(toPath(path), 'wx', FILE_MODE);
  try {
    writeAll(fd, pieces);
    fsyncSync(fd);
    return undefined;
  } catch (fault) {
    return systemCode(fault) ?? 'EIO';
  } finally {
    closeSync(fd);
  }
}

/** From its temporary name to one that nothing has yet. */
function giveName(state: State, folder: Folder, temporary: string): string {
  if (folder.kind === 'mh') return takeNumber(folder.path, temporary, true);
  const final =
    folder.kind === 'maildir'
      ? `${folder.path}/new/${temporary.slice(temporary.lastIndexOf('/') + 1)}`
      : `${folder.path}/${state.steer('MSGPREFIX')}${compact(statSync(toPath(temporary)).ino)}`;
  moveTo(temporary, final);
  return final;
}

/** link(2) never replaces a file; where the file system has no links, rename(2) does when nothing is there. */
function moveTo(temporary: string, final: string): void {
  try {
    linkSync(toPath(temporary), toPath(final));
  } catch (fault) {
    if (systemCode(fault) === 'EEXIST' || modeOf(final) !== undefined) throw fault;
    return renameSync(toPath(temporary), toPath(final));
  }
  unlinkSync(toPath(temporary));
}

/** The number after the highest in an MH folder. */
function takeNumber(directory: string, file: string, moves: boolean): string {
  let highest = 0;
  for (const name of readdirSync(toPath(directory), 'latin1'))
    if (/^[ \t]*[+]?\d+$/.test(name)) highest = Math.max(highest, Number(name));
  for (let number = highest + 1; ; number++) {
    const final = `${directory}/${number}`;
    try {
      if (moves) moveTo(file, final);
      else linkSync(toPath(file), toPath(final));
      return final;
    } catch (fault) {
      if (systemCode(fault) !== 'EEXIST' || number > highest + MAX_NUMBERS_TRIED) throw fault;
    }
  }
}

const MAX_NUMBERS_TRIED = 1000;

/** The others of several directories get hard links; a failure is told and costs nothing. */
function linkInto(state: State, name: string, file: string): void {
  const folder = openFolder(state, name, true);
  if (folder === undefined) return;
  let link = folder.path;
  try {
    if (folder.kind === 'mh') {
      link = takeNumber(folder.path, file, false);
      state.log.tell('Linking to', link);
    } else {
      const last =
        folder.kind === 'maildir'
          ? `new/${maildirName()}`
          : state.steer('MSGPREFIX') + compact(statSync(toPath(file)).ino);
      link = `${folder.path}/${last}`;
      state.log.tell('Linking to', link);
      linkSync(toPath(file), toPath(link));
    }
    syncDirectory(directoryOf(link));
  } catch {
    return state.log.quote("Couldn't make link to", link);
  }
  state.variables.put('LASTFOLDER', `${state.variables.text('LASTFOLDER')} ${link}`);
  markNewMail(state, folder);
}

function syncDirectory(path: string): void {
  const fd = openSync(toPath(path), 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
