/**
 * The files of smtp-sink -d and -D. While a message comes in it has a file of its own, named from the template and eight
 * random digits. With -d that file stays; with -D its content is appended to the shared file when the message is whole.
 * What is cut off leaves nothing. A file that can't be written ends the program, as in the original.
 */
import {randomBytes} from 'node:crypto';
import {closeSync, constants, mkdirSync, openSync, readSync, unlinkSync, writeSync} from 'node:fs';
import {dirname} from 'node:path';
import {toPath} from '../core/base/bytes.ts';
import {FatalError, describe, systemCode} from '../core/base/errors.ts';
import {strftime} from '../core/base/strftime.ts';

export interface Dump {
  /** Eight hexadecimal digits. */
  readonly id: string;
  write(bytes: string | Buffer): void;
  /** The message is whole. */
  keep(): void;
  /** It is not. */
  discard(): void;
}

const MAX_TRIES = 100;

export class Dumps {
  readonly #single: string | undefined;
  readonly #shared: string | undefined;

  constructor(single: string | undefined, shared: string | undefined) {
    this.#single = single;
    this.#shared = shared;
  }

  get isWanted(): boolean {
    return this.#single !== undefined || this.#shared !== undefined;
  }

  open(now: Date): Dump {
    const name = strftime(this.#single ?? this.#shared ?? '', now);
    if (name.includes('/')) makeFolder(dirname(name));
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const id = randomBytes(4).toString('hex');
      const fd = openNew(name + id);
      if (fd !== undefined) return new DumpFile(fd, name, id, this.#shared !== undefined);
    }
    throw new FatalError(`${name}: something is looping`);
  }
}

class DumpFile implements Dump {
  readonly id: string;
  readonly #fd: number;
  readonly #name: string;
  readonly #isShared: boolean;

  constructor(fd: number, name: string, id: string, isShared: boolean) {
    this.id = id;
    this.#fd = fd;
    this.#name = name;
    this.#isShared = isShared;
  }

  write(bytes: string | Buffer): void {
    writeAll(this.#fd, typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  keep(): void {
    if (this.#isShared) {
      append(this.#fd, this.#name);
      unlinkSync(toPath(this.#name + this.id));
    }
    closeSync(this.#fd);
  }

  discard(): void {
    unlinkSync(toPath(this.#name + this.id));
    closeSync(this.#fd);
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(toPath(folder), {recursive: true, mode: 0o755});
  } catch (fault) {
    throw new FatalError(`mkdir ${folder}: ${describe(fault)}`);
  }
}

/** Undefined when there is such a file already. */
function openNew(path: string): number | undefined {
  try {
    return openSync(toPath(path), constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o644);
  } catch (fault) {
    if (systemCode(fault) === 'EEXIST') return undefined;
    throw new FatalError(`open ${path}: ${describe(fault)}`);
  }
}

const COPY_BYTES = 0x1_0000;

function append(from: number, name: string): void {
  try {
    const to = openSync(toPath(name), 'a', 0o644);
    const buffer = Buffer.allocUnsafe(COPY_BYTES);
    let position = 0;
    for (let read = -1; read !== 0; position += read) {
      read = readSync(from, buffer, 0, buffer.length, position);
      writeAll(to, buffer.subarray(0, read));
    }
    closeSync(to);
  } catch (fault) {
    throw new FatalError(`append file ${name}: ${describe(fault)}`);
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}
