/**
 * Group commit for folders: makes names durable with one fsync for all who ask while one is under way. No timer is
 * involved: the first asker starts a flush at once, those who come during it share the next one.
 */
import {close, fsync, open} from 'node:fs';
import {toPath} from './bytes.ts';

type Done = (fault: Error | null) => void;

interface Folder {
  /** Waiting for the flush that has not begun yet. */
  waiting: Done[];
  busy: boolean;
  /** Open since a moment ago: a folder that is flushed again and again is not opened each time. */
  fd: number | undefined;
  openedAt: number;
}

/** For so long a name is taken to mean the same folder. */
const KEEP_MILLISECONDS = 1000;

export class FolderFlusher {
  readonly #folders = new Map<string, Folder>();
  #sweeping: NodeJS.Timeout | undefined;

  /** Calls `done` once every name created in or renamed into `directory` before this call is on disk. */
  sync(directory: string, done: Done): void {
    let folder = this.#folders.get(directory);
    if (folder === undefined)
      this.#folders.set(directory, (folder = {waiting: [], busy: false, fd: undefined, openedAt: 0}));
    folder.waiting.push(done);
    if (!folder.busy) this.#flush(directory, folder);
  }

  #flush(directory: string, folder: Folder): void {
    const served = folder.waiting;
    folder.waiting = [];
    folder.busy = true;
    const finish: Done = fault => {
      folder.busy = false;
      if (fault !== null) this.#close(folder);
      for (const done of served) done(fault);
      if (folder.busy) return; // somebody who was just served asked again
      if (folder.waiting.length > 0) this.#flush(directory, folder);
      else this.#sweepLater();
    };
    const now = performance.now();
    if (folder.fd !== undefined && now - folder.openedAt < KEEP_MILLISECONDS) return fsync(folder.fd, finish);
    this.#close(folder);
    open(toPath(directory), 'r', (fault, fd) => {
      if (fault !== null) return finish(fault);
      folder.fd = fd;
      folder.openedAt = now;
      fsync(fd, finish);
    });
  }

  #close(folder: Folder): void {
    if (folder.fd !== undefined) close(folder.fd, () => undefined); // of a folder: nothing to wait for
    folder.fd = undefined;
  }

  #sweepLater(): void {
    if (this.#sweeping !== undefined) return;
    this.#sweeping = setTimeout(() => {
      this.#sweeping = undefined;
      for (const [directory, folder] of this.#folders) {
        if (folder.busy) continue;
        if (performance.now() - folder.openedAt < KEEP_MILLISECONDS) continue;
        this.#close(folder);
        this.#folders.delete(directory);
      }
      if (this.#folders.size > 0) this.#sweepLater();
    }, KEEP_MILLISECONDS);
    this.#sweeping.unref();
  }
}
