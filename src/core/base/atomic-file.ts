/**
 * Whole-file replacement that survives a crash: write to a new name beside the target, fsync, rename, fsync the
 * folder. The old file stays whole until the new one is. Synchronous: for tools, not for the daemon's request path.
 */
import {closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeSync} from 'node:fs';
import {dirname} from 'node:path';

export function replaceFileSync(path: string, bytes: string | Uint8Array, mode?: number): void {
  const temporary = `${path}.tmp${process.pid}`;
  const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
  const fd = openSync(temporary, 'w', mode ?? 0o644);
  try {
    for (let at = 0; at < buffer.length;) at += writeSync(fd, buffer, at);
    if (mode !== undefined) fchmodSync(fd, mode);
    fsyncSync(fd);
    renameSync(temporary, path);
  } catch (fault) {
    rmSync(temporary, {force: true});
    throw fault;
  } finally {
    closeSync(fd);
  }
  syncDirectorySync(dirname(path));
}

/** Makes the names in a folder durable (a rename is on disk only after this). */
export function syncDirectorySync(directory: string): void {
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
