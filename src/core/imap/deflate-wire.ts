/**
 * A wire within a wire: raw DEFLATE both ways (RFC 4978). What the client sends is inflated as it is asked for, in pieces
 * of bounded size, so a small bomb stays small.
 */
import {constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw} from 'node:zlib';
import {StreamWire, type ClientWire} from '../net/stream-wire.ts';

/** Seen: Dovecot's default level. */
const LEVEL = 6;

export class DeflateWire implements ClientWire {
  readonly #outer: ClientWire;
  readonly #deflate: DeflateRaw = createDeflateRaw({level: LEVEL, flush: constants.Z_SYNC_FLUSH});
  readonly #inflate: InflateRaw = createInflateRaw();
  readonly #inner: StreamWire;

  /** `rest` was read ahead of the switch and is compressed already. */
  constructor(outer: ClientWire, rest: Buffer) {
    this.#outer = outer;
    this.#inner = new StreamWire(this.#inflate, this.#deflate);
    this.#deflate.on('data', (bytes: Buffer) => {
      if (!outer.write(bytes)) void this.#pauseOutput();
    });
    if (rest.length > 0) this.#inflate.write(rest);
    void this.#pump();
  }

  read(): Promise<Buffer | undefined> {
    return this.#inner.read();
  }

  write(bytes: Buffer): boolean {
    return this.#inner.write(bytes);
  }

  drained(): Promise<void> {
    return this.#inner.drained();
  }

  get isClosed(): boolean {
    return this.#outer.isClosed || this.#inner.isClosed;
  }

  onClose(listener: () => void): void {
    this.#outer.onClose(listener);
  }

  detach(): void {
    this.#inner.detach();
  }

  async end(): Promise<void> {
    await new Promise<void>(resolve => {
      this.#deflate.once('end', resolve).once('error', resolve).once('close', resolve);
      this.#deflate.end();
    });
    await this.#outer.end();
    this.#inflate.destroy();
  }

  async #pauseOutput(): Promise<void> {
    this.#deflate.pause();
    await this.#outer.drained();
    this.#deflate.resume();
  }

  async #pump(): Promise<void> {
    for (;;) {
      const bytes = await this.#outer.read();
      if (bytes === undefined || this.#inflate.destroyed) break;
      if (!this.#inflate.write(bytes)) await drainedOrClosed(this.#inflate);
    }
    this.#inflate.end();
  }
}

function drainedOrClosed(stream: InflateRaw): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}
