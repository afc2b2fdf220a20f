/** Durability of names in mail folders: all mailboxes of the process share the flushes of the same moment. */
import {mkdir} from 'node:fs/promises';
import {dirname} from 'node:path';
import {toByteString, toPath} from '../base/bytes.ts';
import {FolderFlusher} from '../base/flusher.ts';

const flusher = new FolderFlusher();

/** The names in `directory` are on disk when this comes back. */
export function syncFolder(directory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    flusher.sync(directory, fault => {
      if (fault === null) resolve();
      else reject(fault);
    });
  });
}

/** Makes a folder and those above it, and their names durable. Answers whether it was not there. */
export async function makeFolder(directory: string, mode: number): Promise<boolean> {
  const first = await mkdir(toPath(directory), {recursive: true, mode});
  if (first === undefined) return false;
  const top = dirname(toByteString(first));
  for (let folder = dirname(directory); ; folder = dirname(folder)) {
    await syncFolder(folder);
    if (folder.length <= top.length) return true;
  }
}
