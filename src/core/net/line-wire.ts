/**
 * A client's bytes as a protocol of lines pulls them: lines with a limit, or raw bytes for content. Reading ahead is bounded, so that
 * a client can't fill our memory; `flush` waits for a slow reader, so that it can't either.
 *
 * The stream may be replaced by an encrypted one (`restart`); what was read ahead in plain text is dropped then.
 */
import {once} from 'node:events';
import type {Duplex} from 'node:stream';

export type LineResult =
  | {readonly kind: 'line'; readonly line: string}
  /** No line end within the limit. */
  | {readonly kind: 'too-long'}
  | {readonly kind: 'timeout'}
  /** The client has gone; or `interrupt` was called. */
  | {readonly kind: 'end'};

const LF = 10;
const READ_AHEAD_BYTES = 64 * 1024;
/** Small replies are sent together with what follows, up to so much. */
const SEND_BYTES = 16 * 1024;
/** A client that takes nothing of our last words for so long is cut off. */
const END_MILLISECONDS = 5000;

export class LineWire {
  #stream: Duplex;
  #buffered: Buffer = Buffer.alloc(0);
  #hasEnded = false;
  #isInterrupted = false;
  #wake: (() => void) | undefined;
  #unsent: Buffer[] = [];
  #unsentBytes = 0;
  /** Bytes from and to the client, for the log. */
  bytesIn = 0;
  bytesOut = 0;
  readonly #onData = (bytes: Buffer): void => this.#take(bytes);
  readonly #onEnd = (): void => this.#ended();

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.#listen(stream);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get bufferedBytes(): number {
    return this.#buffered.length;
  }

  /** Without its line end, CRLF or LF. */
  async readLine(maxBytes: number, milliseconds: number): Promise<LineResult> {
    let searched = 0;
    for (;;) {
      const at = this.#buffered.indexOf(LF, searched);
      if (at >= 0 && at <= maxBytes) return {kind: 'line', line: this.#cutLine(at)};
      if (at >= 0 || this.#buffered.length > maxBytes) return {kind: 'too-long'};
      searched = this.#buffered.length;
      const came = await this.#more(milliseconds);
      if (came !== 'bytes') return {kind: came};
    }
  }

  /** Whatever there is, at most `maxBytes`; undefined when the client has gone or says nothing for too long. */
  async readSome(maxBytes: number, milliseconds: number): Promise<Buffer | undefined> {
    if (this.#buffered.length === 0 && (await this.#more(milliseconds)) !== 'bytes') return undefined;
    const some = this.#buffered.subarray(0, maxBytes);
    this.#drop(some.length);
    return some;
  }

  /** Puts back what `readSome` gave beyond what was wanted. */
  unread(bytes: Buffer): void {
    if (bytes.length > 0) this.#buffered = Buffer.concat([bytes, this.#buffered]);
  }

  /** Sent with the next `flush`, or when much has come together. Byte strings. */
  write(text: string | Buffer): void {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
    this.#unsent.push(bytes);
    this.#unsentBytes += bytes.length;
    this.bytesOut += bytes.length;
    if (this.#unsentBytes >= SEND_BYTES) this.#send();
  }

  /** Comes back when the client may be sent more, or has gone. */
  async flush(): Promise<void> {
    this.#send();
    const stream = this.#stream;
    if (this.#hasEnded || stream.destroyed || !stream.writableNeedDrain) return;
    await new Promise<void>(resolve => {
      const done = (): void => {
        stream.off('drain', done).off('close', done);
        resolve();
      };
      stream.on('drain', done).on('close', done);
    });
  }

  /** Whoever waits for a line gets `end`: the service stops. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#wake?.();
  }

  /** Reading ends, for who takes the stream over; answers whether something was read ahead. */
  detach(): boolean {
    const hadMore = this.#buffered.length > 0;
    this.#buffered = Buffer.alloc(0);
    this.#stream.pause();
    this.#stream.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onEnd).off('close', this.#onEnd);
    return hadMore;
  }

  restart(stream: Duplex): void {
    this.#stream = stream;
    this.#listen(stream);
  }

  /** Sends what was written and closes. */
  async end(): Promise<void> {
    this.#send();
    const stream = this.#stream;
    if (stream.destroyed) return;
    stream.off('data', this.#onData).resume(); // what the client still says is not waited for
    stream.end();
    const patience = setTimeout(() => stream.destroy(), END_MILLISECONDS);
    if (!stream.writableFinished && !stream.destroyed)
      await Promise.race([once(stream, 'finish'), once(stream, 'close')]).catch(() => undefined);
    clearTimeout(patience);
    stream.destroy();
  }

  #listen(stream: Duplex): void {
    stream.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onEnd).on('close', this.#onEnd);
    if (stream.destroyed || stream.readableEnded) this.#ended();
    stream.resume();
  }

  #cutLine(at: number): string {
    const end = at > 0 && this.#buffered[at - 1] === 13 ? at - 1 : at;
    const line = this.#buffered.toString('latin1', 0, end);
    this.#drop(at + 1);
    return line;
  }

  #drop(count: number): void {
    this.#buffered = this.#buffered.subarray(count);
    if (this.#buffered.length < READ_AHEAD_BYTES && this.#stream.isPaused()) this.#stream.resume();
  }

  #take(bytes: Buffer): void {
    this.bytesIn += bytes.length;
    this.#buffered = this.#buffered.length === 0 ? bytes : Buffer.concat([this.#buffered, bytes]);
    if (this.#buffered.length >= READ_AHEAD_BYTES) this.#stream.pause();
    this.#wake?.();
  }

  #ended(): void {
    this.#hasEnded = true;
    this.#wake?.();
  }

  async #more(milliseconds: number): Promise<'bytes' | 'timeout' | 'end'> {
    this.#send();
    const before = this.#buffered.length;
    if (this.#hasEnded || this.#isInterrupted) return 'end';
    const came = await new Promise<'bytes' | 'timeout'>(resolve => {
      const timer = setTimeout(() => resolve('timeout'), milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve('bytes');
      };
    });
    this.#wake = undefined;
    if (this.#buffered.length > before) return 'bytes';
    return came === 'timeout' ? 'timeout' : 'end';
  }

  #send(): void {
    if (this.#unsentBytes === 0) return;
    const bytes = this.#unsent.length === 1 ? this.#unsent[0] : Buffer.concat(this.#unsent);
    this.#unsent = [];
    this.#unsentBytes = 0;
    if (bytes !== undefined && !this.#stream.destroyed && !this.#stream.writableEnded) this.#stream.write(bytes);
  }
}
