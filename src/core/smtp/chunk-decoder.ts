/**
 * The content of BDAT chunks (RFC 3030) to lines with LF: CRs before a line's end go, nothing else changes. A dot has no
 * meaning here.
 */
export class ChunkDecoder {
  #returns = 0;
  hasBareNewline = false;

  push(chunk: Buffer, take: (bytes: Buffer) => void): void {
    const out = Buffer.allocUnsafe(chunk.length + this.#returns);
    let length = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === RETURN && this.#returns < MAX_RETURNS) {
        this.#returns++;
        continue;
      }
      if (byte === NEWLINE) {
        if (this.#returns === 0) this.hasBareNewline = true;
        this.#returns = 0;
      } else for (; this.#returns > 0; this.#returns--) out[length++] = RETURN;
      out[length++] = byte as number; // at < chunk.length
    }
    if (length > 0) take(out.subarray(0, length));
  }

  /** The message is over: CRs at its very end are content after all. */
  end(take: (bytes: Buffer) => void): void {
    if (this.#returns > 0) take(Buffer.alloc(this.#returns, RETURN));
    this.#returns = 0;
  }
}

const MAX_RETURNS = 1000;
const RETURN = 0x0d;
const NEWLINE = 0x0a;
