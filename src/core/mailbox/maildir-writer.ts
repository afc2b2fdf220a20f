/**
 * Delivers a message into a Maildir (https://cr.yp.to/proto/maildir.html): written and flushed under tmp/, then renamed
 * into new/, whose folder is flushed too. Missing folders are made, mode 0700. Names are as Postfix's:
 * `SECONDS.V<device>I<inode>M<microseconds>.HOST`; the inode makes them unique, so the rename replaces nothing.
 *
 * This is the way most mail goes: callbacks instead of promises, and for a small message five calls on its own file
 * (open, write, fsync, rename, close) and a folder flush that is shared with the deliveries of the same moment.
 */
import {closeSync, fstatSync, fsync, mkdir, unlink, write, writeSync} from 'node:fs';
import {dirname} from 'node:path';
import {toByteString, toPath} from '../base/bytes.ts';
import {describe, systemCode} from '../base/errors.ts';
import type {FolderFlusher} from '../base/flusher.ts';
import {nameCalls} from '../base/name-calls.ts';
import {type StoreResult, STORED, systemError} from './store-result.ts';
import {type Pieces, writePieces} from './write-pieces.ts';

export interface MaildirJob {
  /** Ends in `/`. */
  readonly path: string;
  /** Milliseconds since 1970, with their fraction. */
  readonly now: number;
  readonly hostName: string;
  /** mailbox_size_limit applies to the file; 0: none. */
  readonly sizeLimit: number;
}

type Done = (result: StoreResult) => void;
type Fault = NodeJS.ErrnoException | null;

/** Names under tmp/ in use by this process. */
const inUse = new Set<string>();
let serial = 0;

export function storeInMaildir(job: MaildirJob, pieces: Pieces, flusher: FolderFlusher): Promise<StoreResult> {
  return new Promise((resolve, reject) => new MaildirDelivery(job, pieces, flusher, resolve, reject).start());
}

class MaildirDelivery {
  readonly #job: MaildirJob;
  readonly #pieces: Pieces;
  readonly #flusher: FolderFlusher;
  readonly #done: Done;
  readonly #broken: (fault: unknown) => void;
  #temporary: string;
  #isMade = false;
  #final = '';
  #fd = -1;
  #triedFolders = false;

