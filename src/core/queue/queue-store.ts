/**
 * The queue folders: where a message's file is, how it moves, and which messages there are. Folders and names are the
 * only truth; nothing is remembered here. A move is a rename: atomic, and durable before anything is told of it only
 * where the caller asks for that (`flusher`).
 */
import {mkdir, opendir, readdir, rename, unlink, utimes} from 'node:fs/promises';
import * as fs from 'node:fs';
import {FolderFlusher} from '../base/flusher.ts';
import {systemCode} from '../base/errors.ts';
import type {Config} from '../config/config.ts';
import type {QueueName} from './agent.ts';
import {hashFolders, isQueueId} from './queue-id.ts';

/** Queues and logs; `saved` is where defective files of very old versions went. */
export const SPOOL_FOLDERS = [
  'maildrop',
  'incoming',
  'active',
  'deferred',
  'hold',
  'corrupt',
  'bounce',
  'defer',
  'trace',
  'flush',
  'saved',
  'private',
  'public',
  'pid',
] as const;

export class QueueStore {
  readonly spool: string;
  readonly flusher: FolderFlusher;
  readonly hasLongIds: boolean;
  readonly #hashed: ReadonlySet<string>;
  readonly #depth: number;

  constructor(config: Config, flusher = new FolderFlusher()) {
    this.spool = config.get('queue_directory');
    this.flusher = flusher;
    this.hasLongIds = config.get('enable_long_queue_ids');
    this.#hashed = new Set(config.list('hash_queue_names'));
    this.#depth = config.get('hash_queue_depth');
  }

  /** Makes what is missing. */
  async prepare(): Promise<void> {
    for (const name of SPOOL_FOLDERS)
      await mkdir(`${this.spool}/${name}`, {
        recursive: true,
        mode: name === 'maildrop' ? 0o1730 : name === 'pid' ? 0o755 : 0o700,
      });
  }

  folder(queue: string, id: string): string {
    return this.#hashed.has(queue)
      ? `${this.spool}/${queue}/${hashFolders(id, this.#depth)}`.slice(0, -1)
      : `${this.spool}/${queue}`;
  }

  path(queue: string, id: string): string {
    return `${this.folder(queue, id)}/${id}`;
  }

  /** False when the message is not in `from` any more: somebody deleted, held or requeued it. */
  async move(id: string, from: QueueName, to: QueueName): Promise<boolean> {
    try {
      await rename(this.path(from, id), this.path(to, id));
      return true;
    } catch (fault) {
      if (systemCode(fault) !== 'ENOENT') throw fault;
    }
    try {
      await mkdir(this.folder(to, id), {recursive: true, mode: 0o700}); // the hash folder may be what is missing
      await rename(this.path(from, id), this.path(to, id));
      return true;
    } catch (fault) {
      if (systemCode(fault) === 'ENOENT') return false;
      throw fault;
    }
  }

  /** Takes a message's file away; its absence is what was wanted. */
  async remove(queue: string, id: string): Promise<void> {
    try {
      await unlink(this.path(queue, id));
    } catch (fault) {
      if (systemCode(fault) !== 'ENOENT') throw fault;
    }
  }

  async setTime(queue: QueueName, id: string, seconds: number): Promise<void> {
    await utimes(this.path(queue, id), seconds, seconds);
  }

  /** The ids in a queue, in folder order, a few at a time: a folder of any size costs little memory. */
  async *ids(queue: string): AsyncGenerator<string> {
    yield* this.#walk(`${this.spool}/${queue}`, this.#hashed.has(queue) ? this.#depth : 0);
  }

  async *#walk(folder: string, depth: number): AsyncGenerator<string> {
    let entries;
    try {
      entries = await opendir(folder, {bufferSize: 256});
    } catch (fault) {
      if (systemCode(fault) === 'ENOENT') return;
      throw fault;
    }
    for await (const entry of entries) {
      if (entry.isDirectory()) {
        if (depth > 0 || entry.name.length === 1) yield* this.#walk(`${folder}/${entry.name}`, depth - 1);
      } else if (isQueueId(entry.name)) yield entry.name;
    }
  }

  /** The same for tools, synchronously: `[id, path]`. */
  *idsSync(queue: string): Generator<readonly [string, string]> {
    yield* walkSync(`${this.spool}/${queue}`);
  }

  /** Half-made files of a process that died: names that are no ids. */
  async purgeTemporary(): Promise<void> {
    for (const name of await readdir(`${this.spool}/incoming`).catch(() => [])) {
      if (name.includes('.')) await unlink(`${this.spool}/incoming/${name}`).catch(() => undefined); // gone is gone
    }
  }
}

function* walkSync(folder: string): Generator<readonly [string, string]> {
  let entries: fs.Dirent[];
  try {
    entries = fs.readdirSync(folder, {withFileTypes: true});
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return;
    throw fault;
  }
  for (const entry of entries) {
    if (entry.isDirectory()) {
      if (entry.name.length === 1) yield* walkSync(`${folder}/${entry.name}`);
    } else if (isQueueId(entry.name)) yield [entry.name, `${folder}/${entry.name}`];
  }
}
