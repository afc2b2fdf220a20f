/** A small message that was read whole: nothing is waited for, nothing stays open. */
import type {StoredMessage} from './item-reader.ts';

export class BytesMessage implements StoredMessage {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly changedMs: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, modifiedMs: number, changedMs: number) {
    this.#bytes = bytes;
    this.sizeBytes = bytes.length;
    this.modifiedMs = modifiedMs;
    this.changedMs = changedMs;
  }

  read(offset: number, length: number): Promise<Buffer> {
    return Promise.resolve(this.#bytes.subarray(offset, offset + length));
  }

  async *stream(start = 0, end = this.sizeBytes): AsyncGenerator<Buffer> {
    if (end > start) yield this.#bytes.subarray(start, end);
  }

  close(): void {
    // nothing is open
  }
}
