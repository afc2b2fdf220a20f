/**
 * The queue's structure put right (postsuper -s, -p): folders that are missing are made, a file whose name does not match
 * its inode (a restored or copied spool) is renamed, one in the wrong hash folder is moved, half-made files of dead
 * processes are taken away. Answers how many files got another name. Synchronous: for tools.
 */
import {lstatSync, mkdirSync, readdirSync, renameSync, rmSync} from 'node:fs';
import type {Config} from '../config/config.ts';
import {systemCode} from '../base/errors.ts';
import {inodeOfId, renameToInode} from './queue-id.ts';
import {QueueStore, SPOOL_FOLDERS} from './queue-store.ts';

const REPAIRED = ['hold', 'incoming', 'active', 'deferred'] as const;
const LOGS = ['bounce', 'defer', 'trace'] as const;
/** A file without its complete bit that is this old belongs to nobody any more. */
const STALE_MILLISECONDS = 7 * 86_400_000;

export function repairQueues(config: Config, queues: readonly string[]): number {
  const store = new QueueStore(config);
  for (const name of SPOOL_FOLDERS) mkdirSync(`${store.spool}/${name}`, {recursive: true, mode: 0o700});
  let renamed = 0;
  for (const queue of REPAIRED) {
    if (queues.length > 0 && !queues.includes(queue)) continue;
    for (const [id, path] of [...store.idsSync(queue)]) {
      try {
        renamed += repairFile(store, queue, id, path) ? 1 : 0;
      } catch (fault) {
        if (systemCode(fault) !== 'ENOENT') throw fault; // gone while we looked
      }
    }
  }
  return renamed;
}

function repairFile(store: QueueStore, queue: string, id: string, path: string): boolean {
  const {ino, mode, mtimeMs} = lstatSync(path);
  if ((mode & 0o100) === 0) {
    if (Date.now() - mtimeMs > STALE_MILLISECONDS) rmSync(path);
    return false;
  }
  const isNamedRight = inodeOfId(id) === ino;
  const rightId = isNamedRight ? id : renameToInode(id, ino);
  const rightPath = store.path(queue, rightId);
  if (rightPath === path) return false;
  store.makeFolderSync(queue, rightId);
  renameSync(path, rightPath);
  if (!isNamedRight) renameLogs(store, id, rightId);
  return !isNamedRight;
}

function renameLogs(store: QueueStore, id: string, rightId: string): void {
  for (const log of LOGS) {
    try {
      store.makeFolderSync(log, rightId);
      renameSync(store.path(log, id), store.path(log, rightId));
    } catch (fault) {
      if (systemCode(fault) !== 'ENOENT') throw fault; // most messages have none
    }
  }
}

/** Half-made files of processes that died. */
export function purgeTemporary(config: Config, queues: readonly string[]): void {
  const spool = config.get('queue_directory');
  for (const queue of REPAIRED) if (queues.length === 0 || queues.includes(queue)) purge(`${spool}/${queue}`);
}

function purge(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!/^\d+\.\d+$/.test(name)) continue;
    const path = `${folder}/${name}`;
    const found = lstatSync(path, {throwIfNoEntry: false}); // undefined: it has its own name by now
    if (found === undefined || Date.now() - found.mtimeMs < STALE_MILLISECONDS) continue;
    rmSync(path, {force: true});
  }
}
