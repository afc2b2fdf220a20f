/**
 * The bytes to and from a client, whatever carries them: a socket, TLS, DEFLATE, standard input and output. Reading is
 * pulled, so that a client can't fill our memory; writing says when to stop, so that a slow reader can't either.
 */
import {once} from 'node:events';
import type {Readable, Writable} from 'node:stream';

export interface ClientWire {
  /** The next bytes; undefined when the client has ended. One reader at a time. */
  read(): Promise<Buffer | undefined>;
  /** False: enough is on its way, wait for `drained`. */
  write(bytes: Buffer): boolean;
  /** Comes back when more may be written, or nothing will be any more. */
  drained(): Promise<void>;
  readonly isClosed: boolean;
  /** Called once, when the client goes away. */
  onClose(listener: () => void): void;
  /** Reading ends and what was read ahead is dropped; the stream stays open for who takes it over (STARTTLS). */
  detach(): void;
  /** Sends what was written and closes. */
  end(): Promise<void>;
}

/** So much is read ahead before the client has to wait. */
const READ_AHEAD_BYTES = 64 * 1024;
/** A client that takes nothing of our last words for so long is cut off. */
const END_MILLISECONDS = 5000;

export class StreamWire implements ClientWire {
  readonly #input: Readable;
  readonly #output: Writable;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #hasEnded = false;
  #isLost = false;
  #waiting: ((bytes: Buffer | undefined) => void) | undefined;
  #draining: Promise<void> | undefined;
  readonly #closeListeners: (() => void)[] = [];
  readonly #onData = (bytes: Buffer): void => this.#take(bytes);
  readonly #onEnd = (): void => this.#ended();
  readonly #onLost = (): void => this.#lost();
  /** Of a pair, an input that has come to its end closes: what it brought is served yet. */
  readonly #onInputClose = (): void => {
    if ((this.#input as unknown) === this.#output || !this.#hasEnded) this.#lost();
  };

  /** One stream for both ways, or one for each. */
  constructor(input: Readable, output: Writable = input as Readable & Writable) {
    this.#input = input;
    this.#output = output;
    input.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onLost).on('close', this.#onInputClose);
    if ((output as unknown) !== input) output.on('error', this.#onLost).on('close', this.#onLost);
    if (input.destroyed || input.readableEnded) this.#lost();
    else input.resume(); // whoever had it before may have stopped it
  }

  read(): Promise<Buffer | undefined> {
    const next = this.#queue.shift();
    if (next === undefined) {
      if (this.#hasEnded) return Promise.resolve(undefined);
      return new Promise(resolve => (this.#waiting = resolve));
    }
    this.#queuedBytes -= next.length;
    if (this.#queuedBytes < READ_AHEAD_BYTES && this.#input.isPaused()) this.#input.resume();
    return Promise.resolve(next);
  }

  write(bytes: Buffer): boolean {
    if (this.#isLost || this.#output.writableEnded) return true;
    return this.#output.write(bytes);
  }

  drained(): Promise<void> {
    if (this.#isLost || !this.#output.writableNeedDrain) return Promise.resolve();
    this.#draining ??= new Promise<void>(resolve => {
      const done = (): void => {
        this.#draining = undefined;
        this.#output.off('drain', done);
        resolve();
      };
      this.#output.once('drain', done);
      this.#closeListeners.push(done);
    });
    return this.#draining;
  }

  get isClosed(): boolean {
    return this.#isLost;
  }

  onClose(listener: () => void): void {
    this.#closeListeners.push(listener);
  }

  detach(): void {
    this.#input.pause();
    this.#input
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('error', this.#onLost)
      .off('close', this.#onInputClose);
    this.#output.off('error', this.#onLost).off('close', this.#onLost);
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  async end(): Promise<void> {
    if (this.#isLost || this.#output.destroyed) return;
    this.#input.off('data', this.#onData).resume(); // what the client still says is not waited for, nor answered with a reset
    if (this.#output === (process.stdout as Writable)) return; // the process ends by itself
    const gone = once(this.#output, 'close').catch(() => undefined);
    this.#output.end();
    const patience = setTimeout(() => this.#output.destroy(), END_MILLISECONDS);
    await Promise.race([gone, once(this.#output, 'finish').catch(() => undefined)]);
    this.#input.destroy();
    clearTimeout(patience);
  }

  #take(bytes: Buffer): void {
    if (this.#waiting !== undefined) {
      const resolve = this.#waiting;
      this.#waiting = undefined;
      return resolve(bytes);
    }
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes >= READ_AHEAD_BYTES) this.#input.pause();
  }

  #ended(): void {
    this.#hasEnded = true;
    this.#waiting?.(undefined);
    this.#waiting = undefined;
  }

  #lost(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#ended();
    for (const listener of this.#closeListeners.splice(0)) listener();
  }
}
