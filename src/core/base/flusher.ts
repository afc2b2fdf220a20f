/**
 * Group commit for folders: makes names durable with one fsync for all who ask while one is under way. No timer is
 * involved: the first asker starts a flush at once, those who come during it share the next one.
 */
import {closeSync, fsync, open} from 'node:fs';
import {toPath} from './bytes.ts';

type Done = (fault: Error | null) => void;

interface Folder {
  /** Waiting for the flush that has not begun yet. */
  waiting: Done[];
  busy: boolean;
}

export class FolderFlusher {
  readonly #folders = new Map<string, Folder>();

  /** Calls `done` once every name created in or renamed into `directory` before this call is on disk. */
  sync(directory: string, done: Done): void {
    let folder = this.#folders.get(directory);
    if (folder === undefined) this.#folders.set(directory, (folder = {waiting: [], busy: false}));
    folder.waiting.push(done);
    if (!folder.busy) this.#flush(directory, folder);
  }

  #flush(directory: string, folder: Folder): void {
    const served = folder.waiting;
    folder.waiting = [];
    folder.busy = true;
    const finish: Done = fault => {
      folder.busy = false;
      for (const done of served) done(fault);
      if (folder.busy) return; // somebody who was just served asked again
      if (folder.waiting.length > 0) this.#flush(directory, folder);
      else this.#folders.delete(directory);
    };
    open(toPath(directory), 'r', (fault, fd) => {
      if (fault !== null) return finish(fault);
      fsync(fd, fault => {
        closeSync(fd); // of a folder: nothing to wait for
        finish(fault);
      });
    });
  }
}
