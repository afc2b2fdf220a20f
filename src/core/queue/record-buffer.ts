/**
 * Queue file records gathered in memory (one type byte, the length in base 128 with the low digits first, the payload),
 * with their place in the file. What was taken out is not kept; `position` goes on counting.
 */
export class RecordBuffer {
  #bytes: Buffer;
  #used = 0;
  #taken = 0;

  constructor(sizeBytes = 8192) {
    this.#bytes = Buffer.allocUnsafe(sizeBytes);
  }

  /** File offset of the next record. */
  get position(): number {
    return this.#taken + this.#used;
  }

  /** Bytes waiting to be taken. */
  get length(): number {
    return this.#used;
  }

  /** Appends a record; a string is a byte string. */
  put(type: string, payload: string | Uint8Array): void {
    const {length} = payload;
    this.#reserve(length + MAX_OVERHEAD);
    const bytes = this.#bytes;
    let at = this.#used;
    bytes[at++] = type.charCodeAt(0);
    let rest = length;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
    if (typeof payload === 'string') bytes.write(payload, at, 'latin1');
    else bytes.set(payload, at);
    this.#used = at + length;
  }

  /** The bytes gathered so far, which are the caller's now. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#used);
    this.#taken += this.#used;
    this.#used = 0;
    this.#bytes = Buffer.allocUnsafe(this.#bytes.length);
    return taken;
  }

  #reserve(needed: number): void {
    if (this.#used + needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#used + needed));
    this.#bytes.copy(grown, 0, 0, this.#used);
    this.#bytes = grown;
  }
}

/** A type byte and at most five bytes of length. */
const MAX_OVERHEAD = 6;
