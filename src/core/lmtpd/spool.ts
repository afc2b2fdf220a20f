/**
 * A message while it is received: in memory as long as it is small, then in a file without a name. Every recipient's copy is read from
 * here, so that a message to many comes over the wire once and never fills our memory.
 */
import {randomBytes} from 'node:crypto';
import {type FileHandle, open, unlink} from 'node:fs/promises';
import {join} from 'node:path';
import {toPath} from '../base/bytes.ts';

/** Seen: Dovecot keeps 128 KiB in memory as well. */
const MAX_MEMORY_BYTES = 128 * 1024;
const PIECE_BYTES = 64 * 1024;
const CR = 13;
const LF = 10;
/** What the log wants of the header is looked for in so much. */
const HEAD_BYTES = 64 * 1024;

export class Spool {
  readonly #folder: string;
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #file: FileHandle | undefined;
  #head = '';
  sizeBytes = 0;
  /** Line ends of either kind, and those of CRLF. */
  lineFeeds = 0;
  crlfs = 0;
  #lastWasCr = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The beginning, for what is taken from the header. */
  get head(): string {
    return this.#head;
  }

  /** Throws when the disk is full. */
  async write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    if (this.#head.length < HEAD_BYTES) this.#head += bytes.toString('latin1', 0, HEAD_BYTES - this.#head.length);
    this.#pieces.push(Buffer.from(bytes));
    this.#pieceBytes += bytes.length;
    this.sizeBytes += bytes.length;
    this.#countLines(bytes);
    if (this.#pieceBytes >= (this.#file === undefined ? MAX_MEMORY_BYTES : PIECE_BYTES)) await this.#toFile();
  }

  async *read(): AsyncIterable<Buffer> {
    const file = this.#file;
    if (file !== undefined)
      for (let at = 0; at < this.sizeBytes - this.#pieceBytes;) {
        const length = Math.min(PIECE_BYTES, this.sizeBytes - this.#pieceBytes - at);
        const {bytesRead, buffer} = await file.read(Buffer.allocUnsafe(length), 0, length, at);
        if (bytesRead === 0) throw new Error('the spooled message has become shorter');
        yield buffer.subarray(0, bytesRead);
        at += bytesRead;
      }
    yield* this.#pieces;
  }

  async close(): Promise<void> {
    this.#pieces = [];
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  #countLines(bytes: Buffer): void {
    for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
      this.lineFeeds++;
      if (at === 0 ? this.#lastWasCr : bytes[at - 1] === CR) this.crlfs++;
    }
    this.#lastWasCr = bytes[bytes.length - 1] === CR;
  }

  async #toFile(): Promise<void> {
    this.#file ??= await openNameless(this.#folder);
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#pieceBytes = 0;
    await this.#file.appendFile(bytes);
  }
}

async function openNameless(folder: string): Promise<FileHandle> {
  const path = toPath(join(folder, `posthorn.lmtp.${process.pid}.${randomBytes(8).toString('hex')}`));
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}
