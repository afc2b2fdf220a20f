/**
 * Opens or creates a file that another user may have prepared as a trap: no symbolic link (but root's, in root's own
 * folder), no second name, never followed while creating. The words of a refusal are Postfix's.
 */
import {close, constants, fchown, fstat, lstat, open, stat, type Stats} from 'node:fs';
import {dirname} from 'node:path';
import {promisify} from 'node:util';
import {toPath} from '../base/bytes.ts';
import {describe, systemCode} from '../base/errors.ts';
import type {StoreFailure} from './store-result.ts';

export interface OpenedFile {
  readonly kind: 'opened';
  readonly fd: number;
  readonly status: Stats;
  readonly isNew: boolean;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** For appending, mode 0600 when it is made; a new one is then given to `owner`, when there is one. */
export async function safeOpen(path: string, owner: Owner | undefined): Promise<OpenedFile | StoreFailure> {
  const existing = await openExisting(path);
  if (existing.kind === 'opened' || existing.code !== 'ENOENT') return existing;
  const created = await createNew(path, owner);
  if (created.kind === 'opened' || created.code !== 'EEXIST') return created;
  // Somebody made it in between, or it is a symbolic link that leads nowhere: the second look says which.
  return await openExisting(path);
}

async function openExisting(path: string): Promise<OpenedFile | StoreFailure> {
  let fd: number;
  try {
    fd = await promisify(open)(toPath(path), constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
  } catch (fault) {
    return failed(`cannot open file: ${describe(fault)}`, systemCode(fault));
  }
  const status = await promisify(fstat)(fd);
  const refusal = await refuse(path, status);
  if (refusal === undefined) return {kind: 'opened', fd, status, isNew: false};
  await promisify(close)(fd);
  return refusal;
}

async function createNew(path: string, owner: Owner | undefined): Promise<OpenedFile | StoreFailure> {
  let fd: number | undefined;
  try {
    const {O_WRONLY, O_APPEND, O_CREAT, O_EXCL} = constants;
    fd = await promisify(open)(toPath(path), O_WRONLY | O_APPEND | O_CREAT | O_EXCL, 0o600);
    if (owner !== undefined) await promisify(fchown)(fd, owner.uid, owner.gid);
    return {kind: 'opened', fd, status: await promisify(fstat)(fd), isNew: true};
  } catch (fault) {
    if (fd !== undefined) await promisify(close)(fd);
    const action = fd === undefined ? 'create file exclusively' : 'change file ownership';
    return failed(`cannot ${action}: ${describe(fault)}`, systemCode(fault));
  }
}

async function refuse(path: string, opened: Stats): Promise<StoreFailure | undefined> {
  if (opened.isDirectory()) return failed('cannot open file: Is a directory', 'EISDIR');
  if (opened.nlink !== 1) return failed(`file has ${opened.nlink} hard links`, 'EPERM');
  const named = await promisify(lstat)(toPath(path)).catch(() => undefined);
  if (named === undefined) return failed('file status changed unexpectedly: No such file or directory', 'EPERM');
  if (named.isSymbolicLink())
    return (await isRootsLink(path, named)) ? undefined : failed('file is a symbolic link', 'EPERM');
  const isSame = named.dev === opened.dev && named.ino === opened.ino && named.mode === opened.mode;
  return isSame && named.nlink === opened.nlink ? undefined : failed('file status changed unexpectedly', 'EPERM');
}

/** /var/mail/x may be root's link elsewhere, when nobody else could have put it there. */
async function isRootsLink(path: string, link: Stats): Promise<boolean> {
  const folder = await promisify(stat)(toPath(dirname(path)));
  return link.uid === 0 && folder.uid === 0 && (folder.mode & 0o022) === 0;
}

function failed(text: string, code: string | undefined): StoreFailure {
  return {kind: 'failed', text, code};
}
