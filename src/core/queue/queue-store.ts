/**
 * The queue folders: where a message's file is, how it moves, and which messages there are. Folders and names are the
 * only truth; nothing is remembered here. A move is a rename: atomic, and durable before anything is told of it only
 * where the caller asks for that (`flusher`).
 */
import {chown, mkdir, opendir, readdir, rename, unlink, utimes} from 'node:fs/promises';
import * as fs from 'node:fs';
import {FolderFlusher} from '../base/flusher.ts';
import {systemCode} from '../base/errors.ts';
import type {Config} from '../config/config.ts';
import type {QueueName} from './agent.ts';
import {hashFolders, isQueueId} from './queue-id.ts';
import {SpareFiles} from './spare-files.ts';

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
  /** Only where neither `incoming` nor `active` is hashed. */
  readonly spares: SpareFiles | undefined;
  readonly hasLongIds: boolean;
  readonly #hashed: ReadonlySet<string>;
  readonly #depth: number;
  #owner: number | undefined;

  constructor(config: Config, flusher = new FolderFlusher()) {
    this.spool = config.get('queue_directory');
    this.flusher = flusher;
    this.hasLongIds = config.get('enable_long_queue_ids');
    this.#hashed = new Set(config.list('hash_queue_names'));
    this.#depth = config.get('hash_queue_depth');
    const isFlat = !this.#hashed.has('incoming') && !this.#hashed.has('active');
    if (isFlat) this.spares = new SpareFiles(this.spool, flusher);
  }

  /** Makes what is missing. */
  async prepare(): Promise<void> {
    for (const name of SPOOL_FOLDERS)
      await mkdir(`${this.spool}/${name}`, {
        recursive: true,
        mode: name === 'maildrop' ? 0o1730 : name === 'pid' ? 0o755 : 0o700,
      });
  }

  /**
   * Whose the files in the queue have to be, when that is not who makes them: root's processes work in a queue that belongs
   * to mail_owner, and whoever runs as mail_owner must be able to read what they leave.
   */
  get ownerUid(): number | undefined {
    if (process.geteuid?.() !== 0) return undefined;
    this.#owner ??= fs.statSync(`${this.spool}/incoming`, {throwIfNoEntry: false})?.uid;
    return this.#owner === 0 ? undefined : this.#owner;
  }

  /** Makes a message's folder in a queue that is hashed. */
  async makeFolder(queue: string, id: string): Promise<void> {
    const folder = this.folder(queue, id);
    const first = await mkdir(folder, {recursive: true, mode: 0o700});
    const {ownerUid} = this;
    if (ownerUid !== undefined) for (const path of madeFolders(first, folder)) await chown(path, ownerUid, 0);
  }

  makeFolderSync(queue: string, id: string): void {
    const folder = this.folder(queue, id);
    const first = fs.mkdirSync(folder, {recursive: true, mode: 0o700});
    const {ownerUid} = this;
    if (ownerUid !== undefined) for (const path of madeFolders(first, folder)) fs.chownSync(path, ownerUid, 0);
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
      await this.makeFolder(to, id); // the hash folder may be what is missing
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

  /** The ids in a queue, in folder order, some at a time: a folder of any size costs little memory. */
  async *ids(queue: string): AsyncGenerator<readonly string[]> {
    yield* this.#walk(`${this.spool}/${queue}`, this.#hashed.has(queue) ? this.#depth : 0);
  }

  async *#walk(folder: string, depth: number): AsyncGenerator<readonly string[]> {
    for await (const entries of parts(folder)) {
      const ids: string[] = [];
      for (const entry of entries) {
        if (!entry.isDirectory()) {
          if (isQueueId(entry.name)) ids.push(entry.name);
        } else if (depth > 0 || entry.name.length === 1) yield* this.#walk(`${folder}/${entry.name}`, depth - 1);
      }
      if (ids.length > 0) yield ids;
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
    await this.spares?.clear();
  }
}

/** A promise for each part, not for each name. */
async function* parts(folder: string): AsyncGenerator<readonly fs.Dirent[]> {
  let entries: fs.Dir;
  try {
    entries = await opendir(folder, {bufferSize: PART});
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return;
    throw fault;
  }
  try {
    for (let first = await entries.read(); first !== null; first = await entries.read()) {
      const part = [first];
      // The first call has read those that follow too.
      for (let next = entries.readSync(); next !== null; next = entries.readSync()) if (part.push(next) >= PART) break;
      yield part;
    }
  } finally {
    await entries.close();
  }
}

/** So many names are read at a time. */
const PART = 256;

/** What mkdir made: the first folder that was missing, and those below it. */
function madeFolders(first: string | undefined, last: string): string[] {
  const made: string[] = [];
  if (first === undefined) return made;
  for (let path = last; path.length >= first.length; path = path.slice(0, path.lastIndexOf('/'))) made.push(path);
  return made;
}

function* walkSync(folder: string): Generator<readonly [string, string]> {
  let entries: fs.Dir;
  try {
    entries = fs.opendirSync(folder, {bufferSize: 256}); // in the folder's own order, as the originals list
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return;
    throw fault;
  }
  try {
    for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
      if (entry.isDirectory()) {
        if (entry.name.length === 1) yield* walkSync(`${folder}/${entry.name}`);
      } else if (isQueueId(entry.name)) yield [entry.name, `${folder}/${entry.name}`];
    }
  } finally {
    entries.closeSync();
  }
}
