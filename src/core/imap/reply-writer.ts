/**
 * What goes to the client: replies are gathered and leave in few writes; `full` is where whoever produces a lot has to
 * wait for a slow reader. Text is bytes (latin1).
 */
import type {ClientWire} from '../net/stream-wire.ts';

const BATCH_BYTES = 32 * 1024;

export class ReplyWriter {
  #wire: ClientWire;
  #batch: Buffer | undefined;
  #length = 0;
  #mustWait = false;
  /** Bytes to the client, for the log. */
  total = 0;

  constructor(wire: ClientWire) {
    this.#wire = wire;
  }

  /** A whole line. */
  line(text: string): void {
    this.text(text);
    this.text('\r\n');
  }

  text(text: string): void {
    if (text.length > BATCH_BYTES) return this.bytes(Buffer.from(text, 'latin1'));
    const batch = this.#room(text.length);
    this.#length += batch.write(text, this.#length, 'latin1');
  }

  /** Not copied when it is large: it must not be changed any more. */
  bytes(bytes: Buffer): void {
    if (bytes.length > BATCH_BYTES / 2) {
      this.flush();
      this.#send(bytes);
      return;
    }
    const batch = this.#room(bytes.length);
    this.#length += bytes.copy(batch, this.#length);
  }

  flush(): void {
    const batch = this.#batch;
    if (batch === undefined || this.#length === 0) return;
    const bytes = batch.subarray(0, this.#length);
    this.#batch = undefined; // the stream may hold on to it
    this.#length = 0;
    this.#send(bytes);
  }

  /** A promise when the client reads more slowly than we write. */
  full(): Promise<void> | undefined {
    if (!this.#mustWait) return undefined;
    return this.#wire.drained().then(() => {
      this.#mustWait = false;
    });
  }

  restart(wire: ClientWire): void {
    this.#wire = wire;
    this.#mustWait = false;
  }

  #room(length: number): Buffer {
    if (this.#batch !== undefined && this.#length + length > this.#batch.length) this.flush();
    this.#batch ??= Buffer.allocUnsafe(BATCH_BYTES);
    return this.#batch;
  }

  #send(bytes: Buffer): void {
    this.total += bytes.length;
    if (!this.#wire.write(bytes)) this.#mustWait = true;
  }
}
