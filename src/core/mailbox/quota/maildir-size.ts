/**
 * `maildirsize`, the Maildir++ quota's file: the limits in the first line (`1048576S,100C`), then `BYTES COUNT` lines
 * that add up. Appended to without a lock, as all programs do, so it is only nearly right; counted anew when it is
 * missing, longer than 5120 bytes, about other limits, or says that the quota is exceeded and is older than 15 minutes.
 */
import {open, rename, type FileHandle} from 'node:fs/promises';
import {toPath} from '../../base/bytes.ts';
import {systemCode} from '../../base/errors.ts';
import {readFully} from '../read-fully.ts';
import type {QuotaUse} from './quota-keeper.ts';

const LONGEST_BYTES = 5120;
const STALE_MS = 15 * 60 * 1000;

export class MaildirSize {
  readonly #path: string;
  readonly #limitLine: string;
  readonly #bytesLimit: number;
  readonly #messagesLimit: number;
  readonly #fileMode: number;
  readonly #count: () => Promise<QuotaUse>;

  constructor(
    path: string,
    limits: {readonly bytes: number | undefined; readonly messages: number | undefined},
    fileMode: number,
    count: () => Promise<QuotaUse>,
  ) {
    this.#path = path;
    this.#limitLine = limitLine(limits.bytes, limits.messages);
    this.#bytesLimit = limits.bytes ?? Infinity;
    this.#messagesLimit = limits.messages ?? Infinity;
    this.#fileMode = fileMode;
    this.#count = count;
  }

  async used(): Promise<QuotaUse> {
    return (await this.#read()) ?? (await this.recount());
  }

  /** undefined: it has to be counted anew. */
  async #read(): Promise<QuotaUse | undefined> {
    const file = await openIfThere(this.#path);
    if (file === undefined) return undefined;
    try {
      const status = await file.stat();
      if (status.size > LONGEST_BYTES) return undefined;
      const [first, ...lines] = (await readFully(file, 0, status.size)).toString('latin1').split('\n');
      if (first !== this.#limitLine) return undefined;
      const use = sumOf(lines);
      const isOver = use !== undefined && (use.bytes > this.#bytesLimit || use.messages > this.#messagesLimit);
      return isOver && Date.now() - status.mtimeMs > STALE_MS ? undefined : use;
    } finally {
      await file.close();
    }
  }

  async recount(): Promise<QuotaUse> {
    const use = await this.#count();
    const temporary = toPath(`${this.#path}.tmp${process.pid}`);
    const file = await open(temporary, 'w', this.#fileMode);
    try {
      await file.writeFile(`${this.#limitLine}\n${use.bytes} ${use.messages}\n`);
    } finally {
      await file.close();
    }
    await rename(temporary, toPath(this.#path));
    return use;
  }

  async add(messages: number, bytes: number): Promise<void> {
    const file = await openIfThere(this.#path, 'r+');
    if (file === undefined) return void (await this.recount());
    await file.close();
    const appending = await open(toPath(this.#path), 'a', this.#fileMode);
    try {
      await appending.write(`${bytes} ${messages}\n`);
    } finally {
      await appending.close();
    }
  }
}

function limitLine(bytes: number | undefined, messages: number | undefined): string {
  const parts = [bytes === undefined ? '' : `${bytes}S`, messages === undefined ? '' : `${messages}C`];
  return parts.filter(Boolean).join(',');
}

/** undefined: a line says something else. */
function sumOf(lines: readonly string[]): QuotaUse | undefined {
  let bytes = 0;
  let messages = 0;
  for (const line of lines) {
    if (line === '') continue;
    const found = /^\s*(-?\d{1,15}) +(-?\d{1,10})\s*$/.exec(line);
    if (found === null) return undefined;
    bytes += Number(found[1]);
    messages += Number(found[2]);
  }
  return bytes < 0 || messages < 0 ? undefined : {bytes, messages};
}

async function openIfThere(path: string, flags = 'r'): Promise<FileHandle | undefined> {
  try {
    return await open(toPath(path), flags);
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return undefined;
    throw fault;
  }
}