  constructor(job: MaildirJob, pieces: Pieces, flusher: FolderFlusher, done: Done, broken: (fault: unknown) => void) {
    this.#job = job;
    this.#pieces = pieces;
    this.#flusher = flusher;
    this.#done = done;
    this.#broken = broken;
    this.#temporary = temporaryName(job);
    inUse.add(this.#temporary);
  }

  start(): void {
    nameCalls.open(toPath(this.#temporary), 'wx', 0o600, (fault, fd) => {
      if (fault?.code === 'ENOENT' && !this.#triedFolders)
        return this.#makeFolders(['tmp/'], () => this.start(), this.#temporary);
      if (fault?.code === 'EEXIST') return this.#takeOtherName();
      if (fault !== null) return this.#fail(`create maildir file ${this.#temporary}`, fault);
      this.#fd = fd;
      this.#isMade = true;
      this.#final = finalName(this.#job, fd);
      this.#write();
    });
  }

  /** Left behind by a process of the same number that was killed within this second. */
  #takeOtherName(): void {
    inUse.delete(this.#temporary);
    this.#temporary = temporaryName(this.#job, true);
    inUse.add(this.#temporary);
    this.start();
  }

  #write(): void {
    if (!isArray(this.#pieces)) return this.#stream(this.#pieces);
    const bytes = this.#pieces.length === 1 ? (this.#pieces[0] ?? EMPTY) : Buffer.concat(this.#pieces);
    const {sizeLimit} = this.#job;
    if (sizeLimit > 0 && bytes.length > sizeLimit) return this.#fail('error writing message', systemError('EFBIG'));
    this.#writeFrom(bytes, 0);
  }

  #writeFrom(bytes: Buffer, at: number): void {
    if (bytes.length - at <= SMALL_BYTES) return this.#writeSmall(bytes, at);
    write(this.#fd, bytes, at, bytes.length - at, null, (fault, written) => {
      if (fault !== null) return this.#fail('error writing message', fault);
      if (at + written < bytes.length) return this.#writeFrom(bytes, at + written);
      this.#flush();
    });
  }

  /** To memory, which is quicker done than handed to another thread; the flush follows. */
  #writeSmall(bytes: Buffer, from: number): void {
    try {
      for (let at = from; at < bytes.length;) at += writeSync(this.#fd, bytes, at, bytes.length - at, null);
    } catch (fault) {
      return this.#fail('error writing message', fault);
    }
    this.#flush();
  }

  #stream(pieces: AsyncIterable<Buffer>): void {
    writePieces(this.#fd, [], pieces, this.#job.sizeLimit > 0 ? this.#job.sizeLimit : Infinity).then(
      () => this.#flush(),
      (fault: unknown) => this.#fail('error writing message', fault),
    );
  }

  #flush(): void {
    fsync(this.#fd, fault => {
      if (fault !== null) return this.#fail('error writing message', fault);
      this.#close();
      this.#triedFolders = false;
      this.#rename();
    });
  }

  #rename(): void {
    nameCalls.rename(toPath(this.#temporary), toPath(this.#final), fault => {
      if (fault?.code === 'ENOENT' && !this.#triedFolders)
        return this.#makeFolders(['cur/', 'new/'], () => this.#rename(), this.#final);
      if (fault !== null) return this.#fail(`create maildir file ${this.#final}`, fault);
      inUse.delete(this.#temporary);
      this.#flusher.sync(`${this.#job.path}new`, fault => {
        // Whether the name is on disk is not known: it is delivered again rather than not at all.
        if (fault !== null)
          this.#done({kind: 'failed', text: `error writing message: ${describe(fault)}`, code: codeOf(fault)});
        else this.#done(STORED);
      });
    });
  }

  /** Makes what is missing, and the names of what was made durable. */
  #makeFolders(names: readonly string[], next: () => void, forFile: string): void {
    this.#triedFolders = true;
    const [name, ...rest] = names;
    if (name === undefined) return next();
    const folder = `${this.#job.path}${name}`;
    mkdir(toPath(folder), {recursive: true, mode: 0o700}, (fault, first) => {
      if (fault !== null) return this.#fail(`create maildir file ${forFile}`, fault);
      this.#syncParents(
        dirname(folder),
        first === undefined ? undefined : dirname(toByteString(first)),
        (fault: Fault) => {
          if (fault !== null) return this.#fail(`create maildir file ${forFile}`, fault);
          this.#makeFolders(rest, next, forFile);
        },
      );
    });
  }

  /** From the folder that holds the last one made up to the one that holds the first. */
  #syncParents(folder: string, top: string | undefined, done: (fault: Fault) => void): void {
    if (top === undefined) return done(null);
    this.#flusher.sync(folder, fault => {
      if (fault !== null || folder.length <= top.length) return done(fault);
      this.#syncParents(dirname(folder), top, done);
    });
  }

  #fail(what: string, fault: unknown): void {
    const code = systemCode(fault);
    this.#close();
    inUse.delete(this.#temporary);
    const tell = (): void => {
      if (code === undefined) this.#broken(fault);
      else this.#done({kind: 'failed', text: `${what}: ${describe(fault)}`, code});
    };
    if (this.#isMade) unlink(toPath(this.#temporary), tell);
    else tell();
  }

  /** Everything is flushed, or the file is given up: closing has nothing to wait for. */
  #close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }
}

const EMPTY = Buffer.alloc(0);
const SMALL_BYTES = 1 << 15;

/** `tmp/SECONDS.Ppid.HOST`; deliveries at the same moment get a serial number, as the protocol's page proposes (Q). */
function temporaryName(job: MaildirJob, isTaken = false): string {
  const left = `${job.path}tmp/${Math.floor(job.now / 1000)}.P${process.pid}`;
  const name = `${left}.${job.hostName}`;
  return isTaken || inUse.has(name) ? `${left}Q${++serial}.${job.hostName}` : name;
}

/** fstat(2) of a file just made answers from memory. */
function finalName(job: MaildirJob, fd: number): string {
  const {dev, ino} = fstatSync(fd, {bigint: true});
  const seconds = Math.floor(job.now / 1000);
  const microseconds = Math.floor((job.now - seconds * 1000) * 1000);
  return `${job.path}new/${seconds}.V${dev.toString(16)}I${ino.toString(16)}M${microseconds}.${job.hostName}`;
}

function codeOf(fault: Fault): string | undefined {
  return fault?.code;
}

function isArray(pieces: Pieces): pieces is readonly Buffer[] {
  return Array.isArray(pieces);
}
