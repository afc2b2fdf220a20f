/**
 * Opening an rc file, with procmail's checks of who could have written it (procmail(1) MISCELLANEOUS "For security reasons"):
 * the recipient or root owns it, nobody else may write it or put another in its place.
 */
import {closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats} from 'node:fs';
import {toPath} from '../../base/bytes.ts';
import type {ProcmailLog} from './log.ts';

/** `current`: named from the current directory, taken as it is; `default`: ~/.procmailrc, looked at most closely. */
export type RcKind = 'absolute' | 'current' | 'default';

export interface Reader {
  readonly uid: number;
  readonly gid: number;
}

const MAX_RC_BYTES = 16 * 1024 * 1024;

/** Its text, or undefined when it can't be used; the log says why, unless nobody asked for the file. */
export function openRcFile(
  log: ProcmailLog,
  path: string,
  kind: RcKind,
  reader: Reader,
  mayBeMissing: boolean,
): string | undefined {
  let fd: number;
  try {
    fd = openSync(toPath(path), 'r');
  } catch {
    if (!mayBeMissing) log.quote("Couldn't read", path);
    return undefined;
  }
  try {
    const status = fstatSync(fd);
    if (kind === 'current' || isTrusted(status, path, kind, reader)) return readText(fd, status);
    log.quote('Suspicious rcfile', path);
    log.quote("Couldn't read", path);
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function isTrusted(status: Stats, path: string, kind: RcKind, reader: Reader): boolean {
  const isNull = path === '/dev/null';
  if (!isNull) {
    if (status.uid !== reader.uid && status.uid !== 0) return false;
    if ((status.mode & constants.S_IWOTH) !== 0) return false;
    if (kind === 'default' && (status.mode & constants.S_IWGRP) !== 0 && status.gid !== reader.gid) return false;
  }
  return isSafeDirectory(path.slice(0, Math.max(path.lastIndexOf('/'), 0)) || '/', kind, reader);
}

const STICKY = 0o1000;
const OTHERS_MAY_WRITE = constants.S_IWOTH | constants.S_IXOTH;
const GROUP_MAY_WRITE = constants.S_IWGRP | constants.S_IXGRP;

function isSafeDirectory(directory: string, kind: RcKind, reader: Reader): boolean {
  const status = statSync(toPath(directory), {throwIfNoEntry: false});
  if (status === undefined) return false;
  if ((status.mode & STICKY) !== 0) return true;
  if ((status.mode & OTHERS_MAY_WRITE) === OTHERS_MAY_WRITE) return false;
  return !(kind === 'default' && (status.mode & GROUP_MAY_WRITE) === GROUP_MAY_WRITE && status.gid !== reader.gid);
}

/** A directory reads as empty, as it does for the original; a device is read up to the limit. */
function readText(fd: number, status: Stats): string {
  if (status.isDirectory()) return '';
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < MAX_RC_BYTES) {
    const chunk = Buffer.alloc(Math.max(status.size + 1, 4096));
    const read = readSync(fd, chunk, 0, chunk.length, null);
    if (read === 0) break;
    chunks.push(chunk.subarray(0, read));
    length += read;
  }
  return Buffer.concat(chunks).toString('latin1');
}
